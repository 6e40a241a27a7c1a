package shell

import (
	"path/filepath"
	"strconv"
	"strings"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// Word quotes a text for a command that a person may copy. What cannot be
// typed is shown as a question mark.
func Word(text string) hint.Line {
	text = string(Printable(text))
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./@%+=:,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return hint.Line(text)
	}
	return hint.Line("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
}

// Printable is a text that is a piece of a command already.
func Printable(text string) hint.Line {
	return hint.Line(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, tokens.Redact(text)))
}

// Words quotes several, as a command or as names behind one.
func Words(texts []string) hint.Line {
	var words []string
	for _, text := range texts {
		words = append(words, string(Word(text)))
	}
	return hint.Line(strings.Join(words, " "))
}

// Path quotes a path for a command, short where it is in the home folder.
func Path(path string) hint.Line {
	short := Tilde(path)
	path = filepath.ToSlash(path)
	if word := Word(strings.TrimPrefix(short, "~")); short != path && !strings.HasPrefix(string(word), "'") {
		return "~" + word
	}
	return Word(path)
}

// Tilde writes the home folder as ~, and on Windows a path with slashes, as git does.
func Tilde(path string) string {
	home, err := Home()
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
