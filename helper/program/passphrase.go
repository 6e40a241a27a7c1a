package program

// The passphrase of the encrypted store: where it comes from.

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// passphrase is what the encrypted store asks when it is locked. It comes from the
// file that the environment names; or from a person who is at a command of this program; or
// from one whom git keeps waiting, but only where unlock cannot help.
func (run *Run) passphrase(ctx context.Context, lack encrypted.PromptReason) (encrypted.Passphrase, error) {
	p, named, err := encrypted.PassphraseFromFile(run.Getenv)
	switch {
	case named && lack.Tried > 0:
		err = fmt.Errorf("%w in %s", encrypted.ErrWrongPassphrase, shell.Tilde(run.Getenv(encrypted.PassphraseFileVariable)))
		fallthrough
	case named:
		return p, console.WithHintf(err, "%s", cmp.Or(run.Hint(err, NoWayOut), "put the right one there, or unset "+hint.Line(encrypted.PassphraseFileVariable)))
	case run.NoQuestions, run.Term == nil && !run.mayKeepGitWaiting(ctx, lack):
		return p, sealed(lack.Keyring)
	case run.Term != nil:
		return run.TypePassphrase(run.Term, lack)
	}
	t, err := console.OpenTerminal()
	if err != nil {
		return p, sealed(lack.Keyring)
	}
	defer t.Close()
	return run.TypePassphrase(t, lack)
}

// Unattended is what to type where no person is there to be asked.
const Unattended hint.Line = "for git that runs unattended: export " + encrypted.PassphraseFileVariable + "=FILE"

// sealed is store.ErrSealed, with the reason why unlocking does not help.
func sealed(keyring error) error {
	if keyring != nil {
		return hint.With(fmt.Errorf("%w: %w", encrypted.ErrSealed, keyring), hint.Of(keyring, ""))
	}
	return encrypted.ErrSealed
}

// mayKeepGitWaiting reports whether a person may be asked while git waits. git's
// configuration is read for it, which costs little beside the passphrase.
func (run *Run) mayKeepGitWaiting(ctx context.Context, lack encrypted.PromptReason) bool {
	if lack.Keyring == nil || !run.IsWatched() {
		return false
	}
	settings, err := git.Settings(ctx, ".")
	return err == nil && !SettingsForbidQuestions(settings)
}

// passphrasePrompt is in the words of ssh, which programs that drive git on a terminal know,
// as they know git's.
const passphrasePrompt = "Enter passphrase for key 'git-credential-bitbucket'"

// TypePassphrase asks a person, who has three tries.
func (run *Run) TypePassphrase(t *console.Terminal, lack encrypted.PromptReason) (encrypted.Passphrase, error) {
	switch {
	case lack.Tried >= Tries:
		return encrypted.Passphrase{}, run.wrongPassphrase()
	case lack.Tried > 0:
		run.UI.Tellf("that is not the passphrase")
	case lack.Keyring != nil:
		run.UI.Tellf("%s, so the passphrase is asked for each time", lack.Keyring)
	}
	run.Unlocked = lack.Keyring == nil
	return run.askPassphrase(t, passphrasePrompt)
}

// ErrNoPassphrase: a person wanted to type none.
var ErrNoPassphrase = errors.New("no passphrase was given")

func (run *Run) askPassphrase(t *console.Terminal, question string) (encrypted.Passphrase, error) {
	text, err := run.UI.AskSecret(t, question)
	if err == nil && text == "" {
		err = ErrNoPassphrase
	}
	return encrypted.NewPassphrase(text), err
}

func (run *Run) wrongPassphrase() error {
	return console.WithHintf(fmt.Errorf("%w, %d times; nothing was changed", encrypted.ErrWrongPassphrase, Tries),
		"without it the tokens are lost; to give them up: %s", run.Encrypted.GiveUpCommand())
}

// MakeEncrypted makes the encrypted store, with a passphrase that a person types
// twice, and unlocks it where the kernel lets us.
func (run *Run) MakeEncrypted(ctx context.Context) error {
	p, named, err := encrypted.PassphraseFromFile(run.Getenv)
	if !named {
		if run.Term == nil {
			return console.WithHintf(encrypted.ErrNoIdentity, "make it on a terminal: git credential-bitbucket unlock; or in a script: export %s=FILE",
				hint.Line(encrypted.PassphraseFileVariable))
		}
		run.UI.Tellf("the encrypted store gets a passphrase now; it cannot be recovered")
		p, err = run.AskNewPassphrase(run.Term)
	}
	if err == nil {
		err = run.Encrypted.Create(ctx, p)
	}
	if err != nil {
		return err
	}
	run.MadeEncrypted = true
	run.UI.Sayf("made the encrypted store in %s", shell.Tilde(run.Encrypted.Folder()))
	if err := run.Encrypted.Hold(encrypted.HoldFor); !errors.Is(err, encrypted.ErrNoKernelKeyring) {
		return err
	}
	return nil // sayNoKernelKeyring tells of that
}

// AskNewPassphrase asks twice, until both are the same.
func (run *Run) AskNewPassphrase(t *console.Terminal) (encrypted.Passphrase, error) {
	run.UI.Tellf("type the new passphrase twice; Enter alone goes back")
	for range Tries {
		first, err := run.askPassphrase(t, "new passphrase")
		if err != nil {
			return encrypted.Passphrase{}, err
		}
		second, err := run.askPassphrase(t, "new passphrase again")
		if err != nil && !errors.Is(err, ErrNoPassphrase) {
			return encrypted.Passphrase{}, err
		}
		if first == second {
			return first, nil
		}
		run.UI.Tellf("the two are not the same")
	}
	return encrypted.Passphrase{}, ErrNoPassphrase
}
