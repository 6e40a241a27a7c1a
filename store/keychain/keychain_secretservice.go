//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package keychain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"git-credential-bitbucket/store/tokens"

	"github.com/godbus/dbus/v5"
)

const (
	secretService = "org.freedesktop.secrets"
	servicePath   = "/org/freedesktop/secrets"
	noPath        = dbus.ObjectPath("/")
)

// loginCollection is where gnome-keyring keeps what the login unlocks, and where go-keyring
// looks first.
const loginCollection = dbus.ObjectPath("/org/freedesktop/secrets/collection/login")

// collections are those in which items may be, the first for new ones: that named login if there is
// one, and the service's default, by whatever path: KeePassXC's has one of its own (docs/keychain.md section 2).
func collections(ctx context.Context, bus *dbus.Conn) func(yield func(dbus.ObjectPath) bool) {
	return func(yield func(dbus.ObjectPath) bool) {
		if !yield(loginCollection) {
			return
		}
		var path dbus.ObjectPath
		err := bus.Object(secretService, servicePath).
			CallWithContext(ctx, "org.freedesktop.Secret.Service.ReadAlias", 0, "default").Store(&path)
		if err == nil && path != noPath && path != loginCollection {
			yield(path)
		}
	}
}

// preflight finds out whether there is a bus, a service and a keyring, and whether that is
// locked.
func preflight(ctx context.Context) (locked bool, err error) {
	bus, err := connect()
	if err != nil {
		return false, err
	}
	for collection := range collections(ctx, bus) {
		locked, err := isLocked(ctx, bus, collection)
		if errors.Is(err, ErrNoService) {
			if why := whyNoService(bus); why != nil {
				err = why
			}
		}
		if !errors.Is(err, ErrNoKeyring) {
			return locked, err
		}
	}
	return false, ErrNoKeyring
}

// open connects to the bus, by the connection that all share.
func open() error {
	_, err := connect()
	return err
}

