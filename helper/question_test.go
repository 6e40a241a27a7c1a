//go:build linux

package helper_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// askpass is a program that git would start to ask a person: it notes each prompt, and
// answers with what is in the file answer.
func askpass(t *testing.T) (program, prompts, answer string) {
	t.Helper()
	dir := t.TempDir()
	program, prompts, answer = filepath.Join(dir, "askpass"), filepath.Join(dir, "prompts"), filepath.Join(dir, "answer")
	script := fmt.Sprintf("#!/bin/sh\nprintf '%%s|%%s\\n' \"$#\" \"$1\" >>'%s'\ncat '%s'\n", prompts, answer)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return program, prompts, answer
}

var expiry = regexp.MustCompile(`"expires": "[^"]*"`)

// states are what there may be when git wants a token: the arguments of a store before it,
// and what becomes of that token.
var states = []struct {
	name           string
	saved, revoked bool
	unchecked      bool // so that a revoked one cannot be told from one that is refused for once
	expired        bool
}{
	{name: "nothing saved"}, {name: "revoked", saved: true, revoked: true}, {name: "expired", saved: true, expired: true},
	{name: "revoked and never checked", saved: true, revoked: true, unchecked: true},
}

// ways are how a person can be asked for a token.
var ways = []struct {
	name, config string
	env          func(program string) []string
	terminal     bool
}{
	{"terminal", "", func(string) []string { return []string{"GIT_ASKPASS=", "SSH_ASKPASS="} }, true},
	{"an empty GIT_ASKPASS hides the others", "[core]\n\taskPass = PROGRAM\n", func(p string) []string { return []string{"GIT_ASKPASS=", "SSH_ASKPASS=" + p} }, true},
	{"GIT_ASKPASS", "", func(p string) []string { return []string{"GIT_ASKPASS=" + p, "SSH_ASKPASS=/nonexistent"} }, false},
	{"core.askPass", "[core]\n\taskPass = PROGRAM\n", func(string) []string { return []string{"SSH_ASKPASS=/nonexistent"} }, false},
	{"SSH_ASKPASS", "", func(p string) []string { return []string{"SSH_ASKPASS=" + p} }, false},
	{"GIT_ASKPASS, prompts off", "", func(p string) []string { return []string{"GIT_ASKPASS=" + p, "GIT_TERMINAL_PROMPT=0"} }, false},
}

