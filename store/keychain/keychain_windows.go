package keychain

import (
	"context"

	"github.com/danieljoos/wincred"
)

// preflight has nothing to find out: Credential Manager is part of the system, and
// open while its user is logged in.
func preflight(context.Context) (locked bool, err error) { return false, nil }

// quickGet leaves it all to go-keyring.
func quickGet(context.Context, string) (quickResult, error) { return quickResult{}, nil }

// systemKind knows no more than go-keyring's errors say themselves.
func systemKind(error) error { return nil }

// confirm trusts what go-keyring says of a change.
func confirm(string, string) error { return nil }

// open has no way to open.
func open() error { return nil }

// setLabel changes the username that Credential Manager shows for an item. An item is found by its
// target, which go-keyring makes of the service and the id.
func setLabel(_ context.Context, id, label string) error {
	item, err := wincred.GetGenericCredential(service + ":" + id)
	if err != nil {
		return err
	}
	item.UserName = label
	return item.Write()
}
