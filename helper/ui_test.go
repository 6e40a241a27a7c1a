package helper

import (
	"runtime"
	"testing"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/storetest"
)

func TestEscape(t *testing.T) {
	token := storetest.APIToken()
	tests := map[string]string{
		"plain":              "plain",
		`"quoted"`:           `"quoted"`,
		"müller":             "müller",
		"a\x1b[31mred":       `a\x1b[31mred`,
		"two\nlines\r":       `two\nlines\r`,
		"right\u202eto left": `right\u202eto left`,
		"\xff":               `\xff`,
		"https://x:" + token: "https://x:ATATT…(192)",
		"zero\u200bwidth":    `zero\u200bwidth`,
		`a\b`:                `a\\b`,
	}
	if runtime.GOOS == "windows" {
		tests[`a\b`] = `a\b`
	}
	for text, want := range tests {
		if got := escape(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestShellWord(t *testing.T) {
	tests := map[string]string{
		"brandon": "brandon", "ws/repo": "ws/repo", "a@b.example": "a@b.example",
		"": "''", "a b": "'a b'", "o'brien": `'o'\''brien'`, "$(x)": "'$(x)'", "a;b": "'a;b'", "~x": "'~x'",
	}
	for text, want := range tests {
		if got := string(shellWord(text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

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
		if got := isThisProgram(git.Helper{Command: command}); got != want {
			t.Errorf("%s: got %t", command, got)
		}
	}
}
