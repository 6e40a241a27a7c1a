package setup

import (
	"testing"

	"git-credential-bitbucket/helper/git"
)

func TestIsThisProgram(t *testing.T) {
	tests := map[string]bool{
		"bitbucket": true, "bitbucket --opt": true, "!git credential-bitbucket": true,
		"/usr/local/bin/git-credential-bitbucket":      true,
		`/home/my\ self/bin/git-credential-bitbucket`:  true,
		`C:/Users/me/bin/git-credential-bitbucket.exe`: true,
		"!'/opt/x/git-credential-bitbucket' --opt":     true,
		"bitbucket-oauth": false, "store": false, "manager": false, "/x/git-credential-bitbucket-old": false, "": false,
		"!f() { git credential-bitbucket; }; f": false,
	}
	for command, want := range tests {
		if got := IsThisProgram(git.Helper{Command: command}); got != want {
			t.Errorf("%s: got %t", command, got)
		}
	}
}
