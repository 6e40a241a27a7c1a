package store_test

import (
	"context"
	"errors"
	"testing"

	"github.com/zalando/go-keyring"

	"git-credential-bitbucket/store"
)

// manyWords is an error that cannot be compared, as those of D-Bus cannot.
type manyWords []string

func (manyWords) Error() string { return "many words" }

func TestKindOfFailure(t *testing.T) {
	for _, test := range []struct{ err, want error }{
		{keyring.ErrSetDataTooBig, store.ErrTooLarge}, // macOS' line of 4,096 bytes, Windows' 2,560 bytes
		{keyring.ErrUnsupportedPlatform, store.ErrNoKeychain},
		{keyring.ErrNotFound, store.ErrNotFound},
		{context.DeadlineExceeded, store.ErrTimedOut},
		{context.Canceled, context.Canceled},
		{manyWords{"a"}, store.ErrVaultFailed},
	} {
		if got := store.KindOfFailure(test.err); !errors.Is(got, test.want) {
			t.Errorf("%v: got %v, want %v", test.err, got, test.want)
		}
	}
}
