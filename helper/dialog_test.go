//go:build linux

package helper_test

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// TestUnansweredDialog shows that a person is told what is waited for, and
// that it ends without a crash when the session does: bare, go-keyring hangs in
// the one case and panics in the other.
func TestUnansweredDialog(t *testing.T) {
	session := storetest.StartKeychain(t)
	env := append(os.Environ(), "HOME="+t.TempDir(), "XDG_CONFIG_HOME=", "DBUS_SESSION_BUS_ADDRESS="+session.Address(),
		"DISPLAY=:99", "CI=", "GIT_TERMINAL_PROMPT=1")
	saving := exec.Command("git-credential-bitbucket", "store", "--no-verify", "--username", "brandon")
	saving.Env, saving.Stdin = env, strings.NewReader(storetest.APIToken())
	if out, err := saving.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := session.IgnoreDialogs(); err != nil {
		t.Fatal(err)
	}
	if err := session.Lock(); err != nil {
		t.Fatal(err)
	}

	get := exec.Command("git-credential-bitbucket", "get")
	get.Env, get.Stdin = env, strings.NewReader("protocol=https\nhost=bitbucket.org\n")
	stderr, err := get.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := get.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	line, err := lines.ReadString('\n')
	if want := "git-credential-bitbucket: waiting for the keychain; it may have opened a dialog\n"; line != want || err != nil {
		t.Errorf("got %q, %v", line, err)
	}
	session.StopBus()
	rest, err := io.ReadAll(lines)
	if !strings.HasPrefix(string(rest), `the token "brandon" cannot be used: `) ||
		strings.Count(string(rest), "\n") != 3 || err != nil {
		t.Errorf("got %q, %v", rest, err)
	}
	if get.Wait(); get.ProcessState.ExitCode() != 1 {
		t.Errorf("exit %d", get.ProcessState.ExitCode())
	}
}