// TestQuestion tries every way to be asked with every state in which there is no answer: the
// token alone is asked for, once, in git's own form, and git gets in.
func TestQuestion(t *testing.T) {
	for _, state := range states {
		for _, way := range ways {
			t.Run(state.name+", "+way.name, func(t *testing.T) {
				t.Parallel()
				program, prompts, answer := askpass(t)
				env, server, token := firstTime(t, ours+strings.ReplaceAll(way.config, "PROGRAM", program))
				env = without(env, "GIT_ASKPASS", "SSH_ASKPASS")
				if state.saved {
					saveOld(t, env, server, state.revoked, state.expired, state.unchecked)
				}
				env = append(env, way.env(program)...)
				if err := os.WriteFile(answer, []byte(token+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				if way.terminal {
					p := onTerminal(t, env, "sh", "-c", lsRemote)
					p.waitFor(firstQuestion)
					if p.echoes() {
						t.Error("what is typed would be shown")
					}
					p.typeIn(token + "\n")
					p.wantExit(0)
					wantNoToken(t, p.seen.String(), token)
					if _, err := os.Stat(prompts); err == nil {
						t.Error("the askpass program was started")
					}
				} else {
					out, err := runGit(env, "ls-remote", "https://bitbucket.org/ws/repo.git")
					if err != nil {
						t.Errorf("%v\n%s", err, out)
					}
					wantNoToken(t, out, token)
					if asked, _ := os.ReadFile(prompts); string(asked) != "1|"+firstQuestion+"\n" {
						t.Errorf("asked %q", asked)
					}
				}
				list := listOf(t, env)
				want := 1
				if state.unchecked {
					want = 2
				}
				if strings.Count(list, "api-token") != want || !strings.Contains(list, " ok ") {
					t.Errorf("saved:\n%s", list)
				}
				if state.saved && !strings.Contains(list, "old") {
					t.Errorf("the new token has not the old one's name:\n%s", list)
				}
				if out, err := runGit(append(env, "GIT_ASKPASS=false"), "ls-remote", "https://bitbucket.org/ws/repo.git"); err != nil {
					t.Errorf("the second time: %v\n%s", err, out)
				}
			})
		}
	}
}

// An app password typed first is named for what it is, and the token is asked for again.
func TestAppPasswordFirst(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			program, prompts, answer := askpass(t)
			env, _, token := firstTime(t, ours+strings.ReplaceAll(way.config, "PROGRAM", program))
			env = append(without(env, "GIT_ASKPASS", "SSH_ASKPASS"), way.env(program)...)
			if way.terminal {
				p := onTerminal(t, env, "sh", "-c", lsRemote)
				p.waitFor(firstQuestion)
				p.typeIn(storetest.AppPassword() + "\n")
				p.waitFor("app password")
				p.waitForAnother(firstQuestion, 2)
				p.typeIn(token + "\n")
				p.waitFor("refs/heads/main")
				p.wantExit(0)
				wantNoToken(t, p.seen.String(), token)
				return
			}
			// The program answers with what the file holds, and then puts the token into it.
			script := fmt.Sprintf("#!/bin/sh\nprintf '%%s|%%s\\n' \"$#\" \"$1\" >>'%s'\ncat '%s'\necho '%s' >'%[2]s'\n", prompts, answer, token)
			if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(answer, []byte(storetest.AppPassword()+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			out, err := runGit(env, "ls-remote", "https://bitbucket.org/ws/repo.git")
			if err != nil || !strings.Contains(out, "app password") {
				t.Errorf("%v\n%s", err, out)
			}
			if asked, _ := os.ReadFile(prompts); string(asked) != strings.Repeat("1|"+firstQuestion+"\n", 2) {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// TestNoQuestion tries every way with a token that is good: no person is asked.
func TestNoQuestion(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			program, prompts, _ := askpass(t)
			env, _, token := firstTime(t, ours+strings.ReplaceAll(way.config, "PROGRAM", program))
			save(t, env, token, "--no-verify")
			env = append(without(env, "GIT_ASKPASS", "SSH_ASKPASS"), way.env(program)...)
			seen := ""
			if way.terminal {
				p := onTerminal(t, env, "sh", "-c", lsRemote)
				p.waitFor("refs/heads/main")
				p.wantExit(0)
				seen = p.seen.String()
			} else {
				out, err := runGit(env, "ls-remote", "https://bitbucket.org/ws/repo.git")
				if seen = out; err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			}
			if strings.Contains(seen, "git-credential-bitbucket") || strings.Contains(seen, "Password") {
				t.Errorf("it says:\n%s", seen)
			}
			if _, err := os.Stat(prompts); err == nil {
				t.Error("the askpass program was started")
			}
		})
	}
}

// TestHelpersCleared tries every way with git's helpers cleared on the command line, as editors
// do: by the username that setup wrote, git asks for the token alone, and gets in.
func TestHelpersCleared(t *testing.T) {
	inPlace := strings.Replace(firstQuestion, "bitbucket.org", "bitbucket.org/ws/repo.git", 1)
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			t.Parallel()
			program, prompts, answer := askpass(t)
			env, _, token := firstTime(t, strings.ReplaceAll(way.config, "PROGRAM", program))
			env = without(env, "GIT_ASKPASS", "SSH_ASKPASS")
			if out, err := runGit(env, "credential-bitbucket", "setup"); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			env = append(env, way.env(program)...)
			if err := os.WriteFile(answer, []byte(token+"\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			if way.terminal {
				p := onTerminal(t, env, "sh", "-c", strings.Replace(lsRemote, "git ", "git -c credential.helper= ", 1))
				p.waitFor(inPlace)
				p.typeIn(token + "\n")
				p.waitFor("refs/heads/main")
				p.wantExit(0)
				wantNoToken(t, p.seen.String(), token)
				return
			}
			out, err := runGit(env, "-c", "credential.helper=", "ls-remote", "https://bitbucket.org/ws/repo.git")
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if asked, _ := os.ReadFile(prompts); string(asked) != "1|"+inPlace+"\n" {
				t.Errorf("asked %q", asked)
			}
		})
	}
}

// Where no person can be asked, one line says what is missing and what to type.
func TestNoPersonToAsk(t *testing.T) {
	for _, setting := range []string{"CI=true", "GIT_TERMINAL_PROMPT=0"} {
		env, _, _ := firstTime(t, ours)
		out, err := runGit(append(env, setting, "GIT_ASKPASS="), "ls-remote", "https://bitbucket.org/ws/repo.git")
		if err == nil || strings.Count(out, "git-credential-bitbucket: ") != 1 ||
			!strings.Contains(out, "no saved token is for bitbucket.org, and there is no terminal or askpass program to ask for one\nhint: git credential-bitbucket store, or export BITBUCKET_TOKEN=…") {
			t.Errorf("%s: %v\n%s", setting, err, out)
		}
	}
}

// saveOld saves a token that is good for nothing when git wants it.
func saveOld(t *testing.T, env []string, server *bitbuckettest.Server, revoked, expired, unchecked bool) {
	t.Helper()
	old := storetest.APIToken()
	c := bitbuckettest.Credential{Label: "OLD", Kind: bitbuckettest.APIToken, Secret: old, Email: "b@x.example", Scopes: []string{readScope, writeScope}}
	server.AddCredential(c)
	options := []string{"--name", "old", "--email", "b@x.example", "--username", "brandon"}
	if unchecked {
		options = append(options, "--no-verify")
	}
	save(t, env, old, options...)
	if expired {
		index := filepath.Join(home(env), ".config/git-credential-bitbucket/index.json")
		text, err := os.ReadFile(index)
		if err != nil {
			t.Fatal(err)
		}
		changed := expiry.ReplaceAllString(strings.ReplaceAll(string(text), `"guessed": true,`, ""), `"expires": "2026-01-31T23:59:59Z"`)
		if err := os.WriteFile(index, []byte(changed), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if revoked {
		c.Dead = true
		server.AddCredential(c)
		if out, err := runGit(append(env, "GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS="), "ls-remote", "https://bitbucket.org/ws/repo.git"); err == nil {
			t.Fatalf("a dead token was let in\n%s", out)
		}
	}
}

func save(t *testing.T, env []string, token string, options ...string) {
	t.Helper()
	cmd := exec.Command("git-credential-bitbucket", append([]string{"store"}, options...)...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(token+"\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// runGit runs git without a terminal.
func runGit(env []string, args ...string) (string, error) {
	cmd := exec.Command("setsid", append([]string{"-w", "git"}, args...)...)
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func wantNoToken(t *testing.T, out, token string) {
	t.Helper()
	if strings.Contains(out, token[:20]) {
		t.Error("the token is shown")
	}
}

// without leaves variables out of an environment.
func without(env []string, names ...string) []string {
	var left []string
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		if !slices.Contains(names, name) {
			left = append(left, variable)
		}
	}
	return left
}

// What was typed into git's own box, with whatever username, works at the second try: the
// refusal's line says so.
func TestTypedElsewhere(t *testing.T) {
	access := storetest.AccessToken()
	tests := []struct {
		name, username string
		access         bool
		says           string
	}{
		{"the email", "b@x.example", false, "Bitbucket refused the api-token with the email b@x.example as username, but takes it with x-bitbucket-api-token-auth: it is saved as "},
		{"another username", "else", false, "Bitbucket refused the api-token with the username else, but takes it with x-bitbucket-api-token-auth: it is saved as "},
		{"the other sentinel", "x-token-auth", false, "Bitbucket refused the api-token with the username x-token-auth, but takes it with x-bitbucket-api-token-auth: it is saved as "},
		{"an access token with a name", "brandon", true, "Bitbucket refused the access-token with the username brandon, but takes it with x-token-auth: it is saved as "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			env, server, token := firstTime(t, ours+"\tuseHttpPath = true\n[credential-bitbucket]\n\task = false\n")
			server.AddCredential(bitbuckettest.Credential{Label: "TOKEN", Kind: bitbuckettest.APIToken, Secret: token, Email: "b@x.example", Username: "brandon",
				Scopes: []string{readScope, writeScope}})
			if test.access {
				token = access
				server.AddCredential(bitbuckettest.Credential{Label: "ACCESS", Kind: bitbuckettest.AccessToken, Secret: access, Scopes: []string{"repository", "repository:write"},
					Repositories: []string{"ws/repo"}})
			}
			env = append(without(env, "GIT_ASKPASS", "SSH_ASKPASS"), "GIT_ASKPASS="+box(t, test.username, token))
			out, err := runGit(env, "ls-remote", "https://bitbucket.org/ws/repo.git")
			if err == nil || !strings.Contains(out, test.says) || !strings.Contains(out, "and the next try works\nhint: to forget it: git credential-bitbucket erase ") {
				t.Errorf("%v\n%s", err, out)
			}
			wantNoToken(t, out, token)
			if out, err := runGit(append(env, "GIT_ASKPASS=false"), "ls-remote", "https://bitbucket.org/ws/repo.git"); err != nil {
				t.Errorf("the second try: %v\n%s", err, out)
			}
		})
	}
}

// Neither a dead token nor one that only was in a URL is saved so.
func TestNotTypedElsewhere(t *testing.T) {
	env, server, token := firstTime(t, ours+"[credential-bitbucket]\n\task = false\n")
	server.AddCredential(bitbuckettest.Credential{Label: "TOKEN", Kind: bitbuckettest.APIToken, Secret: token, Email: "b@x.example", Username: "brandon",
		Scopes: []string{readScope, writeScope}})
	env = append(without(env, "GIT_ASKPASS", "SSH_ASKPASS"), "GIT_TERMINAL_PROMPT=0")
	for name, try := range map[string]func() (string, error){
		"dead": func() (string, error) {
			return runGit(append(env, "GIT_ASKPASS="+box(t, "b@x.example", storetest.APIToken())), "ls-remote", "https://bitbucket.org/ws/repo.git")
		},
		"in a URL": func() (string, error) {
			return runGit(append(env, "GIT_ASKPASS="), "ls-remote", "https://b%40x.example:"+token+"@bitbucket.org/ws/repo.git")
		},
		"in a URL, after a question": func() (string, error) {
			return runGit(append(env, "GIT_ASKPASS="+box(t, "b@x.example", "")), "ls-remote", "https://b%40x.example:"+token+"@bitbucket.org/ws/repo.git")
		},
	} {
		out, err := try()
		if err == nil || !strings.Contains(out, "Bitbucket refused the api-token with the email b@x.example as username; git needs x-bitbucket-api-token-auth as username") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		if list := listOf(t, env); strings.Contains(list, "api-token") {
			t.Errorf("%s: saved:\n%s", name, list)
		}
	}
}

// box is an askpass program behind which a person types a username and a password.
func box(t *testing.T, username, password string) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "askpass")
	script := fmt.Sprintf("#!/bin/sh\ncase $1 in Username*) echo '%s' ;; *) echo '%s' ;; esac\n", username, password)
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return program
}

// A mistyped email is typed again, and the token need not be.
func TestEmailTypedAgain(t *testing.T) {
	env, server, _ := firstTime(t, ours)
	token := storetest.APIToken()
	server.AddCredential(bitbuckettest.Credential{Label: "MINE", Kind: bitbuckettest.APIToken, Secret: token, Email: "b@x.example",
		Username: "brandon", Scopes: []string{readScope, writeScope, "read:user:bitbucket"}})
	p := onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.waitFor(firstQuestion)
	p.typeIn(token + "\n")
	p.waitFor("checks the token now; Enter skips): ")
	p.typeIn("b@y.example\n")
	p.waitFor("Bitbucket refuses the token with the email b@y.example\r\nemail, if that one was mistyped (Enter: it is right): ")
	p.typeIn("b@x.example\n")
	p.waitFor("accepted for brandon")
	p.waitFor("last day it works")
	p.typeIn("90d\n")
	p.waitFor(`saved the token "brandon"`)
	p.wantExit(0)
	wantNoToken(t, p.seen.String(), token)
}

// Enter at store's question opens the page where tokens are made, once, and not over SSH, where
// the browser would be another machine's.
func TestEnterOpensThePage(t *testing.T) {
	env, _, token := firstTime(t, ours)
	bin, opened := t.TempDir(), filepath.Join(t.TempDir(), "opened")
	if out, err := exec.Command("mkfifo", opened).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	script := fmt.Sprintf("#!/bin/sh\necho \"$1\" >'%s'\n", opened)
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	env = append(env, "DISPLAY=:99", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"))
	p := onTerminal(t, env, "git", "credential-bitbucket", "store", "--no-verify")
	p.waitFor("or press Enter to open that page in a browser\r\n" + firstQuestion)
	p.typeIn("\n")
	p.waitFor(firstQuestion)
	address, err := os.ReadFile(opened)
	if want := "https://id.atlassian.com/manage-profile/security/api-tokens?autofillToken=&appId=bitbucket&expiryDays=max\n"; err != nil || string(address) != want {
		t.Errorf("opened %q, %v", address, err)
	}
	p.typeIn(token + "\n")
	p.waitFor("Enter skips): ")
	p.typeIn("\x04")
	p.wantExit(1)

	p = onTerminal(t, append(env, "SSH_CONNECTION=1 2 3 4"), "git", "credential-bitbucket", "store", "--no-verify")
	p.waitFor("paste the token; it is not shown\r\n" + firstQuestion)
	p.typeIn("\x04")
	p.wantExit(1)
}

// Where git asks for an account and two tokens are saved of which Bitbucket told no username, a
// person is asked once, in git's own form, whose it is.
func TestWhichAccount(t *testing.T) {
	env, server, home := firstTime(t, ours+"[credential \"https://bitbucket.org\"]\n\tusername = bo-work\n") // every git tells it
	work := storetest.APIToken()
	server.AddCredential(bitbuckettest.Credential{Label: "WORK", Kind: bitbuckettest.APIToken, Secret: work, Username: "bo-work", Scopes: []string{readScope, writeScope}})
	save(t, env, home, "--name", "home", "--no-verify")
	save(t, env, work, "--name", "work", "--no-verify")
	env = append(without(env, "GIT_ASKPASS", "SSH_ASKPASS"), "GIT_ASKPASS=", "SSH_ASKPASS=")
	if out, err := runGit(append(env, "GIT_TERMINAL_PROMPT=0"), "ls-remote", "https://bitbucket.org/ws/repo.git"); err == nil ||
		!strings.Contains(out, `which of the tokens "home", "work" is for the username bo-work is not known`+"\nhint: git credential-bitbucket check --fix") {
		t.Fatalf("without a person: %v\n%s", err, out)
	}
	const question = "Username for 'https://bo-work@bitbucket.org': "
	p := onTerminal(t, env, "sh", "-c", lsRemote)
	p.waitFor(question)
	p.typeIn("bo-work\n") // says nothing
	p.waitFor("type a number from 1 to 2")
	p.waitForAnother(question, 2)
	p.typeIn("2\n")
	p.waitFor("refs/heads/main")
	p.wantExit(0)
	wantNoToken(t, p.seen.String(), work)
	if list := listOf(t, env); !regexp.MustCompile(`(?m)^work .* bo-work `).MatchString(list) {
		t.Errorf("the answer is not kept:\n%s", list)
	}
	again := onTerminal(t, env, "sh", "-c", lsRemote)
	again.waitFor("refs/heads/main")
	again.wantExit(0)
	if strings.Contains(again.seen.String(), question) {
		t.Error("asked once more")
	}
	for _, r := range server.Requests() {
		if r.Label == "TOKEN" {
			t.Error("the other account's token was sent")
		}
	}
}
