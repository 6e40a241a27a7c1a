package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Why an entry was not moved, or not wholly, for errors.Is.
var (
	ErrMovedAlready = errors.New("the token lies there already")
	ErrNotReadBack  = errors.New("what was written could not be read back")
	// ErrCopyLeft: the entry was moved, but its old vault would not let go of the
	// secret yet; a later Sweep destroys it.
	ErrCopyLeft = errors.New("the old copy could not be removed yet")
)

// Move puts the entry's secret into another vault, reads it back, points the
// entry at it, and then destroys the old one. command is for CommandVault. At
// whatever point it is interrupted, the entry points at a whole secret, and what
// else there is of it is noted in the index. It returns the entry as it stands then,
// under a new id.
func (s *Store) Move(ctx context.Context, e *Entry, vault string, command []string) (Entry, error) {
	if e.Vault == vault && slices.Equal(e.Command, command) {
		return *e, ErrMovedAlready
	}
	secret, err := s.Secret(ctx, e)
	if err != nil {
		return Entry{}, err
	}
	moved := *e
	moved.ID, moved.Vault, moved.Command = newID(), vault, command
	unlock, err := s.lock(ctx, "save.lock", saveWait)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	if err := s.bring(ctx, &moved, secret); err != nil {
		return Entry{}, err
	}
	// Of a command, bring has just read it.
	if vault != CommandVault {
		err = s.readBack(ctx, &moved, secret)
	}
	if err != nil {
		_ = s.destroy(ctx, looseSecret{ID: moved.ID, Vault: moved.Vault})
		return Entry{}, err
	}
	old, err := s.settle(ctx, &moved, func(x *index) (*looseSecret, error) { return x.rehouse(e, &moved) })
	if err != nil {
		return Entry{}, err
	}
	if err := s.discard(ctx, *old); err != nil {
		return moved, fmt.Errorf("%w: %w", ErrCopyLeft, err)
	}
	return moved, nil
}

// readBack makes sure that the entry's vault gives back the secret.
func (s *Store) readBack(ctx context.Context, e *Entry, secret Secret) error {
	vault, err := s.vaultOf(e)
	if err != nil {
		return err
	}
	got, err := vault.Get(ctx, e.ID)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotReadBack, err)
	}
	if got != secret {
		return ErrNotReadBack
	}
	return nil
}

// rehouse points an entry at its secret's new place, and returns the old secret.
// What else has become known of the entry meanwhile stays.
func (x *index) rehouse(from, to *Entry) (old *looseSecret, err error) {
	current := x.byID(from.ID)
	if current == nil || !x.tighten(to.ID) {
		return nil, ErrChanged
	}
	old = x.loosen(current, Now())
	current.ID, current.Vault, current.Command = to.ID, to.Vault, to.Command
	*to = *current
	return old, nil
}
