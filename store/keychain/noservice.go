//go:build (dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd

package keychain

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"

	"github.com/godbus/dbus/v5"
)

// whyNoBus tells a login without a runtime folder, as su and sudo give it, from a system that has
// none: systemd makes one below all for each user that logs in (pam_systemd(8)).
func whyNoBus(runtime, all string, user int) error {
	if _, err := os.Stat(all); err != nil || runtime != "" {
		return ErrNoBus
	}
	if _, err := os.Stat(filepath.Join(all, strconv.Itoa(user))); err == nil {
		return ErrNoBus
	}
	return hint.NoVault(ErrNoBus, "no D-Bus session: this login has no runtime folder, as by su or sudo", "log in as this user itself, by ssh or on the desktop")
}

// flatpakInfo is where a Flatpak says what it is
// (https://docs.flatpak.org/en/latest/flatpak-command-reference.html#flatpak-metadata).
const flatpakInfo = "/.flatpak-info"

// whyNoService tells apart why there is no Secret Service although there is a bus: a sandbox that
// hides it, or a KWallet that has it switched off; nil where none of that is so.
func whyNoService(bus *dbus.Conn) error {
	switch snap := os.Getenv("SNAP_INSTANCE_NAME"); {
	case flatpakName() != "":
		return hint.NoVault(ErrNoService, "this runs in a Flatpak, whose bus hides the keychain",
			"flatpak override --user --talk-name="+secretService+" "+shell.Word(flatpakName()))
	case snap != "":
		return hint.NoVault(ErrNoService, "this runs in a snap, which hides the keychain", "snap connect "+shell.Word(snap)+":password-manager-service")
	}
	for _, version := range []string{"6", "5"} {
		if hasOwner(bus, "org.kde.kwalletd"+version) {
			return hint.NoVault(ErrNoService, "KWallet runs, and its Secret Service is switched off",
				hint.Line("kwriteconfig"+version+" --file kwalletrc --group org.freedesktop.secrets --key apiEnabled true, and log in again"))
		}
	}
	return nil
}

// flatpakName is the name of the Flatpak that this runs in; "" for none.
func flatpakName() string {
	text, err := os.ReadFile(flatpakInfo)
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, found := strings.CutPrefix(strings.TrimSpace(line), "name="); found {
			return name
		}
	}
	return "APP"
}

func hasOwner(bus *dbus.Conn, name string) bool {
	var has bool
	err := bus.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&has)
	return err == nil && has
}
