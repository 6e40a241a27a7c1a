//go:build unix

package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/storetest"
)

// What several processes do at the same moment must not hurt any of them: these
// tests stop one in the middle and let another act.

// hooked is a vault that lets a test act at a moment of its own.
type hooked struct {
	store.Vault
	afterSet func(id string)
	delete   error

	beforeDelete func()
	deletes      int
}

func (h *hooked) Set(ctx context.Context, id string, secret store.Secret) error {
	err := h.Vault.Set(ctx, id, secret)
	if h.afterSet != nil {
		h.afterSet(id)
	}
	return err
}

func (h *hooked) Delete(ctx context.Context, id string) error {
	h.deletes++
	if h.beforeDelete != nil {
		h.beforeDelete()
	}
	if h.delete != nil {
		return h.delete
	}
	return h.Vault.Delete(ctx, id)
}

func aSecret() store.Secret { return store.Secret{Token: store.NewToken(storetest.APIToken())} }

// twoVaults is a store with a plain one and an encrypted one.
func twoVaults(t *testing.T) (s *store.Store, files, encrypted *hooked) {
	t.Helper()
	made := newEncrypted(t)
	files, encrypted = &hooked{Vault: store.NewFiles()}, &hooked{Vault: made}
	return store.Open(map[string]store.Vault{store.FileVault: files, store.EncryptedVault: encrypted}), files, encrypted
}

