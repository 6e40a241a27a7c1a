package helper

import (
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
)

// isThisProgram tells whether a configured helper is this program, by the name
// that git finds it under or by a path.
func isThisProgram(h git.Helper) bool {
	command := strings.TrimSpace(strings.TrimPrefix(h.Command, "!"))
	return git.Helper{Command: strings.TrimPrefix(command, "git credential-")}.Name() == ownName
}

// ownName is what git calls this program by.
var ownName = strings.TrimPrefix(console.Program, "git-credential-")

// helperName is how a helper is shown: a shell command, and what follows the name
// of a program that nobody knows, may hold a secret.
func helperName(h git.Helper) string {
	switch {
	case strings.HasPrefix(h.Command, "!"):
		return "a shell command"
	case h.Keeps(), isThisProgram(h):
		return h.Command
	}
	name, _, _ := strings.Cut(h.Command, " ")
	return name
}

// describeHelpers names helpers with where they are configured.
func describeHelpers(chain []git.Helper) string {
	var words []string
	for _, h := range chain {
		words = append(words, helperName(h)+" ("+at(h.Setting).String()+")")
	}
	return strings.Join(words, ", ")
}
