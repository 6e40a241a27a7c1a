//go:build linux

package proof

import (
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store/storetest"
)

// A keychainFault is a way in which the keychain fails while something is done.
type keychainFault struct {
	name string
	hit  func(*tapped) error
	heal func(*tapped)
	slow bool // each hit costs a time-out
}

var keychainFaults = []keychainFault{
	{"daemon killed", func(w *tapped) error { w.session.StopKeyring(); return nil }, (*tapped).restartKeyring, false},
	{"daemon stopped", func(w *tapped) error { return w.session.Freeze() }, func(w *tapped) { w.check(w.session.Thaw()) }, true},
	{"bus killed", func(w *tapped) error { w.session.StopBus(); return nil }, (*tapped).restartBus, false},
	// What it was told to do it does anyway.
	{"slow daemon (5 s)", func(w *tapped) error { w.tap.late.Store(int64(5 * time.Second)); return nil },
		func(w *tapped) { w.tap.late.Store(0) }, true},
}

// A keychainUse is something that needs the keychain. kept is called after each
// fault was healed, and finds nothing lost.
type keychainUse struct {
	name string
	do   func(w *tapped, n int) outcome
	kept func(w *tapped, n int, o outcome)
}

// newIsKept is for what saves a token as "new". Git's store says nothing when it
// cannot: another helper may keep it, and a get says why this one does not.
func newIsKept(word bool) func(w *tapped, n int, o outcome) {
	return func(w *tapped, n int, o outcome) {
		got := w.run(request("username=new"), "get")
		if o.code == 0 && !strings.Contains(got.stdout, "password="+w.token(n)) {
			w.t.Errorf("saved, and not there: %s", got.stderr)
		}
		w.wantWord(o, o.code == 0 || !word)
		w.run("", "erase", "new", "--yes")
	}
}

var keychainUses = []keychainUse{
	{"get",
		func(w *tapped, n int) outcome { return w.run(request("username=kept"), "get") },
		func(w *tapped, n int, o outcome) { w.wantWord(o, strings.Contains(o.stdout, "password="+w.kept)) }},
	{"store of a new token",
		func(w *tapped, n int) outcome {
			return w.run(echo("username=new", "password="+w.token(n)), "store")
		},
		newIsKept(false)},
	{"store by a person",
		func(w *tapped, n int) outcome {
			return w.run(w.token(n)+"\n", "store", "--username", "new", "--no-verify", "--in", "keychain")
		},
		newIsKept(true)},
	{"erase NAME",
		func(w *tapped, n int) outcome { return w.run("", "erase", "spare", "--yes") },
		func(w *tapped, n int, o outcome) {
			w.wantWord(o, o.code == 0)
			if o.code != 0 {
				if again := w.run("", "erase", "spare", "--yes"); again.code != 0 {
					w.t.Errorf("cannot be erased any more: %s", again.stderr)
				}
			}
			if list := w.run("", "list", "--names"); strings.Contains(list.stdout, "spare") {
				w.t.Errorf("erased, and still there: %s", list.stdout)
			}
			w.save("spare")
		}},
	{"store in place of another",
		func(w *tapped, n int) outcome {
			return w.run(w.token(n)+"\n", "store", "--name", "replaced", "--username", "replaced", "--no-verify", "--yes", "--in", "keychain")
		},
		func(w *tapped, n int, o outcome) {
			w.wantWord(o, o.code == 0)
			got := w.run(request("username=replaced"), "get")
			switch {
			case strings.Contains(got.stdout, "password="+w.token(n)+"\n"):
				w.replaced = w.token(n)
			case o.code == 0 || !strings.Contains(got.stdout, "password="+w.replaced+"\n"):
				w.t.Errorf("neither the old token nor the new one is there: %s", got.stderr)
			}
		}},
	{"move",
		func(w *tapped, n int) outcome { return w.run("", "move", "moving", "--in", "file") },
		func(w *tapped, n int, o outcome) {
			w.wantWord(o, o.code == 0)
			w.wantAnswer(w.moving, "username=moving")
			if back := w.run("", "move", "moving", "--in", "keychain"); back.code != 0 {
				w.t.Errorf("cannot be moved back: %s", back.stderr)
			}
			w.wantAnswer(w.moving, "username=moving")
		}},
}

// tapped is a world whose programs meet the keychain through a tap.
type tapped struct {
	*world
	tap                    *tap
	kept, moving, replaced string
	tokens                 map[int]string
}

func newTapped(t *testing.T) *tapped {
	w := &tapped{world: newWorld(t), tokens: map[int]string{}}
	w.startKeychain()
	w.retap()
	w.kept, w.moving, w.replaced = w.save("kept"), w.save("moving"), w.save("replaced")
	w.save("spare")
	return w
}

