//go:build unix

package command_test

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"

	"github.com/creack/pty"
)

// shell is a command that a shell runs.
func shell(script string) *command.Vault { return command.New([]string{"/bin/sh", "-c", script}) }

func TestCommandContract(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "token")
	storetest.ReadOnlyContract(t, shell("cat "+path), func(secret tokens.Secret) {
		if err := os.WriteFile(path, []byte(secret.Token.Reveal()+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
}

func TestCommand(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	token := storetest.APIToken()
	t.Setenv("THE_TOKEN", token)
	t.Setenv("GIT_DIR", "/a/clone/.git")
	t.Setenv("GIT_WORK_TREE", "/a/clone")
	good := []string{
		`echo "$THE_TOKEN"`,
		`printf %s "$THE_TOKEN"`,
		`printf '%s\r\nuser: brandon\nurl: x\n' "$THE_TOKEN"`,
		`printf '\n  %s  \n' "$THE_TOKEN"`,
		`echo "a new version is out" >&2; echo "$THE_TOKEN"`,
		`yes warning | head -n 20000 >&2; echo "$THE_TOKEN"`,
		`test "$(pwd -P)" = "$(cd "$HOME" && pwd -P)" && echo "$THE_TOKEN"`,
		`if read -r line; then exit 1; fi; echo "$THE_TOKEN"`,
		`sleep 5 & echo "$THE_TOKEN"`, // an agent that it starts
		`test -z "$GIT_DIR$GIT_WORK_TREE$GIT_INDEX_FILE" && echo "$THE_TOKEN"`,
	}
	for _, script := range good {
		if got, err := shell(script).Get(t.Context(), ""); err != nil || got.Token.Reveal() != token {
			t.Errorf("%s: %v, %v", script, got, err)
		}
	}
	bad := map[string]string{ // and what the error says
		`exit 3`: "exit status 3",
		`echo "[ERROR] not signed in" >&2; echo more >&2; exit 1`: "exit status 1: [ERROR] not signed in",
		`echo "$THE_TOKEN" >&2; exit 1`:                           "exit status 1: ATATT…(192)",
		`true`:                                                    "not a Bitbucket token",
		`echo hello; echo "$THE_TOKEN"`:                           "not a Bitbucket token",
		`echo "$THE_TOKEN with more"`:                             "not a Bitbucket token",
		`echo "$THE_TOKEN"; exit 1`:                               "exit status 1",
		`echo "$THE_TOKEN"; kill -9 $$`:                           "signal: killed",
		`yes "$THE_TOKEN"`:                                        "it printed over 65536 bytes",
		`echo "$THE_TOKEN"; cat /dev/zero`:                        "it printed over 65536 bytes",
		`printf 'ATATT3'; yes x | head -n 3000 | tr -d '\n'`:      "over 2560 bytes",
	}
	for script, want := range bad {
		_, err := shell(script).Get(t.Context(), "")
		var failed *command.Error
		if !errors.As(err, &failed) || !errors.Is(err, command.ErrCommandFailed) || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), token) || failed.Argv[2] != script {
			t.Errorf("%s: %v", script, err)
		}
	}
	for _, argv := range [][]string{nil, {""}, {"no-such-program-anywhere"}, {filepath.Join(home, "none")}} {
		if _, err := command.New(argv).Get(t.Context(), ""); !errors.Is(err, command.ErrCommandFailed) {
			t.Errorf("%q: %v", argv, err)
		}
	}
}

// git itself lists the variables that hand on which clone it is in.
func TestCommandKnowsWhatGitHandsOn(t *testing.T) {
	out, err := exec.Command("git", "rev-parse", "--local-env-vars").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range strings.Fields(string(out)) {
		t.Setenv(name, "of the clone")
	}
	t.Setenv("HOME", t.TempDir())
	t.Setenv("THE_TOKEN", storetest.APIToken())
	if _, err := shell(`env | grep "of the clone" >&2 && exit 1; echo "$THE_TOKEN"`).Get(t.Context(), ""); err != nil {
		t.Error(err)
	}
}

// A command that asks git for something from bitbucket.org would start itself.
func TestCommandThatAsksForItself(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("THE_TOKEN", storetest.APIToken())
	t.Setenv("GIT_CREDENTIAL_BITBUCKET_COMMAND", "1")
	if _, err := shell(`echo "$THE_TOKEN"`).Get(t.Context(), ""); !errors.Is(err, command.ErrCommandFailed) {
		t.Errorf("within a command: %v", err)
	}
	t.Setenv("GIT_CREDENTIAL_BITBUCKET_COMMAND", "")
	if _, err := shell(`test -n "$GIT_CREDENTIAL_BITBUCKET_COMMAND" && echo "$THE_TOKEN"`).Get(t.Context(), ""); err != nil {
		t.Errorf("the command is not told: %v", err)
	}
}

// A command that hangs is ended, with all that it started.
func TestCommandThatHangs(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	fifo := filepath.Join(t.TempDir(), "alive")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	alive, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer alive.Close()
	// The inner shell holds the pipe for as long as it lives.
	c := shell("sh -c 'exec 3>" + fifo + "; sleep 1000; :' & sleep 1000")
	c.Hasten(200 * time.Millisecond)
	if _, err = c.Get(t.Context(), ""); !errors.Is(err, command.ErrCommandFailed) || !strings.Contains(err.Error(), "it took over 200ms") {
		t.Errorf("%v", err)
	}
	if tty, err := os.Open("/dev/tty"); err == nil && runtime.GOOS != "linux" {
		tty.Close() // there its children cannot be listed
	} else {
		alive.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := alive.Read(make([]byte, 1)); err != io.EOF {
			t.Errorf("what it started lives on: %v", err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := shell("sleep 1000").Get(ended, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("after the end: %v", err)
	}
	ended, cancel = context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	if _, err := shell("sleep 1000").Get(ended, ""); !errors.Is(err, context.Canceled) || errors.Is(err, command.ErrCommandFailed) {
		t.Errorf("ended in the middle: %v", err)
	}
}

// The same on a terminal, where the command stays in our group.
func TestCommandThatHangsOnTerminal(t *testing.T) {
	again := exec.Command(os.Args[0], "-test.run=^TestCommandThatHangs$", "-test.v")
	screen, err := pty.Start(again) // in a session of its own
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	out, _ := io.ReadAll(screen) // ends with an error when the terminal is gone
	if err := again.Wait(); err != nil || !strings.Contains(string(out), "--- PASS: TestCommandThatHangs") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestParseCommand(t *testing.T) {
	folder := t.TempDir()
	program := filepath.Join(folder, "op")
	if err := os.WriteFile(program, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", folder)
	good := map[string][]string{
		"op":                                    {program},
		"  op read  op://team/bitbucket/token ": {program, "read", "op://team/bitbucket/token"},
		`op read "op://My Vault/x?attribute=y"`: {program, "read", "op://My Vault/x?attribute=y"},
		`op 'it''s' "" a'b'c`:                   {program, "its", "", "abc"},
		`op -c 'echo "$TOKEN" | head -n1'`:      {program, "-c", `echo "$TOKEN" | head -n1`},
		"op\tread é":                            {program, "read", "é"},
		program + " x":                          {program, "x"},
	}
	for line, want := range good {
		if got, err := command.Parse(line); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
	t.Chdir(folder)
	if got, err := command.Parse("./op x"); err != nil || !slices.Equal(got, []string{program, "x"}) {
		t.Errorf("a relative path: %q, %v", got, err)
	}
	bad := []string{"", "  ", `""`, "op 'open", `op "open`, "op a | b", "op a; b", "op $TOKEN", "op `x`", "op $(x)", "op < file", "op > file",
		"~/bin/op", "op *", "op a?", "op & b", `op a\ b`, "op a\nb", "op a\x00", "op a\x7f", "op a\x1b[m", "ops", "op " + storetest.APIToken(), "op 'password=" + storetest.AccessToken() + "'", "/no/such/op", folder}
	for _, line := range bad {
		if got, err := command.Parse(line); !errors.Is(err, command.ErrNotACommand) {
			t.Errorf("%q: %q, %v", line, got, err)
		}
	}
}

func FuzzParseCommand(f *testing.F) {
	for _, line := range []string{`sh -c 'echo "a  b"' x`, `sh "a 'b' c"''`, "sh\t a", `sh "`, `sh a\b`} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		argv, err := command.Parse("sh " + line)
		if err != nil {
			if !errors.Is(err, command.ErrNotACommand) {
				t.Errorf("%q: %v", line, err)
			}
			return
		}
		// Quoted word by word it means the same.
		quoted := ""
		for _, word := range argv {
			quoted += " '" + strings.ReplaceAll(word, "'", `'"'"'`) + "'"
		}
		if again, err := command.Parse(quoted); err != nil || !slices.Equal(again, argv) {
			t.Errorf("%q: %q, then %q, %v", line, argv, again, err)
		}
	})
}
