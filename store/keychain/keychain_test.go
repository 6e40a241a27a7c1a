//go:build unix && !darwin

package keychain_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"

	"github.com/zalando/go-keyring"
)

// The connection to the bus is one for the whole process, so each of these runs
// in a process of its own: the test program once more.
const caseVariable = "KEYCHAIN_TEST_CASE"

func TestKeychain(t *testing.T) {
	for _, program := range []string{"dbus-daemon", "gnome-keyring-daemon"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	for name := range keychainCases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			session, err := storetest.NewSession(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(session.Close)
			prepare := keychainCases[name].prepare
			if err := prepare(session); err != nil {
				t.Fatal(err)
			}
			inner(t, name, session.Address())
		})
	}
	t.Run("no bus", func(t *testing.T) { inner(t, "no bus", "") })
	t.Run("dead bus", func(t *testing.T) { inner(t, "dead bus", "unix:path="+filepath.Join(t.TempDir(), "none")) })
}

func inner(t *testing.T, name, address string) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKeychainCase$", "-test.v")
	cmd.Env = append(os.Environ(), caseVariable+"="+name, "DBUS_SESSION_BUS_ADDRESS="+address,
		"XDG_RUNTIME_DIR="+t.TempDir(), "DISPLAY=")
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestKeychainCase") {
		t.Errorf("%v\n%s", err, out)
	}
}

type keychainCase struct {
	prepare func(*storetest.Session) error
	display bool
	want    error // of Get
}

const password = "keyring-password"

func unlocked(s *storetest.Session) error { return s.StartKeyring(password) }

var keychainCases = map[string]keychainCase{
	"contract":   {prepare: unlocked},
	"parts":      {prepare: unlocked},
	"not found":  {prepare: unlocked, want: tokens.ErrNotFound},
	"no service": {prepare: func(*storetest.Session) error { return nil }, want: keychain.ErrNoService},
	"no keyring": {prepare: func(s *storetest.Session) error { return s.StartKeyring("") }, want: keychain.ErrNoKeyring},
	"locked": {want: keychain.ErrLocked, prepare: func(s *storetest.Session) error {
		return errors.Join(s.StartKeyring(password), s.Lock())
	}},
	// gnome-keyring has no display to ask on, so its dialog fails at once.
	"dialog fails": {display: true, want: keychain.ErrLocked, prepare: func(s *storetest.Session) error {
		return errors.Join(s.StartKeyring(password), s.Lock())
	}},
	"frozen": {want: tokens.ErrTimedOut, prepare: func(s *storetest.Session) error {
		return errors.Join(s.StartKeyring(password), s.Freeze())
	}},
}

// readByOthers holds that a plain program of go-keyring finds what is saved, and the other way round.
func readByOthers(t *testing.T, vault *keychain.Vault) {
	t.Helper()
	const service = "git-credential-bitbucket"
	ours, theirs := tokens.Secret{Token: tokens.New(storetest.APIToken())}, storetest.APIToken()
	if err := vault.Set(t.Context(), "ours", ours); err != nil {
		t.Fatal(err)
	}
	if got, err := keyring.Get(service, "ours"); got != ours.Token.Reveal() || err != nil {
		t.Errorf("go-keyring does not read ours: %v", err)
	}
	if err := keyring.Set(service, "theirs", theirs); err != nil {
		t.Fatal(err)
	}
	if got, err := vault.Get(t.Context(), "theirs"); got.Token.Reveal() != theirs || err != nil {
		t.Errorf("go-keyring's is not read: %v", err)
	}
	if err := vault.Set(t.Context(), "theirs", ours); err != nil {
		t.Fatal(err)
	}
	if got, err := keyring.Get(service, "theirs"); got != ours.Token.Reveal() || err != nil {
		t.Errorf("go-keyring's is not replaced: %v", err)
	}
}

func TestKeychainCase(t *testing.T) {
	name := os.Getenv(caseVariable)
	c, known := keychainCases[name]
	switch {
	case name == "":
		return // TestKeychain runs it
	case name == "no bus", name == "dead bus":
		c.want = keychain.ErrNoBus
	case !known:
		t.Fatalf("no case %q", name)
	}
	vault := &keychain.Vault{Display: c.display, Person: c.display}
	if name == "contract" {
		storetest.Contract(t, vault)
		readByOthers(t, vault)
		return
	}
	if name == "parts" {
		keychain.CheckParts(t)
		return
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := vault.Get(ctx, "an-id"); !errors.Is(err, c.want) {
		t.Errorf("Get: %v, want %v", err, c.want)
	}
	if c.want == tokens.ErrNotFound {
		return
	}
	if err := vault.Set(ctx, "an-id", tokens.Secret{Token: tokens.New(storetest.APIToken())}); !errors.Is(err, c.want) {
		t.Errorf("Set: %v, want %v", err, c.want)
	}
	if err := vault.Ready(ctx); !errors.Is(err, c.want) && !c.display {
		t.Errorf("Ready: %v, want %v", err, c.want)
	}
}
