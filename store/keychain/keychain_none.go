//go:build !darwin && !windows && !((dragonfly && cgo) || (freebsd && cgo) || linux || netbsd || openbsd)

package keychain

import "context"

// Where go-keyring has no backend, there is nothing to try.

func preflight(context.Context) (locked bool, err error) { return false, ErrNoKeychain }

func quickGet(context.Context, string) (quickResult, error) { return quickResult{}, ErrNoKeychain }

func getItem(context.Context, string) (string, error) { return "", ErrNoKeychain }

func setItem(context.Context, string, string) error { return ErrNoKeychain }

func deleteItem(context.Context, string) error { return ErrNoKeychain }

func setLabel(context.Context, string, string) error { return ErrNoKeychain }

func makeKeyring(context.Context) error { return ErrNoKeychain }

func systemKind(error) error { return nil }

func confirm(string, string) error { return nil }

// open has no way to open.
func open() error { return nil }
