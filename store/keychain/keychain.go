// Package keychain keeps tokens in the operating system's keychain: the Secret Service on
// Linux and the BSDs, the login keychain on macOS, Credential Manager on Windows.
package keychain

import (
	"context"
	"errors"
	"fmt"
	"time"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"

	"github.com/zalando/go-keyring"
)

// service is the name of this program in every keychain. It holds no colon,
// which Windows' target names use to separate it from the account.
const service = "git-credential-bitbucket"

// Why the keychain could not serve, for errors.Is.
var (
	ErrNoBus      = hint.NoVault(nil, "no D-Bus session", "use a desktop session")
	ErrNoService  = hint.NoVault(nil, "no keychain service on D-Bus", "install gnome-keyring and log in again, or turn on Secret Service Integration in the settings of KeePassXC")
	ErrNoKeyring  = hint.NoVault(nil, "the keychain service has no keyring yet", "create one, for example with seahorse")
	ErrLocked     = hint.NoVault(nil, "the keychain is locked", "unlock it on the desktop")
	ErrDismissed  = hint.NoVault(nil, "the keychain's dialog was refused", "try again, and allow it")
	ErrNoDialog   = hint.NoVault(ErrLocked, "the keychain is locked, and macOS cannot ask for its password here", "security unlock-keychain")
	ErrNoKeychain = hint.NoVault(nil, "no keychain on this system", "")
)

// How long the keychain may take, by docs/keychain.md section 2.
const (
	preflightWait = 3 * time.Second  // to say that it is there
	machineWait   = 3 * time.Second  // for each call, with no person there to unlock it
	personWait    = 60 * time.Second // for each call, with a person to answer its dialog
	noticeDelay   = time.Second      // until a person should be told what is waited for
)

// Vault is the operating system's own keychain: Secret Service on Linux and the BSDs,
// the login keychain on macOS, Credential Manager on Windows. Any program
// of the same user can read it while it is unlocked.
type Vault struct {
	// Display: a dialog could be shown.
	Display bool
	// Person: a person is likely to be there to answer it.
	Person bool
	// Waiting, if set, is called when a person's answer has been waited for a second.
	Waiting func()
}

// Connect opens the way to the keychain, where that takes time, for the call that follows.
// What fails, that call says.
func (k *Vault) Connect() {
	_, _ = withTimeLimit(context.Background(), preflightWait, func(context.Context) (struct{}, error) { return struct{}{}, open() })
}

// Get implements Vault.
func (k *Vault) Get(ctx context.Context, id string) (tokens.Secret, error) {
	text, err := k.get(ctx, id)
	if err != nil {
		return tokens.Secret{}, fmt.Errorf("read from the keychain: %w", err)
	}
	return tokens.Decode(text), nil
}

// get takes the quick way where the system has one and the keychain is open.
func (k *Vault) get(ctx context.Context, id string) (string, error) {
	found, err := withTimeLimit(ctx, preflightWait, func(ctx context.Context) (quickResult, error) { return quickGet(ctx, id) })
	if err != nil || found.done {
		return found.text, k.onServer(err)
	}
	return call(ctx, k, found.locked, func(ctx context.Context) (string, error) { return getItem(ctx, id) })
}

// quickResult is what quickGet found: the secret if done, else whether the
// keychain must be unlocked first.
type quickResult struct {
	done, locked bool
	text         string
}

// Set implements Vault.
func (k *Vault) Set(ctx context.Context, id string, secret tokens.Secret) error {
	text, err := secret.Encode()
	if err == nil {
		err = k.change(ctx, func(ctx context.Context) error {
			if err := setItem(ctx, id, text); err != nil {
				return err
			}
			return confirm(id, text)
		})
	}
	if err != nil {
		return fmt.Errorf("write to the keychain: %w", err)
	}
	return nil
}

// Delete implements Vault.
func (k *Vault) Delete(ctx context.Context, id string) error {
	err := k.change(ctx, func(ctx context.Context) error { return deleteItem(ctx, id) })
	if err != nil {
		return fmt.Errorf("delete from the keychain: %w", err)
	}
	return nil
}

// SetLabel gives the secret under id a label for people, by which other programs name it.
func (k *Vault) SetLabel(ctx context.Context, id, label string) error {
	_, err := withTimeLimit(ctx, machineWait, func(ctx context.Context) (struct{}, error) { return struct{}{}, setLabel(ctx, id, label) })
	return err
}

