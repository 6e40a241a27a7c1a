package keychain_test

import (
	"context"
	"errors"
	"testing"

	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/tokens"

	"github.com/zalando/go-keyring"
)

// manyWords is an error that cannot be compared, as those of D-Bus cannot.
type manyWords []string

func (manyWords) Error() string { return "many words" }

func TestKindOfFailure(t *testing.T) {
	for _, test := range []struct{ err, want error }{
		{keyring.ErrSetDataTooBig, tokens.ErrTooLarge}, // macOS' line of 4,096 bytes, Windows' 2,560 bytes
		{keyring.ErrUnsupportedPlatform, keychain.ErrNoKeychain},
		{keyring.ErrNotFound, tokens.ErrNotFound},
		{context.DeadlineExceeded, tokens.ErrTimedOut},
		{context.Canceled, context.Canceled},
		{manyWords{"a"}, tokens.ErrVaultFailed},
	} {
		if got := keychain.KindOfFailure(test.err); !errors.Is(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.err, got, test.want)
		}
	}
}
