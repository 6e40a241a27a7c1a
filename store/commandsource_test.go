//go:build unix

package store_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// commandStore is a store with one entry whose token a script prints.
func commandStore(t *testing.T, script string) (*store.Store, store.Entry) {
	t.Helper()
	storetest.EmptyHome(t)
	s := store.Open(nil)
	argv := []string{"/bin/sh", "-c", script}
	secret, err := command.New(argv).Get(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.CommandVault, Command: argv}, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	return s, e
}

// A command out of an index that another user could have written is not run.
func TestCommandFromAnOpenIndex(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(storetest.APIToken()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, e := commandStore(t, "cat "+path)
	if _, err := s.Secret(t.Context(), &e); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "git-credential-bitbucket")
	for file, mode := range map[string]os.FileMode{filepath.Join(folder, "index.json"): 0o600, folder: 0o700} {
		if err := os.Chmod(file, mode|0o020); err != nil {
			t.Fatal(err)
		}
		if _, err := s.Secret(t.Context(), &e); !errors.Is(err, private.ErrUnsafe) || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Secret(t.Context(), &e); err != nil {
		t.Error(err)
	}
}

// When the manager has a new token, what was known about the old one is forgotten.
func TestCommandPrintsANewToken(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	put := func(text string) {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(storetest.APIToken())
	s, e := commandStore(t, "cat "+path)
	if err := s.Confirm(t.Context(), &e, store.Report{Expires: time.Now().Add(time.Hour), Proof: store.HandedOut}); err != nil {
		t.Fatal(err)
	}
	put(storetest.AccessToken())
	secret, err := s.Secret(t.Context(), &e)
	if err != nil || secret.Token.Kind() != tokens.KindAccessToken || e.Kind != tokens.KindAccessToken {
		t.Errorf("%v, %v, %v", secret, err, e.Kind)
	}
	entries, err := s.Entries()
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if now := entries[0]; now.Fingerprint != secret.Token.Fingerprint() || now.Kind != tokens.KindAccessToken || !now.Expires.IsZero() || !now.Accepted.IsZero() {
		t.Errorf("%+v", now)
	}
	put("no token")
	if _, err := s.Secret(t.Context(), &e); !errors.Is(err, tokens.ErrWrongKind) {
		t.Error(err)
	}
}

// The token of a command that is moved elsewhere, and rotated at that moment.
func TestMoveDuringRotation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	put := func() {
		if err := os.WriteFile(path, []byte(storetest.APIToken()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put()
	_, e := commandStore(t, "cat "+path)
	files := &hooked{Vault: file.New(store.Beside("files"))}
	s := store.Open(map[string]tokens.Vault{store.FileVault: files})
	files.afterSet = func(string) {
		put()
		seen := e
		if _, err := s.Secret(t.Context(), &seen); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Move(t.Context(), &e, store.FileVault, nil); !errors.Is(err, store.ErrChanged) {
		t.Errorf("Move: %v", err)
	}
	entries, err := s.Entries()
	if err != nil || entries[0].Vault != store.CommandVault {
		t.Fatal(entries, err)
	}
	if _, err := s.Secret(t.Context(), &entries[0]); err != nil {
		t.Error(err)
	}
}

// A command that reads the very place that the token is moved out of.
func TestMoveToItsOwnSource(t *testing.T) {
	s, files, _ := twoVaults(t)
	t.Setenv("HOME", t.TempDir())
	e := saveIn(t, s, store.FileVault)
	want, err := s.Secret(t.Context(), &e)
	if err != nil {
		t.Fatal(err)
	}
	argv := []string{"/bin/cat", filepath.Join(files.Vault.(*file.Vault).Folder(), e.ID)}
	if _, err := s.Move(t.Context(), &e, store.CommandVault, argv); !errors.Is(err, store.ErrNotReadBack) {
		t.Errorf("Move: %v", err)
	}
	entries, err := s.Entries()
	if err != nil || len(entries) != 1 || entries[0].Vault != store.FileVault || entries[0].Command != nil {
		t.Fatal(entries, err)
	}
	if got, err := s.Secret(t.Context(), &entries[0]); err != nil || got != want {
		t.Errorf("%v, %v", got, err)
	}
}

// Of two gits that were started together the second does not forget what the first
// learned of a new token.
func TestANewTokenIsNotedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(storetest.APIToken()), 0o600); err != nil {
		t.Fatal(err)
	}
	s, e := commandStore(t, "cat "+path)
	if err := os.WriteFile(path, []byte(storetest.APIToken()), 0o600); err != nil {
		t.Fatal(err)
	}
	first, second := e, e
	if _, err := s.Secret(t.Context(), &first); err != nil {
		t.Fatal(err)
	}
	if err := s.Confirm(t.Context(), &first, store.Report{Expires: time.Now().Add(time.Hour).UTC(), Proof: store.HandedOut}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret(t.Context(), &second); err != nil {
		t.Fatal(err)
	}
	entries, err := s.Entries()
	if err != nil || entries[0].Accepted.IsZero() || entries[0].Expires.IsZero() || entries[0].Former != e.Fingerprint {
		t.Errorf("%+v, %v", entries, err)
	}
}

// No command prints a refresh token.
func TestRefreshTokenStaysOutOfCommands(t *testing.T) {
	s, _, _ := twoVaults(t)
	t.Setenv("HOME", t.TempDir())
	secret := aSecret()
	secret.Refresh = tokens.New("refresh-me")
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault}, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Move(t.Context(), &e, store.CommandVault, []string{"/bin/echo", "x"})
	if !errors.Is(err, command.ErrCommandFailed) || !strings.Contains(err.Error(), "refresh token") {
		t.Errorf("Move: %v", err)
	}
}
