package store

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/store/private"
)

// The names of the vaults, as entries have them and people type them.
const (
	KeychainVault  = "keychain"
	EncryptedVault = "encrypted"
	FileVault      = "file"
	CommandVault   = "command"
)

// Vault keeps secrets under opaque ids of the characters a to z, 0 to 9 and "-".
// Its methods may be called from several processes at once, and end when the
// context does. Errors wrap one of the kinds below, or the system's own.
type Vault interface {
	// Get returns the secret saved under id; ErrNotFound if there is none.
	Get(ctx context.Context, id string) (Secret, error)
	// Set saves the secret under id, in place of any that is there.
	Set(ctx context.Context, id string, secret Secret) error
	// Delete destroys the secret under id; ErrNotFound if there is none.
	Delete(ctx context.Context, id string) error
}

// Secret is what a vault keeps for one entry.
type Secret struct {
	Token   Token
	Refresh Token // an OAuth refresh token that came with it; mostly empty
}

// Why a vault could not serve, for errors.Is.
var (
	ErrNotFound = errors.New("it does not hold the token")
	ErrTooLarge = fmt.Errorf("over %d bytes", MaxSecret)
	ErrDamaged  = errors.New("damaged")
	// ErrReplaced: what a vault gives back is never handed out if it is not what was
	// saved there, by the entry's fingerprint.
	ErrReplaced = fmt.Errorf("%w: its vault gives back another token than was saved there", ErrDamaged)

	// Of the keychain.
	ErrNoBus       = errors.New("no D-Bus session")
	ErrNoService   = errors.New("no keychain service on D-Bus")
	ErrNoKeyring   = errors.New("the keychain service has no keyring yet")
	ErrLocked      = errors.New("the keychain is locked")
	ErrNoDialog    = fmt.Errorf("%w, and macOS cannot ask for its password here", ErrLocked)
	ErrTimedOut    = errors.New("the keychain did not answer in time")
	ErrNoKeychain  = errors.New("no keychain on this system")
	ErrVaultFailed = errors.New("the keychain failed")

	// Of files.
	ErrUnsafe = private.ErrUnsafe // see UnsafeError

	// Of the encrypted store.
	ErrSealed          = errors.New("the encrypted store is locked")
	ErrNoIdentity      = errors.New("the encrypted store has not been made yet")
	ErrIdentityLost    = errors.New("there are tokens, but not the identity that opens them")
	ErrIdentityExists  = errors.New("the encrypted store is there already")
	ErrDamagedIdentity = fmt.Errorf("what opens the encrypted store is %w", ErrDamaged)
	ErrWrongPassphrase = errors.New("wrong passphrase")
	ErrNoKernelKeyring = errors.New("the kernel's keyring cannot be used")

	// Of commands.
	ErrCommandFailed = errors.New("the command failed")
	ErrOtherToken    = errors.New("it prints another token")
)

// encode joins the parts of a secret. A token cannot hold a line feed, so one
// that comes alone lies in the vault exactly as Bitbucket showed it.
func (s Secret) encode() (string, error) {
	text := s.Token.Reveal()
	if strings.Contains(text, "\n") {
		return "", fmt.Errorf("a secret with a line feed")
	}
	if !s.Refresh.Empty() {
		text += "\n" + s.Refresh.Reveal()
	}
	if len(text) > MaxSecret {
		return "", ErrTooLarge
	}
	return text, nil
}

func decodeSecret(text string) Secret {
	token, refresh, _ := strings.Cut(text, "\n")
	return Secret{NewToken(token), NewToken(refresh)}
}