func saveIn(t *testing.T, s *store.Store, vault string) store.Entry {
	t.Helper()
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: vault}, aSecret(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// A sweep leaves alone what is on its way into the index, however long that takes:
// the machine may have slept meanwhile.
func TestSweepLeavesSavesAlone(t *testing.T) {
	s, files, encrypted := twoVaults(t)
	sweep := func(string) {
		if err := errors.Join(s.MakeOld(t.Context()), s.Sweep(t.Context())); err != nil {
			t.Error(err)
		}
	}
	files.afterSet, encrypted.afterSet = sweep, sweep
	e := saveIn(t, s, store.FileVault)
	if _, err := s.Secret(t.Context(), &e); err != nil {
		t.Errorf("after Save: %v", err)
	}
	moved, err := s.Move(t.Context(), &e, store.EncryptedVault, nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Secret(t.Context(), &moved); err != nil {
		t.Errorf("after Move: %v", err)
	}
}

// A vault that is gone does not keep what lies in another.
func TestSweepGoesOn(t *testing.T) {
	s, files, encrypted := twoVaults(t)
	a, b, c := saveIn(t, s, store.EncryptedVault), saveIn(t, s, store.FileVault), saveIn(t, s, store.EncryptedVault)
	if err := errors.Join(s.Forget(t.Context(), a.ID), s.Forget(t.Context(), c.ID), s.Forget(t.Context(), b.ID), s.MakeOld(t.Context())); err != nil {
		t.Fatal(err)
	}
	encrypted.delete = store.ErrNoBus
	if err := s.Sweep(t.Context()); !errors.Is(err, store.ErrNoBus) || encrypted.deletes != 1 {
		t.Errorf("Sweep: %v, with %d tries", err, encrypted.deletes)
	}
	if _, err := files.Get(t.Context(), b.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("not swept: %v", err)
	}
	encrypted.delete = nil
	if err := s.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := encrypted.Get(t.Context(), a.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("not swept the second time: %v", err)
	}
}

// Who confirms that a token is to be destroyed is not told so if it was moved
// meanwhile.
func TestEraseOfWhatMoved(t *testing.T) {
	s, _, _ := twoVaults(t)
	e := saveIn(t, s, store.FileVault)
	moved, err := s.Move(t.Context(), &e, store.EncryptedVault, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Erase(t.Context(), &e); !errors.Is(err, store.ErrChanged) {
		t.Errorf("Erase: %v", err)
	}
	if _, err := s.Secret(t.Context(), &moved); err != nil {
		t.Error(err)
	}
}

// While one is destroyed, it cannot be moved away.
func TestMoveDuringErase(t *testing.T) {
	s, files, _ := twoVaults(t)
	e := saveIn(t, s, store.FileVault)
	files.beforeDelete = func() {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		if _, err := s.Move(ctx, &e, store.EncryptedVault, nil); !errors.Is(err, store.ErrBusy) {
			t.Errorf("Move: %v", err)
		}
	}
	if err := s.Erase(t.Context(), &e); err != nil {
		t.Error(err)
	}
}

// What has the name of a token that is gone is not given in its place, if it is for
// something else or does not answer.
func TestFollowsNobodyElse(t *testing.T) {
	s, files, _ := twoVaults(t)
	e := saveIn(t, s, store.FileVault)
	if err := errors.Join(s.Forget(t.Context(), e.ID), files.Delete(t.Context(), e.ID)); err != nil {
		t.Fatal(err)
	}
	other, err := s.Save(t.Context(), store.Entry{Name: "a", For: "ws/x", Vault: store.FileVault}, aSecret(), nil)
	if err != nil {
		t.Fatal(err)
	}
	gone := e
	if got, err := s.Secret(t.Context(), &gone); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("of another repository: %v, %v", got, err)
	}
	_, err = s.Edit(t.Context(), other.ID, false, func(e *store.Entry) error { e.For = ""; return nil })
	if err := errors.Join(err, s.SetAside(t.Context(), other.ID, store.ReasonDead)); err != nil {
		t.Fatal(err)
	}
	gone = e
	if got, err := s.Secret(t.Context(), &gone); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("set aside: %v, %v", got, err)
	}
}

// A get that read the index before a token moved finds it all the same.
func TestGetDuringMoves(t *testing.T) {
	s, _, _ := twoVaults(t)
	saveIn(t, s, store.FileVault)
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for gets := 0; ; gets++ {
				select {
				case <-done:
					return
				default:
				}
				entries, err := s.Entries()
				if err == nil {
					_, err = s.Secret(t.Context(), &entries[0])
				}
				if err != nil {
					t.Errorf("get %d: %v", gets, err)
					return
				}
			}
		})
	}
	for i := range 200 {
		entries, err := s.Entries()
		if err == nil {
			_, err = s.Move(t.Context(), &entries[0], []string{store.EncryptedVault, store.FileVault}[i%2], nil)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	all.Wait()
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
	files := &hooked{Vault: store.NewFiles()}
	s := store.Open(map[string]store.Vault{store.FileVault: files})
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
	argv := []string{"/bin/cat", filepath.Join(files.Vault.(*store.Files).Folder(), e.ID)}
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
	if err := s.Accept(t.Context(), &first, time.Now().Add(time.Hour).UTC()); err != nil {
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
	secret.Refresh = store.NewToken("refresh-me")
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault}, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = s.Move(t.Context(), &e, store.CommandVault, []string{"/bin/echo", "x"})
	if !errors.Is(err, store.ErrCommandFailed) || !strings.Contains(err.Error(), "refresh token") {
		t.Errorf("Move: %v", err)
	}
}

// A file that is not what was saved is not given to git.
func TestChangedFile(t *testing.T) {
	s, files, _ := twoVaults(t)
	secret := aSecret()
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault}, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(files.Vault.(*store.Files).Folder(), e.ID)
	whole := secret.Token.Reveal()
	for name, text := range map[string]string{"zeros": strings.Repeat("\x00", 193), "half": whole[:90], "a line end of Windows": whole + "\r\n", "a space": " " + whole + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Secret(t.Context(), &e); !errors.Is(err, store.ErrDamaged) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// Where the index cannot be written any more, the secret does not stay behind.
func TestSaveThatFailsAtTheEnd(t *testing.T) {
	s, files, _ := twoVaults(t)
	var written string
	files.afterSet = func(id string) {
		written = id
		index := filepath.Join(os.Getenv("XDG_CONFIG_HOME"), "git-credential-bitbucket", "index.json")
		if err := os.WriteFile(index, []byte("damaged"), 0o600); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault}, aSecret(), nil); !errors.Is(err, store.ErrDamagedIndex) {
		t.Errorf("Save: %v", err)
	}
	if _, err := files.Get(t.Context(), written); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("left behind: %v", err)
	}
}
