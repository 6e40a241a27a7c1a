//go:build linux

package helper_test

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// TestCheckOnATerminal: a person sees what matters, in lines that fit; --verbose shows all.
func TestCheckOnATerminal(t *testing.T) {
	env, _, token := firstTime(t, ours)
	save(t, env, token, "--name", "brandon", "--username", "brandon", "--no-verify")
	const check = "git credential-bitbucket check https://brandon:old-app-password@bitbucket.org/ws/repo.git"
	for _, columns := range []uint16{60, 80, 200} {
		p := onWideTerminal(t, columns, env, "sh", "-c", check)
		p.wantExit(1)
		for line := range strings.SplitSeq(p.seen.String(), "\r\n") {
			if length := utf8.RuneCountInString(line); length > min(int(columns), 80) && !strings.Contains(line, "do: ") && !strings.Contains(line, "to see them: ") && strings.Contains(strings.TrimSpace(line), " ") &&
				!strings.Contains(line, "1. ") {
				t.Errorf("%d columns: a line of %d: %s", columns, length, line)
			}
		}
		if strings.Contains(p.seen.String(), "leftovers") {
			t.Errorf("what is ok is shown:\n%s", p.seen.String())
		}
		p.waitFor("more  to see them: git credential-bitbucket check --verbose")
	}
	p := onWideTerminal(t, 80, env, "sh", "-c", check+" --verbose")
	p.wantExit(1)
	if !strings.Contains(p.seen.String(), "leftovers") || strings.Contains(p.seen.String(), "to see them") {
		t.Errorf("not all is shown:\n%s", p.seen.String())
	}
}

// TestMessagesFitATerminal: only the first message of a run has the program's name, and each is folded.
func TestMessagesFitATerminal(t *testing.T) {
	env, _, token := firstTime(t, ours)
	p := onWideTerminal(t, 70, env, "sh", "-c", "git credential-bitbucket store --in file --name brandon --username brandon")
	p.answer(token)
	p.waitFor("git-credential-bitbucket: the token is stored unencrypted in\r\n  ~/.config/git-credential-bitbucket/files: every program you run can\r\n  read it")
	if count := strings.Count(p.seen.String(), "git-credential-bitbucket: "); count != 1 {
		t.Errorf("its name is there %d times:\n%s", count, p.seen.String())
	}
}
