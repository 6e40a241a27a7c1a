package command_test

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"git-credential-bitbucket/store/command"
)

// What a command asks on the terminal can put the echo back when Ctrl-C ends it all.
func TestCtrlCAtQuestion(t *testing.T) {
	const asking = "COMMAND_TEST_ASKS"
	if os.Getenv(asking) != "" {
		command.New([]string{"/bin/sh", "-c", `sh -c 'trap "stty echo; exit 130" INT; stty -echo; printf "unlock: " >&2; read x' </dev/tty 2>/dev/tty; true`}).Get(t.Context(), "")
		return
	}
	screen, tty, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer screen.Close()
	defer tty.Close()
	asks := exec.Command(os.Args[0], "-test.run=^TestCtrlCAtQuestion$")
	asks.Env = append(os.Environ(), asking+"=yes", "HOME="+t.TempDir())
	asks.Stdin, asks.Stdout, asks.Stderr = tty, tty, tty
	asks.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	if err := asks.Start(); err != nil {
		t.Fatal(err)
	}
	echoes := func() bool {
		state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		return err != nil || state.Lflag&unix.ECHO != 0
	}
	for seen := ""; !strings.Contains(seen, "unlock: "); {
		part := make([]byte, 100)
		n, err := screen.Read(part)
		if err != nil {
			t.Fatal(err)
		}
		seen += string(part[:n])
	}
	if echoes() {
		t.Fatal("the question is asked with an echo")
	}
	screen.Write([]byte{3})
	asks.Wait()
	if !echoes() {
		t.Error("the terminal is left without an echo")
	}
}
