package main

import (
	"fmt"
	"os/exec"
	"strings"
)

// keeper is the daemon that holds a session's keychain. gnome-keyring 42 aborts now and then while many short-lived
// programs open their sessions with it at once, whichever programs these are, and what the bus starts in its place is
// locked. That must neither end the run nor be passed over in silence.
type keeper struct {
	session *session
	aborted int
}

// survive tries again, with a new daemon, where what failed was the old one. Anything else is an error.
func (k *keeper) survive(try func() error) error {
	const most = 20
	for {
		before := k.owner()
		failed := try()
		if failed == nil {
			return nil
		}
		if k.owner() == before || k.aborted == most {
			return failed
		}
		k.aborted++
		if err := k.start(); err != nil {
			return err
		}
	}
}

// owner is the daemon's name on the bus, which no other ever gets; empty if there is none.
func (k *keeper) owner() string {
	name, err := k.askBus("GetNameOwner", "string:org.freedesktop.secrets")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(name)
}

func (k *keeper) askBus(method string, arguments ...string) (string, error) {
	argv := []string{"dbus-send", "--session", "--print-reply=literal", "--dest=org.freedesktop.DBus", "/",
		"org.freedesktop.DBus." + method}
	return k.session.ask("", append(argv, arguments...)...)
}

// start puts an unlocked daemon in the place of the one that there is.
func (k *keeper) start() error {
	cmd := exec.Command("gnome-keyring-daemon", "--replace", "--unlock", "--components=secrets")
	cmd.Env = k.session.env
	cmd.Stdin = strings.NewReader("pw")
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("start the keychain's daemon: %w", err)
	}
	// This returns when it is there for all.
	if _, err := k.askBus("StartServiceByName", "string:org.freedesktop.secrets", "uint32:0"); err != nil {
		return fmt.Errorf("wait for the keychain's daemon: %w", err)
	}
	return nil
}

// tell tells how often that was needed.
func (k *keeper) tell(r *report, during string) {
	what := "times that gnome-keyring itself aborted during " + during + ", and was started again"
	fmt.Fprintf(r.out, "%-8s %s: %d\n", "-", what, k.aborted)
	r.row("growth", what, fmt.Sprint(k.aborted), "-")
}
