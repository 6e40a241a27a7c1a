package setup

import (
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/shell"
)

// Where is the place that a diagnosis is about, as far as it has one.
type Where struct {
	Scope string // of git's configuration
	File  string
	Line  int // 0: not known
}

// String writes the place for people, the home folder as ~.
func (w Where) String() string {
	file := shell.Tilde(w.File)
	if w.Line > 0 {
		file = fmt.Sprintf("%s:%d", file, w.Line)
	}
	return strings.Join(slices.DeleteFunc([]string{w.Scope, file}, func(s string) bool { return s == "" }), ", ")
}

// At is where a setting stands.
func At(s git.Setting) Where {
	if s.File() == "" {
		return Where{Scope: s.Scope}
	}
	return Where{Scope: s.Scope, File: s.File()}
}
