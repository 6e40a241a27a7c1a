//go:build unix

package helper_test

import (
	"path/filepath"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-bitbucket/store/storetest"
)

// configFolder is where the program keeps its index.
func configFolder(home string) string { return filepath.Join(home, ".config/git-credential-bitbucket") }

// systemVars are what this system alone has in the environment.
func systemVars(home string) []string { return nil }

// keychain is gnome-keyring in a D-Bus session, if a script wants one.
type keychain struct{ session *storetest.Session }

// keychainCommand steers gnome-keyring in a D-Bus session of the script's own.
// Without it there is no D-Bus at all:
//
//	keychain start        an unlocked keychain
//	keychain fresh        one without any keyring
//	keychain bus          a bus without a keychain
//	keychain lock | unlock | freeze | thaw | stop
//	keychain empty        it loses all that it holds
//	keychain items N      it must hold that many
func keychainCommand(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "keychain COMMAND")
	const password = "keyring-password"
	w := worldOf(ts)
	switch args[0] {
	case "start", "fresh", "bus":
		session, err := storetest.NewSession(ts.Getenv("HOME"))
		ts.Check(err)
		ts.Defer(session.Close)
		w.keychain.session = session
		ts.Setenv("DBUS_SESSION_BUS_ADDRESS", session.Address())
		switch args[0] {
		case "start":
			ts.Check(session.StartKeyring(password))
		case "fresh":
			ts.Check(session.StartKeyring(""))
		}
	case "lock":
		ts.Check(w.keychain.session.Lock())
	case "unlock":
		w.keychain.session.StopKeyring()
		ts.Check(w.keychain.session.StartKeyring(password))
	case "freeze":
		ts.Check(w.keychain.session.Freeze())
	case "thaw":
		ts.Check(w.keychain.session.Thaw())
	case "stop":
		w.keychain.session.StopKeyring()
	case "empty":
		ts.Check(w.keychain.session.Empty())
	case "items":
		need(ts, args, 2, "keychain items N")
		count, err := w.keychain.session.Items()
		ts.Check(err)
		if strconv.Itoa(count) != args[1] {
			ts.Fatalf("the keychain holds %d items, not %s", count, args[1])
		}
	default:
		ts.Fatalf("unknown: keychain %s", args[0])
	}
}
