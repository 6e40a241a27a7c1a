//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"
)

// The two collections that go-keyring uses, in its order
// (https://specifications.freedesktop.org/secret-service/latest/).
var collections = []dbus.ObjectPath{
	"/org/freedesktop/secrets/collection/login",
	"/org/freedesktop/secrets/aliases/default",
}

const secretService = "org.freedesktop.secrets"

// preflight asks over the connection that go-keyring will share whether there is
// a bus, a service and a keyring, and whether that is locked. Called bare,
// go-keyring would start a bus, hang, or say the same in every case.
func preflight(ctx context.Context) (locked bool, err error) {
	if err := findBus(); err != nil {
		return false, err
	}
	bus, err := dbus.SessionBus()
	if err != nil {
		return false, fmt.Errorf("%w: %w", ErrNoBus, err)
	}
	for _, collection := range collections {
		locked, err := isLocked(ctx, bus, collection)
		if !errors.Is(err, ErrNoKeyring) {
			return locked, err
		}
	}
	return false, ErrNoKeyring
}

func isLocked(ctx context.Context, bus *dbus.Conn, collection dbus.ObjectPath) (bool, error) {
	var locked bool
	err := bus.Object(secretService, collection).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		"org.freedesktop.Secret.Collection", "Locked").Store(&locked)
	var refusal dbus.Error
	if !errors.As(err, &refusal) {
		return locked, err
	}
	name := refusal.Name
	switch {
	case name == "org.freedesktop.DBus.Error.ServiceUnknown", name == "org.freedesktop.DBus.Error.NameHasNoOwner",
		strings.HasPrefix(name, "org.freedesktop.DBus.Error.Spawn."):
		return false, fmt.Errorf("%w: %w", ErrNoService, err)
	case name == "org.freedesktop.DBus.Error.NoReply", name == "org.freedesktop.DBus.Error.TimedOut",
		name == "org.freedesktop.DBus.Error.Timeout":
		return false, context.DeadlineExceeded
	case strings.HasPrefix(name, "org.freedesktop.DBus.Error.Unknown"),
		name == "org.freedesktop.Secret.Error.NoSuchObject":
		return false, fmt.Errorf("%w: %w", ErrNoKeyring, err)
	}
	return false, err
}

// findBus makes sure that godbus has an address to go to: without one it runs
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
	return ErrNoBus
}
