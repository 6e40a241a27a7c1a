package console

import (
	"os"
	"strings"
	"unicode/utf8"

	"golang.org/x/term"
)

// widest is how many characters a line has at most, on a terminal that is wider.
const widest = 80

// width is how many characters a line on the file's terminal has; 0 where it is none, or does not say.
func width(file *os.File) int {
	columns, _, err := term.GetSize(int(file.Fd()))
	if err != nil || columns <= 0 {
		return 0
	}
	return min(columns, widest)
}

// Width is how many characters a line of what was asked for has; 0 where no terminal shows it.
func (u *Console) Width() int {
	file, isFile := u.Out.(*os.File)
	if !isFile {
		return 0
	}
	return width(file)
}

// Fold breaks a text for a column that begins behind so many characters, where a terminal shows it.
func (u *Console) Fold(text string, before int) string {
	if u.Width() <= 2*before {
		return text
	}
	return fold(text, "", u.Width()-before)
}

// Paragraphs breaks the paragraphs of a text, which an empty line separates, into lines of at most 80 characters.
func Paragraphs(text string) string {
	paragraphs := strings.Split(text, "\n\n")
	for i, paragraph := range paragraphs {
		paragraphs[i] = fold(strings.Join(strings.Fields(paragraph), " "), "", widest)
	}
	return strings.Join(paragraphs, "\n\n")
}

// fold breaks a text at blanks into lines of at most that many characters, each but the first behind
// an indent. A longer word has a line of its own. 0 folds nothing.
func fold(text, indent string, width int) string {
	if width == 0 {
		return text
	}
	var out strings.Builder
	column := 0
	for i, word := range strings.Split(text, " ") {
		length := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+length > width:
			out.WriteString("\n" + indent)
			column = utf8.RuneCountInString(indent)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += length
	}
	return out.String()
}