// MakeKeyring lets the keychain make its first keyring, for which it asks the person for a
// password in a dialog of its own.
func (k *Vault) MakeKeyring(ctx context.Context) error {
	if !k.Display || !k.Person {
		return ErrNoKeyring
	}
	_, err := call(ctx, k, false, func(ctx context.Context) (struct{}, error) { return struct{}{}, makeKeyring(ctx) })
	return err
}

// Ready finds out, without touching a secret, whether the keychain can be used
// now, or at least after a person has unlocked it.
func (k *Vault) Ready(ctx context.Context) error {
	_, err := k.locked(ctx)
	return err
}

// Locked reports whether the keychain is there but locked. No one is asked to
// unlock it.
func (k *Vault) Locked(ctx context.Context) (bool, error) {
	locked, err := withTimeLimit(ctx, preflightWait, preflight)
	return locked, k.onServer(err)
}

// onServer gives an error that no service is there the advice that serves without a desktop.
func (k *Vault) onServer(err error) error {
	if k.Display || !errors.Is(err, ErrNoService) || hint.Of(err, "") != hint.Of(ErrNoService, "") {
		return err // what is known about it is better
	}
	return hint.NoVault(err, err.Error(), "use a desktop session")
}

// locked reports whether a person must unlock the keychain. It is an error if
// there is no display to ask on.
func (k *Vault) locked(ctx context.Context) (bool, error) {
	locked, err := k.Locked(ctx)
	if err == nil && locked && !k.Display {
		err = ErrLocked
	}
	return locked, err
}

// change checks that the keychain is there before it lets go-keyring change it.
func (k *Vault) change(ctx context.Context, function func(context.Context) error) error {
	locked, err := k.locked(ctx)
	if err != nil {
		return err
	}
	_, err = call(ctx, k, locked, func(ctx context.Context) (struct{}, error) { return struct{}{}, function(ctx) })
	return err
}

// call runs a function for as long as a person may need to unlock the keychain. Those of
// go-keyring know neither contexts nor time-outs.
func call[T any](ctx context.Context, k *Vault, locked bool, function func(context.Context) (T, error)) (T, error) {
	if locked && !k.Display {
		var none T
		return none, ErrLocked
	}
	wait := machineWait
	if k.Person {
		wait = personWait
		if k.Waiting != nil {
			defer time.AfterFunc(noticeDelay, k.Waiting).Stop()
		}
	}
	result, err := withTimeLimit(ctx, wait, function)
	if locked && errors.Is(err, tokens.ErrVaultFailed) {
		// The dialog was dismissed; go-keyring has no name for that.
		err = ErrLocked
	}
	return result, err
}

// withTimeLimit runs a function that may hang or panic (go-keyring does both when its
// service goes away) so that neither is the caller's trouble. What hangs is left
// behind: this process does not live long.
func withTimeLimit[T any](ctx context.Context, wait time.Duration, function func(context.Context) (T, error)) (T, error) {
	type outcome struct {
		result T
		err    error
	}
	if err := ctx.Err(); err != nil {
		var none T
		return none, kindOfFailure(err) // nothing that would go on without us is begun
	}
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	done := make(chan outcome, 1)
	go func() {
		defer func() {
			if recover() != nil {
				done <- outcome{err: fmt.Errorf("%w: its service went away", tokens.ErrVaultFailed)}
			}
		}()
		result, err := function(ctx)
		done <- outcome{result, err}
	}()
	select {
	case o := <-done:
		return o.result, kindOfFailure(o.err)
	case <-ctx.Done():
		var none T
		return none, kindOfFailure(ctx.Err())
	}
}

// kindOfFailure makes one of our kinds of whatever error there is.
func kindOfFailure(err error) error {
	if err == nil {
		return nil
	}
	for _, kind := range []error{tokens.ErrNotFound, ErrNoBus, ErrNoService, ErrNoKeyring, ErrLocked, ErrDismissed, ErrNoKeychain, tokens.ErrVaultFailed, context.Canceled} {
		if errors.Is(err, kind) {
			return err
		}
	}
	switch {
	case errors.Is(err, keyring.ErrNotFound):
		return tokens.ErrNotFound
	case errors.Is(err, keyring.ErrSetDataTooBig):
		return tokens.ErrTooLarge
	case errors.Is(err, keyring.ErrUnsupportedPlatform):
		return ErrNoKeychain
	case errors.Is(err, context.DeadlineExceeded):
		return tokens.ErrTimedOut
	}
	if kind := systemKind(err); kind != nil {
		return kind
	}
	return fmt.Errorf("%w: %w", tokens.ErrVaultFailed, err)
}
