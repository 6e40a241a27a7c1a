//go:build unix

package storetest

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/godbus/dbus/v5"
)

const keyringName = "org.freedesktop.secrets"

// Session is a D-Bus session of a test's own, with or without gnome-keyring on
// it. Nothing is started on demand there.
type Session struct {
	home    string
	sockets string // a short path: a socket's may have 107 bytes only
	address string
	bus     *exec.Cmd
	keyring *exec.Cmd
	dialogs *dbus.Conn
}

// StartKeychain starts a bus with an unlocked keyring for one test. Where there can be
// none it skips the test, but fails it with CI set.
func StartKeychain(t *testing.T) *Session {
	t.Helper()
	session, err := NewSession(t.TempDir())
	if err == nil {
		t.Cleanup(session.Close)
		err = session.StartKeyring("keyring-password")
	}
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	return session
}

// NewSession starts a bus. Keyrings are in home.
func NewSession(home string) (*Session, error) {
	sockets, err := os.MkdirTemp("", "bus")
	if err != nil {
		return nil, err
	}
	s := &Session{home: home, sockets: sockets}
	config := filepath.Join(sockets, "bus.conf")
	err = os.WriteFile(config, fmt.Appendf(nil, `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir=%s</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`, sockets), 0o600)
	if err != nil {
		return nil, err
	}
	s.bus = exec.Command("dbus-daemon", "--config-file="+config, "--nofork", "--print-address=1")
	if s.address, err = startBus(s.bus); err != nil {
		s.Close()
		return nil, fmt.Errorf("start a bus: %w", err)
	}
	return s, nil
}

// startBus returns when the bus takes connections.
func startBus(bus *exec.Cmd) (address string, err error) {
	out, err := bus.StdoutPipe()
	if err != nil {
		return "", err
	}
	if err := bus.Start(); err != nil {
		return "", err
	}
	address, err = bufio.NewReader(out).ReadString('\n')
	return strings.TrimSpace(address), err
}

// Address is for DBUS_SESSION_BUS_ADDRESS.
func (s *Session) Address() string { return s.address }

// StartKeyring starts gnome-keyring. With a password it makes or unlocks the
// login keyring; without one there is none, or it stays locked.
func (s *Session) StartKeyring(password string) error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return fmt.Errorf("reach the bus: %w", err)
	}
	defer conn.Close()
	if err := conn.AddMatchSignal(dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, keyringName)); err != nil {
		return err
	}
	changes := make(chan *dbus.Signal, 16)
	conn.Signal(changes)

	args := []string{"--foreground", "--components=secrets"}
	if password != "" {
		args = append(args, "--unlock")
	}
	s.keyring = exec.Command("gnome-keyring-daemon", args...)
	s.keyring.Env = append(os.Environ(), "HOME="+s.home, "XDG_DATA_HOME="+s.home, "XDG_RUNTIME_DIR="+s.sockets,
		"DBUS_SESSION_BUS_ADDRESS="+s.address, "DISPLAY=", "WAYLAND_DISPLAY=")
	s.keyring.Stdin = strings.NewReader(password)
	if err := s.keyring.Start(); err != nil {
		return fmt.Errorf("start gnome-keyring: %w", err)
	}
	for change := range changes {
		if len(change.Body) == 3 && change.Body[2] != "" {
			return nil
		}
	}
	return fmt.Errorf("the bus went away before gnome-keyring came")
}

// Lock locks the login keyring.
func (s *Session) Lock() error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return fmt.Errorf("reach the bus: %w", err)
	}
	defer conn.Close()
	login := []dbus.ObjectPath{"/org/freedesktop/secrets/collection/login"}
	return conn.Object(keyringName, "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0, login).Err
}

// prompter is a desktop's dialog that is never answered.
type prompter struct{}

// BeginPrompting is called by gnome-keyring, which then waits to be called back.
func (prompter) BeginPrompting(dbus.ObjectPath) *dbus.Error { return nil }

// IgnoreDialogs puts a prompter on the bus that never answers, as on a desktop
// whose owner is away.
func (s *Session) IgnoreDialogs() error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return fmt.Errorf("reach the bus: %w", err)
	}
	s.dialogs = conn
	if err := conn.Export(prompter{}, "/org/gnome/keyring/Prompter", "org.gnome.keyring.internal.Prompter"); err != nil {
		return err
	}
	_, err = conn.RequestName("org.gnome.keyring.SystemPrompter", dbus.NameFlagDoNotQueue)
	return err
}

// Items counts what the login keyring holds.
func (s *Session) Items() (int, error) {
	paths := 0
	err := s.eachItem(func(*dbus.Conn, dbus.ObjectPath) error {
		paths++
		return nil
	})
	return paths, err
}

// IDs are those of the entries whose secrets the login keyring holds, in no order.
func (s *Session) IDs() ([]string, error) {
	var ids []string
	err := s.eachItem(func(conn *dbus.Conn, item dbus.ObjectPath) error {
		attributes, err := conn.Object(keyringName, item).GetProperty("org.freedesktop.Secret.Item.Attributes")
		if err != nil {
			return err
		}
		named, _ := attributes.Value().(map[string]string)
		ids = append(ids, named["username"]) // as go-keyring calls it
		return nil
	})
	return ids, err
}

// Empty deletes all that the login keyring holds, while the program does not look.
func (s *Session) Empty() error {
	return s.eachItem(func(conn *dbus.Conn, item dbus.ObjectPath) error {
		return conn.Object(keyringName, item).Call("org.freedesktop.Secret.Item.Delete", 0).Err
	})
}

func (s *Session) eachItem(do func(*dbus.Conn, dbus.ObjectPath) error) error {
	conn, err := dbus.Connect(s.address)
	if err != nil {
		return fmt.Errorf("reach the bus: %w", err)
	}
	defer conn.Close()
	items, err := conn.Object(keyringName, "/org/freedesktop/secrets/collection/login").
		GetProperty("org.freedesktop.Secret.Collection.Items")
	if err != nil {
		return err
	}
	paths, ok := items.Value().([]dbus.ObjectPath)
	if !ok {
		return fmt.Errorf("unexpected list of items")
	}
	for _, path := range paths {
		if err := do(conn, path); err != nil {
			return err
		}
	}
	return nil
}

// Processes are the ids of the bus and of gnome-keyring.
func (s *Session) Processes() []int { return []int{s.bus.Process.Pid, s.keyring.Process.Pid} }

// Freeze stops gnome-keyring so that it answers no request, until Thaw.
func (s *Session) Freeze() error { return s.keyring.Process.Signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Session) Thaw() error { return s.keyring.Process.Signal(syscall.SIGCONT) }

// StopKeyring ends gnome-keyring.
func (s *Session) StopKeyring() { end(s.keyring) }

// StopBus ends the bus, and with it every connection.
func (s *Session) StopBus() { end(s.bus) }

// Close ends all that was started.
func (s *Session) Close() {
	if s.dialogs != nil {
		s.dialogs.Close()
	}
	end(s.keyring)
	end(s.bus)
	os.RemoveAll(s.sockets)
}

func end(cmd *exec.Cmd) {
	if cmd != nil && cmd.Process != nil && cmd.ProcessState == nil {
		cmd.Process.Kill()
		cmd.Wait()
	}
}
