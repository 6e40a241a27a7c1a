//go:build unix && !darwin

package store_test

import (
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// startKeychain starts one for this process and those that it starts.
func startKeychain(t *testing.T) {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", storetest.StartKeychain(t).Address())
}