func connect() (*dbus.Conn, error) {
	if err := findBus(); err != nil {
		return nil, err
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	return bus, nil
}

// quickGet reads an item from an open collection in three round trips, preflight included.
// Whatever it meets that is not plain is left to getItem.
func quickGet(ctx context.Context, id string) (quickResult, error) {
	bus, err := connect()
	if err != nil {
		return quickResult{}, err
	}
	notFound := ErrNoKeyring
	for collection := range collections(ctx, bus) {
		result, err := quickGetFrom(ctx, bus, collection, id)
		switch {
		case errors.Is(err, tokens.ErrNotFound):
			notFound = err
		case !errors.Is(err, ErrNoKeyring):
			return result, err
		}
	}
	return quickResult{}, notFound
}

func quickGetFrom(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath, id string) (quickResult, error) {
	// Nothing else is sent before this is answered: gnome-keyring 42, asked for a
	// session by a program that it does not know yet, was seen to abort, once in
	// thousands of times, while many such programs came and went.
	locked, err := isLocked(ctx, bus, collection)
	if err != nil || locked {
		return quickResult{locked: locked}, err
	}
	opened := bus.Object(secretService, servicePath).
		GoWithContext(ctx, "org.freedesktop.Secret.Service.OpenSession", 0, nil, "plain", dbus.MakeVariant(""))
	searched := bus.Object(secretService, collection).
		GoWithContext(ctx, "org.freedesktop.Secret.Collection.SearchItems", 0, nil,
			map[string]string{"service": service, "username": id})
	var unused dbus.Variant
	var session dbus.ObjectPath
	var items []dbus.ObjectPath
	if (<-opened.Done).Store(&unused, &session) != nil || (<-searched.Done).Store(&items) != nil {
		return quickResult{}, ctx.Err()
	}
	if len(items) == 0 {
		return quickResult{}, tokens.ErrNotFound
	}
	var secret struct {
		Session    dbus.ObjectPath
		Parameters []byte
		Value      []byte
		Type       string
	}
	err = bus.Object(secretService, items[0]).
		CallWithContext(ctx, "org.freedesktop.Secret.Item.GetSecret", 0, session).Store(&secret)
	if err != nil {
		return quickResult{}, ctx.Err()
	}
	return quickResult{done: true, text: string(secret.Value)}, nil
}

// isLocked asks to unlock a collection, which does nothing to one that is open and,
// until the prompt that it names is called for, nothing to one that is not. The
// property that says the same is not asked for: while many short-lived programs did,
// gnome-keyring 42 was seen to abort in its getter.
func isLocked(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath) (locked bool, err error) {
	// In such a moment gnome-keyring may also find nothing for a program that it does
	// not know yet: what is not there is asked for twice.
	for range 2 {
		call := bus.Object(secretService, servicePath).
			CallWithContext(ctx, "org.freedesktop.Secret.Service.Unlock", 0, []dbus.ObjectPath{collection})
		if locked, err = lockedAnswer(call); !errors.Is(err, ErrNoKeyring) {
			break
		}
	}
	return locked, err
}

// lockedAnswer reads Unlock's answer and tells the ways to fail apart.
func lockedAnswer(call *dbus.Call) (locked bool, err error) {
	var open []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = call.Store(&open, &prompt)
	if err == nil && len(open) == 0 && prompt == noPath {
		return false, ErrNoKeyring // neither open nor to be opened: it is not there
	}
	var refusal dbus.Error
	if !errors.As(err, &refusal) {
		return err == nil && len(open) == 0, err
	}
	name := refusal.Name
	switch {
	case isNoService(name):
		return false, fmt.Errorf("%w: %w", ErrNoService, err)
	case name == "org.freedesktop.DBus.Error.NoReply":
		// The bus says so when who was asked is gone; it sets no limit of time itself.
		return false, fmt.Errorf("%w: its service went away: %w", tokens.ErrVaultFailed, err)
	case name == "org.freedesktop.DBus.Error.TimedOut", name == "org.freedesktop.DBus.Error.Timeout":
		return false, context.DeadlineExceeded
	case strings.HasPrefix(name, "org.freedesktop.DBus.Error.Unknown"),
		name == "org.freedesktop.Secret.Error.NoSuchObject", name == "org.qtproject.QtDBus.Error.InvalidObjectPath":
		return false, fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	return false, err
}

// findBus checks that godbus has an address to go to: without one it runs
// dbus-launch, which leaves daemons behind. It also finds the bus of a runtime
// folder elsewhere than in /run/user, where godbus does not look.
func findBus() error {
	const variable = "DBUS_SESSION_BUS_ADDRESS"
	if address := os.Getenv(variable); address != "" && !strings.HasPrefix(address, "autolaunch:") {
		return nil
	}
	folders := []string{os.Getenv("XDG_RUNTIME_DIR"), filepath.Join("/run/user", strconv.Itoa(os.Getuid()))}
	for _, folder := range folders {
		socket := filepath.Join(folder, "bus")
		if info, err := os.Stat(socket); folder != "" && err == nil && info.Mode().Type() == os.ModeSocket {
			return os.Setenv(variable, "unix:path="+dbus.EscapeBusAddressValue(socket))
		}
	}
	return whyNoBus(os.Getenv("XDG_RUNTIME_DIR"), "/run/user", os.Getuid())
}

// systemKind knows the errors of a service or a bus that went away meanwhile.
func systemKind(err error) error {
	var refusal dbus.Error
	switch {
	case errors.As(err, &refusal) && isNoService(refusal.Name):
		return fmt.Errorf("%w: %w", ErrNoService, err)
	case errors.Is(err, dbus.ErrClosed), errors.Is(err, io.EOF), errors.Is(err, syscall.EPIPE), errors.Is(err, syscall.ECONNRESET):
		return fmt.Errorf("%w: the D-Bus session went away", tokens.ErrVaultFailed)
	}
	return nil
}

// isNoService reports whether an error of the bus, by its name, means that there is no
// service.
func isNoService(name string) bool {
	return name == "org.freedesktop.DBus.Error.ServiceUnknown" || name == "org.freedesktop.DBus.Error.NameHasNoOwner" ||
		strings.HasPrefix(name, "org.freedesktop.DBus.Error.Spawn.")
}

// confirm trusts the service's answer.
func confirm(string, string) error { return nil }
