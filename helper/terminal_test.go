//go:build linux

package helper_test

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"git-credential-bitbucket/store/storetest"
)

// person is a program on a terminal of its own, with us at the keyboard.
type person struct {
	t      *testing.T
	cmd    *exec.Cmd
	screen *os.File
	tty    *os.File
	output chan []byte
	exited chan struct{}
	seen   bytes.Buffer
	read   int // bytes of that which next has been through
}

// sit starts the program on a terminal, with a keychain that works.
func sit(t *testing.T, args ...string) *person {
	t.Helper()
	return onTerminal(t, homeWithKeychain(t), append([]string{"git-credential-bitbucket"}, args...)...)
}

// homeWithKeychain is the environment of a person with an empty home and a keychain.
func homeWithKeychain(t *testing.T) []string {
	t.Helper()
	inherited := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		// An empty one would mean that no question may come.
		return strings.HasPrefix(variable, "GIT_TERMINAL_PROMPT=")
	})
	return append(inherited, "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "DBUS_SESSION_BUS_ADDRESS="+storetest.StartKeychain(t).Address(),
		"DISPLAY=", "CI=", "GIT_ASKPASS=", "SSH_ASKPASS=", "LC_ALL=C", "GORACE=atexit_sleep_ms=0",
		// Nothing here may reach any network; a test that wants Bitbucket overrides this.
		"HTTPS_PROXY=http://127.0.0.1:9", "https_proxy=http://127.0.0.1:9")
}

// onTerminal starts any command on a terminal of its own, which does not say how wide it is.
func onTerminal(t *testing.T, env []string, args ...string) *person {
	t.Helper()
	return onWideTerminal(t, 0, env, args...)
}

