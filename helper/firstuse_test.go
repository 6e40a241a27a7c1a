//go:build linux

package helper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

const (
	firstQuestion = "Password for 'https://x-bitbucket-api-token-auth@bitbucket.org': "
	gitsQuestion  = "Username for 'https://bitbucket.org': "
)

// firstTime is a person with git set up, nothing saved, and a Bitbucket.
func firstTime(t *testing.T, config string) (env []string, server *bitbuckettest.Server, token string) {
	t.Helper()
	server, err := bitbuckettest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.AddRepository("ws/repo"); err != nil {
		t.Fatal(err)
	}
	token = storetest.APIToken()
	server.AddCredential(bitbuckettest.Credential{Label: "TOKEN", Kind: bitbuckettest.APIToken, Secret: token,
		Scopes: []string{readScope, writeScope}})
	env = append(homeWithKeychain(t), server.Env()...)
	env = append(env, "GIT_CONFIG_NOSYSTEM=1")
	if err := os.WriteFile(filepath.Join(home(env), ".gitconfig"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return env, server, token
}

const ours = "[credential]\n\thelper = bitbucket\n"

const lsRemote = "git ls-remote https://bitbucket.org/ws/repo.git"

func listOf(t *testing.T, env []string) string {
	t.Helper()
	cmd := exec.Command("git-credential-bitbucket", "list")
	cmd.Env = env
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

func TestFirstUse(t *testing.T) {
	env, server, token := firstTime(t, ours)
	p := onTerminal(t, env, "sh", "-c", lsRemote)
	p.waitFor(firstQuestion)
	lines := strings.Split(p.seen.String(), "\r\n")
	if len(lines) != 7 || !strings.Contains(p.seen.String(), "git config --global credential-bitbucket.ask false") {
		t.Errorf("the explanation is not six lines, or does not say how to end it:\n%s", p.seen.String())
	}
	for _, line := range lines {
		if len(line) > 80 {
			t.Errorf("over 80 characters: %s", line)
		}
	}
	p.typeIn(token + "\n")
	p.waitFor("refs/heads/main")
	p.wantExit(0)
	if strings.Contains(p.seen.String(), token[:20]) {
		t.Error("the token is on the screen")
	}
	if list := listOf(t, env); !strings.Contains(list, "bitbucket  api-token") || !strings.Contains(list, " ok ") {
		t.Errorf("saved as:\n%s", list)
	}
	// git's own three requests and no other: one without a credential, one with it, one for the refs.
	if requests := len(server.Requests()); requests != 4 {
		t.Errorf("%d requests, with the CONNECT: %+v", requests, server.Requests())
	}
	again := onTerminal(t, env, "sh", "-c", lsRemote)
	again.waitFor("refs/heads/main")
	again.wantExit(0)
	if strings.Contains(again.seen.String(), firstQuestion) {
		t.Error("asked once more")
	}
}

func TestFirstUseRefused(t *testing.T) {
	env, _, _ := firstTime(t, ours)
	p := onTerminal(t, env, "sh", "-c", lsRemote)
	p.waitFor(firstQuestion)
	p.typeIn(storetest.APIToken() + "\n")
	p.waitFor(`Bitbucket refused the token "bitbucket", which has not worked yet, and it is set aside: it is probably mistyped or made without scopes` +
		"\r\nhint: git credential-bitbucket store")
	p.waitFor("Authentication failed")
	p.wantExit(128)
	if list := listOf(t, env); !strings.Contains(list, "set aside") {
		t.Errorf("not set aside:\n%s", list)
	}
}

func TestFirstUseIsLeftToGit(t *testing.T) {
	tests := []struct {
		name, config, typed string
		asked               bool // by us, before git does
	}{
		{"Enter", ours, "\n", true},
		{"an app password, three times", ours, strings.Repeat(storetest.AppPassword()+"\n", 3), true},
		{"turned off", ours + "[credential-bitbucket]\n\task = false\n", "", false},
		{"another helper follows", ours + "\thelper = cache\n", "", false},
		{"not set up", "", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, _, _ := firstTime(t, test.config)
			p := onTerminal(t, env, "sh", "-c", lsRemote)
			if test.asked {
				p.waitFor(firstQuestion)
				p.typeIn(test.typed)
			}
			p.waitFor(gitsQuestion)
			if strings.Contains(p.seen.String(), "terminal prompts disabled") {
				t.Error("that was no prompt")
			}
			if got := strings.Contains(p.seen.String(), firstQuestion); got != test.asked {
				t.Errorf("asked is %t:\n%s", got, p.seen.String())
			}
			if strings.Contains(p.seen.String(), "DEADBEEF") {
				t.Errorf("the secret is on the screen:\n%s", p.seen.String())
			}
		})
	}
}

func TestFirstUseEnds(t *testing.T) {
	t.Run("Ctrl-C ends git too", func(t *testing.T) {
		env, server, _ := firstTime(t, ours)
		p := onTerminal(t, env, "git", "ls-remote", "https://bitbucket.org/ws/repo.git")
		p.waitFor(firstQuestion)
		p.typeIn("\x03")
		p.waitFor(curtain)
		if strings.Contains(p.seen.String(), gitsQuestion) || !p.echoes() {
			t.Errorf("on the screen:\n%s", p.seen.String())
		}
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
			t.Errorf("git ended with %v", p.cmd.ProcessState)
		}
		for _, r := range server.Requests() {
			if r.Label != "" {
				t.Errorf("a credential was sent: %+v", r)
			}
		}
	})
	t.Run("a git that is killed leaves the terminal usable", func(t *testing.T) {
		env, _, _ := firstTime(t, ours)
		p := onTerminal(t, env, "git", "ls-remote", "https://bitbucket.org/ws/repo.git")
		p.waitFor(firstQuestion)
		p.cmd.Process.Signal(syscall.SIGKILL)
		tooLong := time.After(30 * time.Second)
		for !p.echoes() {
			select {
			case <-tooLong:
				t.Fatal("the terminal stays mute")
			default:
				runtime.Gosched()
			}
		}
	})
}

// What was typed is used even where it cannot be saved.
func TestFirstUseWithoutSaving(t *testing.T) {
	env, _, token := firstTime(t, ours)
	session := storetest.StartKeychain(t)
	env = append(env, "DBUS_SESSION_BUS_ADDRESS="+session.Address())
	p := onTerminal(t, env, "sh", "-c", lsRemote)
	p.waitFor(firstQuestion)
	session.StopKeyring()
	p.typeIn(token + "\n")
	p.waitFor("the token is used now, but could not be saved: write to the keychain: no keychain service on D-Bus")
	p.waitFor("refs/heads/main")
	p.wantExit(0)
}

func TestFirstUseWithoutKeychain(t *testing.T) {
	env, _, _ := firstTime(t, ours)
	p := onTerminal(t, append(env, "DBUS_SESSION_BUS_ADDRESS=unix:path=/nonexistent"), "sh", "-c", lsRemote)
	p.waitFor("git-credential-bitbucket: the keychain cannot be used: no D-Bus session")
	p.waitFor(", so no token can be saved there\r\nhint: git credential-bitbucket store, which offers other places")
	p.waitFor(firstQuestion) // git's own, for the token alone
	if strings.Contains(p.seen.String(), "git needs a token") {
		t.Error("asked for what cannot be saved")
	}
}

// No question comes where none may: git itself says so, or CI does.
func TestFirstUseUnattended(t *testing.T) {
	for _, setting := range []string{"GIT_TERMINAL_PROMPT=0", "GIT_TERMINAL_PROMPT=false", "GIT_TERMINAL_PROMPT=", "CI=true", "interactive"} {
		t.Run(setting, func(t *testing.T) {
			config := ours
			if setting == "interactive" {
				config, setting = ours+"\tinteractive = never\n", "CI="
			}
			env, _, _ := firstTime(t, config)
			p := onTerminal(t, append(env, "GIT_ASKPASS=", setting), "timeout", "-k", "1", "10", "sh", "-c", lsRemote+" </dev/null")
			p.waitFor(curtain)
			if strings.Contains(p.seen.String(), "git needs a token") {
				t.Errorf("asked:\n%s", p.seen.String())
			}
		})
	}
}

func TestFirstUseAsksOnceForAll(t *testing.T) {
	four := strings.Repeat(lsRemote+" & ", 4) + "wait"
	t.Run("a token", func(t *testing.T) {
		env, _, token := firstTime(t, ours)
		p := onTerminal(t, env, "sh", "-c", four)
		p.waitFor(firstQuestion)
		p.typeIn(token + "\n")
		p.wantExit(0)
		if screen := p.seen.String(); strings.Count(screen, firstQuestion) != 1 || strings.Count(screen, "refs/heads/main") != 4 {
			t.Errorf("on the screen:\n%s", screen)
		}
	})
	for key, typed := range map[string]string{"Enter": "\n", "Ctrl-D": "\x04"} {
		t.Run(key, func(t *testing.T) {
			env, _, _ := firstTime(t, ours)
			p := onTerminal(t, env, "sh", "-c", four)
			p.waitFor(firstQuestion)
			p.typeIn(typed)
			p.waitForAnother(gitsQuestion, 4)
			if screen := p.seen.String(); strings.Count(screen, firstQuestion) != 1 {
				t.Errorf("on the screen:\n%s", screen)
			}
		})
	}
}
