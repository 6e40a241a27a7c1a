package helper

import (
	"path/filepath"
	"strings"

	"git-credential-bitbucket/helper/git"
)

// isThisProgram tells whether a configured helper is this program, by the name
// that git finds it under or by a path.
func isThisProgram(h git.Helper) bool {
	command := strings.TrimPrefix(h.Command, "!")
	command = strings.TrimPrefix(strings.TrimSpace(command), "git credential-")
	if command == "bitbucket" || strings.HasPrefix(command, "bitbucket ") {
		return true
	}
	// The path is escaped for the shell, and options may follow.
	path := strings.Trim(strings.ReplaceAll(filepath.ToSlash(command), `\ `, "_"), `"'`)
	path, _, _ = strings.Cut(path, " ")
	name := path[strings.LastIndex(path, "/")+1:]
	return strings.TrimSuffix(strings.Trim(name, `"'`), ".exe") == program
}

// helperName is how a helper is shown: a shell command may hold a secret.
func helperName(h git.Helper) string {
	if strings.HasPrefix(h.Command, "!") {
		return "a shell command"
	}
	return h.Command
}

// describeHelpers names helpers with where they are configured.
func describeHelpers(chain []git.Helper) string {
	var words []string
	for _, h := range chain {
		command := h.Command
		if strings.HasPrefix(command, "!") {
			command = "a shell command" // which may hold a secret
		}
		words = append(words, command+" ("+at(h.Setting).String()+")")
	}
	return strings.Join(words, ", ")
}