// retap puts a tap on the bus as it is now.
func (w *tapped) retap() {
	w.tap = tapInto(w.t, w.session.Address())
	w.setenv("DBUS_SESSION_BUS_ADDRESS", w.tap.address())
}

func (w *tapped) restartKeyring() {
	w.session.StopKeyring()
	w.check(w.session.StartKeyring(password))
}

func (w *tapped) restartBus() {
	w.session.Close()
	session, err := storetest.NewSession(w.home)
	w.check(err)
	w.t.Cleanup(session.Close)
	w.session = session
	w.check(session.StartKeyring(password))
	w.retap()
}

// token is the one that is saved at a step.
func (w *tapped) token(n int) string {
	if w.tokens[n] == "" {
		w.tokens[n] = storetest.APIToken()
	}
	return w.tokens[n]
}

// wantWord checks that who did not get what was wanted is told so.
func (w *tapped) wantWord(o outcome, done bool) {
	w.t.Helper()
	if !done && (o.code == 0 || !strings.Contains(o.stderr, "hint: ")) {
		w.t.Errorf("exit %d and no word of what to do: %q", o.code, o.stderr)
	}
}

// TestFaultsOfKeychain breaks the keychain before, during and after everything
// that needs it: at each message that is sent.
func TestFaultsOfKeychain(t *testing.T) {
	t.Parallel()
	for _, fault := range keychainFaults {
		for _, use := range keychainUses {
			t.Run(fault.name+"/"+use.name, func(t *testing.T) {
				t.Parallel()
				breakKeychain(newTapped(t), fault, use)
			})
		}
	}
}

func breakKeychain(w *tapped, fault keychainFault, use keychainUse) {
	t := w.t
	// Once whole, and once more to know how many messages there are.
	if o := use.do(w, -1); o.code != 0 {
		t.Fatalf("without any fault: %s", o.stderr)
	} else {
		use.kept(w, -1, o)
	}
	last := messagesOf(w, use)

	var longest time.Duration
	failed, seen := 0, ""
	steps := stepsOf(last, fault.slow)
	for _, n := range steps {
		var o outcome
		switch {
		case n == 0: // before
			w.check(fault.hit(w))
			if o = use.do(w, n); o.code == 0 {
				t.Errorf("done without the keychain")
			}
		case n > last: // after
			o = use.do(w, n)
			w.check(fault.hit(w))
		default:
			w.tap.arm(n, func() error { return fault.hit(w) })
			o = use.do(w, n)
			if _, err := w.tap.disarm(); err != nil {
				t.Errorf("the keychain did not fail: %v", err)
			}
		}
		longest = max(longest, o.took)
		if o.code != 0 {
			failed++
			seen = w.seen(o)
		}
		fault.heal(w)
		use.kept(w, n, o)
		w.wantAnswer(w.kept, "username=kept")
		w.wantItemsKnown()
		if t.Failed() {
			t.Fatalf("at message %d of %d", n, last)
		}
	}
	figure(t, fault.name+", "+use.name, "at %d moments of %d: %d failed (%s), nothing lost, at most %s",
		len(steps), last+2, failed, seen, seconds(longest))
}

// messagesOf counts what a use sends when nothing is wrong.
func messagesOf(w *tapped, use keychainUse) int {
	w.tap.arm(0, nil)
	o := use.do(w, -2)
	sent, _ := w.tap.disarm()
	use.kept(w, -2, o)
	if o.code != 0 || sent == 0 {
		w.t.Fatalf("%d messages: %s", sent, o.stderr)
	}
	return sent
}

// stepsOf picks the moments: 0 is before, those up to last during, the one
// behind it after. All of them in the long form.
func stepsOf(last int, slow bool) []int {
	if slow && !*long {
		return []int{last / 2}
	}
	every := rounds(max(1, last/3), 1)
	steps := []int{0}
	for n := 1; n <= last; n += every {
		steps = append(steps, n)
	}
	return append(steps, last+1)
}

// TestFaultsDialog: a locked keychain whose dialog is not answered.
func TestFaultsDialog(t *testing.T) {
	t.Parallel()
	w := newTapped(t)
	w.check(w.session.IgnoreDialogs())
	w.check(w.session.Lock())
	w.setenv("DISPLAY", ":99")
	cases := []struct{ who, prompts string }{{"a script", "0"}, {"a person", "1"}}
	for _, c := range cases[:rounds(1, 2)] {
		w.setenv("GIT_TERMINAL_PROMPT", c.prompts)
		o := w.run(request("username=kept"), "get")
		w.wantWord(o, false)
		figure(t, "dialog never answered, get for "+c.who, "%s, after %s", w.seen(o), seconds(o.took))
	}
	w.restartKeyring()
	w.wantAnswer(w.kept, "username=kept")
}
