package store

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// Why an entry was not moved, or not wholly, for errors.Is.
var (
	ErrMovedAlready = errors.New("the token is there already")
	ErrNotReadBack  = errors.New("what was written could not be read back")
	// ErrCopyLeft: the entry was moved, but its old vault would not let go of the
	// secret yet; a later RemoveUnused destroys it.
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
	if errors.Is(err, ErrNoVault) {
		return Entry{}, hint.With(err, forgetHint)
	}
	if err != nil {
		return Entry{}, err
	}
	unlock, err := s.lock(ctx, "save.lock", saveWait)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	moved := *e
	moved.Vault, moved.Command = vault, command
	old, err := s.relocate(ctx, e, &moved, secret)
	if err != nil {
		return Entry{}, err
	}
	s.label(ctx, &moved)
	if err := s.discard(ctx, *old); err != nil {
		return moved, fmt.Errorf("%w: %w", ErrCopyLeft, err)
	}
	if vault != CommandVault {
		return moved, nil
	}
	// The command may have read the very place that is empty now.
	if err := s.readBack(ctx, &moved, secret); err != nil {
		back := *e
		_, backErr := s.relocate(ctx, &moved, &back, secret)
		return Entry{}, errors.Join(err, backErr)
	}
	return moved, nil
}

// relocate brings a secret into the vault of to, reads it back, and lets the entry
// point at it. It returns the old secret, which is loose then.
func (s *Store) relocate(ctx context.Context, from, to *Entry, secret tokens.Secret) (old *looseSecret, err error) {
	to.ID = newID()
	if err := s.bring(ctx, to, secret); err != nil {
		return nil, err
	}
	// Of a command, bring has just read it.
	if to.Vault != CommandVault {
		err = s.readBack(ctx, to, secret)
	}
	if err != nil {
		_ = s.destroy(ctx, looseSecret{ID: to.ID, Vault: to.Vault})
		return nil, err
	}
	return s.settle(ctx, to, func(x *index) (*looseSecret, error) { return x.relocate(from, to) })
}

// readBack checks that the entry's vault gives back the secret.
func (s *Store) readBack(ctx context.Context, e *Entry, secret tokens.Secret) error {
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

// relocate points an entry at its secret's new place, and returns the old secret.
// What else has become known about the entry meanwhile stays.
func (x *index) relocate(from, to *Entry) (old *looseSecret, err error) {
	current := x.byID(from.ID)
	if current == nil || current.Fingerprint != from.Fingerprint || !x.removeOrphan(to.ID) {
		return nil, ErrChanged
	}
	old = x.addOrphan(current, Now())
	current.ID, current.Vault, current.Command = to.ID, to.Vault, to.Command
	*to = *current
	return old, nil
}
