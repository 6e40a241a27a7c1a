//go:build unix && !darwin

package store_test

import (
	"errors"
	"os"
	"os/exec"
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// startKeychain starts one for this process and those that it starts.
func startKeychain(t *testing.T) {
	t.Helper()
	session, err := storetest.NewSession(t.TempDir())
	if err == nil {
		t.Cleanup(session.Close)
		err = session.StartKeyring("keyring-password")
	}
	if errors.Is(err, exec.ErrNotFound) && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", session.Address())
}
