//go:build darwin || windows

package keychain

import (
	"context"
	"errors"

	"git-credential-bitbucket/store/tokens"

	"github.com/zalando/go-keyring"
)

// mostInItem is what one item surely holds, in bytes: Credential Manager takes 2,560, and the
// line for macOS' tool 3,000 (docs/keychain.md section 1).
const mostInItem = 2400

// whole are go-keyring's items.
var whole = items{
	set:    func(id, text string) error { return keyring.Set(service, id, text) },
	get:    func(id string) (string, error) { return known(keyring.Get(service, id)) },
	delete: func(id string) error { _, err := known("", keyring.Delete(service, id)); return err },
}

func known(text string, err error) (string, error) {
	if errors.Is(err, keyring.ErrNotFound) {
		err = tokens.ErrNotFound
	}
	return text, err
}

func setItem(_ context.Context, id, text string) error { return whole.put(id, text, mostInItem) }

func getItem(_ context.Context, id string) (string, error) { return whole.take(id) }

func deleteItem(_ context.Context, id string) error { return whole.remove(id) }

// makeKeyring: the system has one.
func makeKeyring(context.Context) error { return ErrNoKeyring }
