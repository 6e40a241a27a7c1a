package console

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/tokens"
)

// maxShown is the longest text from outside that is shown whole, in bytes.
const maxShown = 1000

// Escape makes a text safe for a terminal: what does not print, or is not valid,
// is written as Go would write it, and a token that got into it is masked.
func Escape(text string) string {
	if text = tokens.Redact(text); len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	quoted := strconv.Quote(text)
	if runtime.GOOS == "windows" {
		quoted = strings.ReplaceAll(quoted, `\\`, `\`) // of a path, to be read by people
	}
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// CommandLine is a text for a person to copy. What came from outside was escaped
// when it was made.
type CommandLine string

// ShellWord quotes a text for a command that a person may copy. What cannot be
// typed is shown as a question mark.
func ShellWord(text string) CommandLine {
	text = string(Printable(text))
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./@%+=:,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return CommandLine(text)
	}
	return CommandLine("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
}

// Printable is a text that is a piece of a command already.
func Printable(text string) CommandLine {
	return CommandLine(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, tokens.Redact(text)))
}

// ShellWords quotes several, as a command or as names behind one.
func ShellWords(texts []string) CommandLine {
	var words []string
	for _, text := range texts {
		words = append(words, string(ShellWord(text)))
	}
	return CommandLine(strings.Join(words, " "))
}

// ShellPath quotes a path for a command, short where it is in the home folder.
func ShellPath(path string) CommandLine {
	short := Tilde(path)
	path = filepath.ToSlash(path)
	if word := ShellWord(strings.TrimPrefix(short, "~")); short != path && !strings.HasPrefix(string(word), "'") {
		return "~" + word
	}
	return ShellWord(path)
}

// Tilde writes the home folder as ~, and on Windows a path with slashes, as git does.
func Tilde(path string) string {
	home, err := git.Home()
	path, home = filepath.ToSlash(path), filepath.ToSlash(home)
	if err != nil || home == "" || home == "/" {
		return path
	}
	if path == home {
		return "~"
	}
	if rest, inside := strings.CutPrefix(path, strings.TrimSuffix(home, "/")+"/"); inside {
		return "~/" + rest
	}
	return path
}
