package tokens

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"git-credential-bitbucket/store/hint"
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

// storeAnew is what to type about a token that its vault cannot give back.
const storeAnew hint.Line = "git credential-bitbucket store"

// Why a vault could not serve, for errors.Is. The vaults have more of their own.
var (
	ErrNotFound = hint.New("it does not hold the token", storeAnew)
	ErrTooLarge = errors.New("over " + strconv.Itoa(MaxSecret) + " bytes")
	ErrDamaged  = hint.New("damaged", storeAnew)
	// ErrTimedOut and ErrVaultFailed leave open whether what was asked for was done.
	ErrTimedOut    = hint.NoVault(nil, "the keychain did not answer in time", "answer its dialog, log in again if there is none")
	ErrVaultFailed = hint.NoVault(nil, "the keychain failed", "log in again")
	// ErrWrongKind: a secret that is not of a kind that Bitbucket makes for git today.
	ErrWrongKind = errors.New("not a Bitbucket token")
)

// Encode joins the parts of a secret. A token cannot hold a line feed, so one
// that comes alone is in the vault exactly as Bitbucket showed it.
func (s Secret) Encode() (string, error) {
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

// Decode reads what Encode wrote.
func Decode(text string) Secret {
	token, refresh, _ := strings.Cut(text, "\n")
	return Secret{New(token), New(refresh)}
}
