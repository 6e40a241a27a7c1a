package setup

import (
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
)

// IsThisProgram reports whether a configured helper is this program, by the name
// that git finds it under or by a path.
func IsThisProgram(h git.Helper) bool {
	command := strings.TrimSpace(strings.TrimPrefix(h.Command, "!"))
	return git.Helper{Command: strings.TrimPrefix(command, "git credential-")}.Name() == ownName
}

// ownName is what git calls this program by.
var ownName = strings.TrimPrefix(console.Program, "git-credential-")

// HelperName is how a helper is shown: a shell command, and what follows the name
// of a program that is not known, may hold a secret.
func HelperName(h git.Helper) string {
	switch {
	case strings.HasPrefix(h.Command, "!"):
		return "a shell command"
	case h.Keeps(), IsThisProgram(h):
		return h.Command
	}
	name, _, _ := strings.Cut(h.Command, " ")
	return name
}

// DescribeHelpers names helpers with where they are configured.
func DescribeHelpers(chain []git.Helper) string {
	var words []string
	for _, h := range chain {
		words = append(words, HelperName(h)+" ("+At(h.Setting).String()+")")
	}
	return strings.Join(words, ", ")
}

// PlainWords adds what the plain-text helper does with what it is handed.
func PlainWords(h git.Helper) string {
	if h.Name() == "store" {
		return ", and writes it to the disk in plain text"
	}
	return ""
}
