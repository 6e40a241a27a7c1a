package helper

// The passphrase of the encrypted store: where it comes from.

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// passphrase is what the encrypted store asks when it is locked. It comes from the
// file that the environment names; or from a person who is at a command of ours; or
// from one whom git keeps waiting, but only where unlock cannot help.
func (a *app) passphrase(_ context.Context, lack store.Lack) (store.Passphrase, error) {
	p, named, err := store.PassphraseFromFile(a.getenv)
	switch {
	case named && lack.Tried > 0:
		err = fmt.Errorf("%w in %s", store.ErrWrongPassphrase, tilde(a.getenv(store.PassphraseFileVariable)))
		fallthrough
	case named:
		return p, withHint(err, "%s", cmp.Or(a.cureOf(err, noWayOut), "put the right one there, or unset "+commandLine(store.PassphraseFileVariable)))
	case a.asksNobody, a.term == nil && !a.mayKeepGitWaiting(lack):
		return p, sealed(lack.Keyring)
	case a.term != nil:
		return a.typePassphrase(a.term, lack)
	}
	t, err := openTerminal()
	if err != nil {
		return p, sealed(lack.Keyring)
	}
	defer t.close()
	return a.typePassphrase(t, lack)
}

// unattended is what to type where nobody is there to be asked.
const unattended commandLine = "for git that runs unattended: export " + store.PassphraseFileVariable + "=FILE"

// sealed is store.ErrSealed, with the reason why unlocking does not help.
func sealed(keyring error) error {
	if keyring != nil {
		return fmt.Errorf("%w: %w", store.ErrSealed, keyring)
	}
	return store.ErrSealed
}

// mayKeepGitWaiting tells whether a person may be asked while git waits. git's
// configuration is read for it, which costs little beside the passphrase.
func (a *app) mayKeepGitWaiting(lack store.Lack) bool {
	if lack.Keyring == nil || !a.isWatched() {
		return false
	}
	settings, err := git.Settings(a.ctx, ".")
	return err == nil && !settingsForbidQuestions(settings)
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
	a.unlocked = lack.Keyring == nil
	return a.askPassphrase(t, "passphrase of the encrypted store")
}

// errNoPassphrase: a person wanted to type none.
var errNoPassphrase = errors.New("no passphrase was given")

func (a *app) askPassphrase(t *terminal, question string) (store.Passphrase, error) {
	text, err := a.ui.askSecret(t, question)
	if err == nil && text == "" {
		err = errNoPassphrase
	}
	return store.NewPassphrase(text), err
}

func (a *app) wrongPassphrase() error {
	return withHint(fmt.Errorf("%w, %d times; nothing was changed", store.ErrWrongPassphrase, tries),
		"without it the tokens are lost; to give them up: %s", a.giveUpEncrypted())
}

// makeEncrypted makes the encrypted store, with a passphrase that a person types
// twice, and unlocks it where the kernel lets us.
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
	a.madeEncrypted = true
	a.ui.say("made the encrypted store in %s", tilde(a.encrypted.Folder()))
	if err := a.encrypted.Hold(store.HoldFor); !errors.Is(err, store.ErrNoKernelKeyring) {
		return err
	}
	return nil // sayNoKernelKeyring tells of that
}

// askNewPassphrase asks twice, until both are the same.
func (a *app) askNewPassphrase(t *terminal) (store.Passphrase, error) {
	for range tries {
		first, err := a.askPassphrase(t, "new passphrase (Enter chooses none)")
		if err != nil {
			return store.Passphrase{}, err
		}
		second, err := a.askPassphrase(t, "once more")
		if err != nil && !errors.Is(err, errNoPassphrase) {
			return store.Passphrase{}, err
		}
		if first == second {
			return first, nil
		}
		a.ui.tell("the two are not the same")
	}
	return store.Passphrase{}, errNoPassphrase
}
