//go:build linux

package keychain

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"git-credential-bitbucket/store/hint"
)

func TestWhyNoBus(t *testing.T) {
	all := t.TempDir()
	if err := os.Mkdir(filepath.Join(all, "1000"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, runtime, all string
		user               int
		su                 bool
	}{
		{"by su", "", all, 1001, true},
		{"logged in, without a bus", "", all, 1000, false},
		{"a folder of its own", "/tmp/x", all, 1001, false},
		{"a system without such folders", "", filepath.Join(all, "none"), 1001, false},
	}
	for _, test := range tests {
		err := whyNoBus(test.runtime, test.all, test.user)
		if isSu := hint.Of(err, "") != hint.Of(ErrNoBus, ""); !errors.Is(err, ErrNoBus) || isSu != test.su {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}
