//go:build linux

package proof

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// The clock of a machine is not ours to set, so the program is built once more with
// a time.Now that adds what the environment says, and only to the clock on the wall.
const (
	clockVariable = "PROOF_CLOCK"
	clockNow      = "func Now() Time {"
	clockMoved    = "func Now() Time { return rightNow().Round(0).Add(moved) }\n\nfunc rightNow() Time {"
	clockFile     = `package time

import "syscall"

var moved = func() Duration {
	text, _ := syscall.Getenv("` + clockVariable + `")
	d, _ := ParseDuration(text)
	return d
}()
`
)

// withClock makes a world's program one whose clock can be moved.
func (w *world) withClock() {
	w.t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	w.check(err)
	folder := filepath.Join(strings.TrimSpace(string(out)), "src", "time")
	text := w.read(filepath.Join(folder, "time.go"))
	if strings.Count(text, clockNow) != 1 {
		w.t.Fatal("this Go's time.Now is another than expected")
	}
	replace := map[string]string{
		filepath.Join(folder, "time.go"):  w.write("go/time.go", strings.Replace(text, clockNow, clockMoved, 1)),
		filepath.Join(folder, "moved.go"): w.write("go/moved.go", clockFile),
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	w.check(err)
	w.special = filepath.Join(w.home, "bin", "git-credential-bitbucket")
	w.check(build(w.special, "-overlay", w.write("go/overlay.json", string(overlay))))
}

// at sets the clock for all runs from now on.
func (w *world) at(moved string) { w.setenv(clockVariable, moved) }

// TestFaultsClock: the clock is set forward and back by a year.
func TestFaultsClock(t *testing.T) {
	t.Parallel()
	if !*long {
		t.Log("only in the long form: a standard library is built for it")
		return
	}
	const year = "8784h"
	w := newWorld(t)
	w.withClock()
	w.startBitbucket()
	guessed, typed := w.save("guessed", "--in", "file"), w.save("typed", "--in", "file", "--expires", "90d")
	refused := request("username="+gitName, "password="+guessed)

	w.at(year)
	w.wantAnswer(guessed, "username=guessed")
	o := w.run(request("username=typed"), "get")
	if o.stdout != "" || !strings.Contains(o.stderr, `the token "typed" expired on `) {
		t.Errorf("a year on: %s%s", o.stdout, o.stderr)
	}
	figure(t, "clock a year forward, get", "%s; another whose end was only guessed is answered", w.seen(o))
	fresh := w.run(storetest.APIToken()+"\n", "store", "--username", "fresh", "--email", "fresh@example.com", "--yes", "--in", "file")
	notChecked := regexp.MustCompile(`(?m)^.*not checked: .*$`).FindString(fresh.stderr)
	if !strings.Contains(notChecked, "current time") {
		t.Errorf("no word of the clock: %s", fresh.stderr)
	}
	figure(t, "clock a year forward, store asks Bitbucket", "saved, but %s", w.seen(outcome{stderr: notChecked}))

	o = w.run(refused, "erase")
	figure(t, "clock a year forward, a token is refused", "%s", w.seen(o))
	if o := w.run(request("username=guessed"), "get"); o.stdout != "" {
		t.Error("a refused token is answered again at once")
	}

	// What was noted in that future must not last until then.
	for _, moved := range []string{"", "-" + year} {
		w.at(moved)
		w.wantAnswer(guessed, "username=guessed")
		w.wantAnswer(typed, "username=typed")
		if o := w.run(refused, "store"); o.code != 0 || o.stderr != "" {
			t.Errorf("store: %s", o.stderr)
		}
	}
	figure(t, "clock back again, and a year behind", "both tokens are answered; what was set aside then is not any more")
	if o := w.run("", "list"); o.code != 0 || !strings.Contains(o.stdout, "guessed") {
		t.Errorf("list: %s%s", o.stdout, o.stderr)
	}
}
