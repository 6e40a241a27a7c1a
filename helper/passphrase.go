package helper

// The passphrase of the encrypted store: where it comes from.

import (
	"context"
	"errors"
	"fmt"

	"git-credential-bitbucket/store"
)

// passphrase is what the encrypted store asks when it is locked. It comes from the
// file that the environment names; or from a person who is at a command of ours; or
// from one whom git keeps waiting, but only where unlock cannot help.
func (a *app) passphrase(_ context.Context, lack store.Lack) (store.Passphrase, error) {
	p, named, err := store.PassphraseFromFile(a.getenv)
	switch {
	case named && lack.Tried > 0:
		return p, fmt.Errorf("%w in the file that %s names", store.ErrWrongPassphrase, store.PassphraseFileVariable)
	case named:
		return p, err
	case a.term != nil:
		return a.typePassphrase(a.term, lack)
	case lack.Keyring == nil:
		return p, store.ErrSealed
	case !a.isWatched():
		return p, fmt.Errorf("%w: %w", store.ErrSealed, lack.Keyring)
	}
	t, err := openTerminal()
	if err != nil {
		return p, fmt.Errorf("%w: %w", store.ErrSealed, lack.Keyring)
	}
	defer t.close()
	return a.typePassphrase(t, lack)
}

// typePassphrase asks a person, who has three tries.
func (a *app) typePassphrase(t *terminal, lack store.Lack) (store.Passphrase, error) {
	switch {
	case lack.Tried >= tries:
		return store.Passphrase{}, a.wrongPassphrase()
	case lack.Tried > 0:
		a.ui.tell("that is not the passphrase")
	case lack.Keyring != nil:
		a.ui.tell("%s, so the passphrase is asked for each time", lack.Keyring)
	}
	return a.askPassphrase(t, "passphrase of the encrypted store")
}

func (a *app) askPassphrase(t *terminal, question string) (store.Passphrase, error) {
	text, err := a.ui.askSecret(t, question)
	if err == nil && text == "" {
		err = errCancelled
	}
	return store.NewPassphrase(text), err
}

func (a *app) wrongPassphrase() error {
	return withHint(fmt.Errorf("%w, %d times; nothing was changed", store.ErrWrongPassphrase, tries),
		"without it its tokens are lost: erase them, and take away the store: rm -r %s", shellPath(a.encrypted.Folder()))
}

// errNoPassphrase: a person wanted to choose none, or a script gave none.
var errNoPassphrase = errors.New("no passphrase was given; the encrypted store was not made")

// makeEncrypted makes the encrypted store, with a passphrase that a person types
// twice, and unlocks it.
func (a *app) makeEncrypted() error {
	p, named, err := store.PassphraseFromFile(a.getenv)
	if !named {
		if a.term == nil {
			return withHint(store.ErrNoIdentity, "make it on a terminal: git credential-bitbucket unlock; or in a script: export %s=FILE",
				commandLine(store.PassphraseFileVariable))
		}
		a.ui.tell("the encrypted store gets a passphrase now; nobody can tell it to you again")
		p, err = a.askNewPassphrase(a.term)
	}
	if err == nil {
		err = a.encrypted.Create(a.ctx, p)
	}
	if err != nil {
		return err
	}
	a.ui.say("made the encrypted store in %s", tilde(a.encrypted.Folder()))
	// Where the kernel does not keep it, sayPlace tells.
	_ = a.encrypted.Hold(store.HoldFor)
	return nil
}

// askNewPassphrase asks twice, until both are the same.
func (a *app) askNewPassphrase(t *terminal) (store.Passphrase, error) {
	for range tries {
		first, err := a.askPassphrase(t, "new passphrase (Enter chooses none)")
		if errors.Is(err, errCancelled) {
			err = errNoPassphrase
		}
		if err != nil {
			return store.Passphrase{}, err
		}
		second, err := a.askPassphrase(t, "once more")
		if err != nil && !errors.Is(err, errCancelled) {
			return store.Passphrase{}, err
		}
		if first == second {
			return first, nil
		}
		a.ui.tell("the two are not the same")
	}
	return store.Passphrase{}, errNoPassphrase
}