// onWideTerminal is the same with so many columns.
func onWideTerminal(t *testing.T, columns uint16, env []string, args ...string) *person {
	t.Helper()
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	if err := pty.Setsize(screen, &pty.Winsize{Cols: columns, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { screen.Close(); tty.Close() })
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = tty, tty, tty
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &person{t: t, cmd: cmd, screen: screen, tty: tty, output: make(chan []byte), exited: make(chan struct{})}
	go p.watch()
	go func() {
		cmd.Wait()
		// A word of our own behind its last: what it wrote has been read when this is.
		io.WriteString(tty, curtain)
		close(p.exited)
	}()
	// The whole group: git starts programs of its own.
	t.Cleanup(func() { syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
	return p
}

const curtain = "\x00the end\x00"

// watch reads the screen until the terminal is gone.
func (p *person) watch() {
	for {
		buffer := make([]byte, 4096)
		n, err := p.screen.Read(buffer)
		if err != nil {
			return
		}
		p.output <- buffer[:n]
	}
}

// waitFor reads the screen until a text is on it. What takes half a minute
// will not come.
func (p *person) waitFor(text string) { p.t.Helper(); p.waitForAnother(text, 1) }

// waitForAnother waits until it is there so many times.
func (p *person) waitForAnother(text string, count int) {
	p.t.Helper()
	tooLong := time.After(30 * time.Second)
	for strings.Count(p.seen.String(), text) < count {
		select {
		case more := <-p.output:
			p.seen.Write(more)
		case <-tooLong:
			p.t.Fatalf("%q does not come; on the screen:\n%s", text, p.seen.String())
		}
		if strings.Contains(p.seen.String(), curtain) && strings.Count(p.seen.String(), text) < count {
			p.t.Fatalf("the program ended without %q; on the screen:\n%s", text, p.seen.String())
		}
	}
}

// next waits for a text behind the last one that was waited for so.
func (p *person) next(text string) {
	p.t.Helper()
	behind := p.seen.String()[p.read:]
	if !strings.Contains(behind, text) {
		p.waitForAnother(text, strings.Count(p.seen.String()[:p.read], text)+1)
	}
	p.read += strings.Index(p.seen.String()[p.read:], text) + len(text)
}

func (p *person) typeIn(text string) {
	p.t.Helper()
	if _, err := io.WriteString(p.screen, text); err != nil {
		p.t.Fatal(err)
	}
}

func (p *person) echoes() bool {
	p.t.Helper()
	state, err := unix.IoctlGetTermios(int(p.tty.Fd()), unix.TCGETS)
	if err != nil {
		p.t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}

func (p *person) wantExit(code int) {
	p.t.Helper()
	p.waitFor(curtain)
	<-p.exited
	if got := p.cmd.ProcessState.ExitCode(); got != code {
		p.t.Errorf("exit %d, want %d; on the screen:\n%s", got, code, p.seen.String())
	}
}

func TestTokenIsNotEchoed(t *testing.T) {
	token := storetest.APIToken()
	p := sit(t, "store", "--no-verify")
	p.waitFor(firstQuestion)
	if p.echoes() {
		t.Error("the terminal would show the token")
	}
	p.typeIn(token + "\n")
	p.waitFor("email of your Atlassian account (checks the token now; Enter skips): ")
	if !p.echoes() {
		t.Error("the terminal does not show the email")
	}
	p.typeIn("\n")
	p.waitFor("Bitbucket username (Enter skips): ")
	p.typeIn("brandon\n")
	p.waitFor("last day it works")
	p.typeIn("30d\n")
	p.waitFor(`saved the token "brandon"`)
	p.wantExit(0)
	if shown := p.seen.String(); strings.Contains(shown, token[:20]) {
		t.Errorf("the token is on the screen:\n%s", shown)
	}
}

func TestControlCChangesNothing(t *testing.T) {
	for _, question := range []string{"token", "email", "username", "last day"} {
		t.Run(question, func(t *testing.T) {
			p := sit(t, "store", "--no-verify")
			answers := map[string]string{"token": storetest.APIToken(), "email": "brandon@example.com", "username": "brandon"}
			for _, asked := range []string{"token", "email", "username", "last day"} {
				p.waitFor(map[string]string{
					"token": firstQuestion, "email": "checks the token now; Enter skips): ", "username": "username (Enter skips): ",
					"last day": "in 365 days): "}[asked])
				if asked == question {
					break
				}
				p.typeIn(answers[asked] + "\n")
			}
			p.typeIn("\x03")
			p.wantExit(128 + int(syscall.SIGINT))
			if !p.echoes() {
				t.Error("the terminal was left without echo")
			}
			if entries, _ := os.ReadDir(home(p.cmd.Env) + "/.config"); len(entries) > 0 {
				t.Errorf("left behind: %v", entries)
			}
		})
	}
}

func TestProgressIsForTerminals(t *testing.T) {
	env := homeWithKeychain(t)
	clone := filepath.Join(home(env), "src", "clone")
	if out, err := exec.Command("git", "init", "-q", clone).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	args := []string{"git-credential-bitbucket", "check", "--offline", "--under", filepath.Dir(clone)}
	p := onTerminal(t, env, args...)
	p.waitFor("\rlooking for clones: 1 so far")
	p.waitFor("1 clone found")
	p.wantExit(1)
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = env
	if out, _ := cmd.CombinedOutput(); strings.Contains(string(out), "looking") || !strings.Contains(string(out), "1 clone found") {
		t.Errorf("on a pipe:\n%s", out)
	}
}

func home(env []string) string {
	for i := len(env) - 1; i >= 0; i-- {
		if path, found := strings.CutPrefix(env[i], "HOME="); found {
			return path
		}
	}
	return ""
}

func TestControlDChangesNothing(t *testing.T) {
	for _, atOnce := range []bool{true, false} {
		p := sit(t, "store", "--no-verify")
		p.waitFor(firstQuestion)
		if !atOnce {
			// Keys that a terminal would interpret work here too.
			p.typeIn("wrong\x15" + "x" + "\x7f" + storetest.APIToken() + "\n")
			p.waitFor("checks the token now; Enter skips): ")
		}
		p.typeIn("\x04")
		p.waitFor("cancelled, nothing was changed")
		p.wantExit(1)
	}
}
