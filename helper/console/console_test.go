package console

import (
	"runtime"
	"testing"

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
		if got := Escape(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
