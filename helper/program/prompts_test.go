package program

import (
	"regexp"
	"strings"
	"testing"
)

// Programs that drive git on a terminal, or show a box for it, know a question for a secret by
// its form alone (docs/frontends.md section 1). One that they do not know hangs, or shows what
// is typed.
func TestPromptsAreKnown(t *testing.T) {
	known := map[string]func(prompt string) bool{
		"magit":             regexp.MustCompile(`^(Enter )?([Pp]assword( for '?(https?://)?[^']*'?)?|[Pp]assphrase( for (RSA )?key '.*')?): ?$`).MatchString,
		"lazygit":           regexp.MustCompile(`Password\s*for\s*'.+':|Enter\s*passphrase\s*for\s*key\s*'.+':`).MatchString,
		"git-cola, git gui": regexp.MustCompile(`Password|passphrase`).MatchString,
	}
	for _, prompt := range []string{TokenPrompt + ": ", passphrasePrompt + ": "} {
		for name, isKnown := range known {
			if !isKnown(prompt) {
				t.Errorf("%s does not know %q", name, prompt)
			}
		}
	}
	// VS Code hides what is typed if word 1 says so, and shows word 3.
	if words := strings.Fields(TokenPrompt + ": "); len(words) != 3 || words[0] != "Password" || !strings.HasPrefix(words[2], "'https://") {
		t.Errorf("VS Code does not know %q", TokenPrompt)
	}
}
