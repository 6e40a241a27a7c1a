package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// What several processes do at the same moment must not hurt any of them: these
// tests stop one in the middle and let another act.

// hooked is a vault that lets a test act at a moment of its own.
type hooked struct {
	tokens.Vault
	afterSet func(id string)
	delete   error

	beforeDelete func()
	deletes      int
}

func (h *hooked) Set(ctx context.Context, id string, secret tokens.Secret) error {
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

func aSecret() tokens.Secret { return tokens.Secret{Token: tokens.New(storetest.APIToken())} }

// twoVaults is a store with a plain one and an encrypted one.
func twoVaults(t *testing.T) (s *store.Store, files, encrypted *hooked) {
	t.Helper()
	made := storetest.NewEncrypted(t)
	files, encrypted = &hooked{Vault: file.New(store.Beside("files"))}, &hooked{Vault: made}
	return store.Open(map[string]tokens.Vault{store.FileVault: files, store.EncryptedVault: encrypted}), files, encrypted
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
		if err := errors.Join(s.MakeOld(t.Context()), s.RemoveUnused(t.Context())); err != nil {
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

// A vault that is gone does not keep what is in another.
func TestSweepGoesOn(t *testing.T) {
	s, files, encrypted := twoVaults(t)
	a, b, c := saveIn(t, s, store.EncryptedVault), saveIn(t, s, store.FileVault), saveIn(t, s, store.EncryptedVault)
	if err := errors.Join(s.Forget(t.Context(), a.ID), s.Forget(t.Context(), c.ID), s.Forget(t.Context(), b.ID), s.MakeOld(t.Context())); err != nil {
		t.Fatal(err)
	}
	encrypted.delete = keychain.ErrNoBus
	if err := s.RemoveUnused(t.Context()); !errors.Is(err, keychain.ErrNoBus) || encrypted.deletes != 1 {
		t.Errorf("RemoveUnused: %v, with %d tries", err, encrypted.deletes)
	}
	if _, err := files.Get(t.Context(), b.ID); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("not swept: %v", err)
	}
	encrypted.delete = nil
	if err := s.RemoveUnused(t.Context()); err != nil {
		t.Error(err)
	}
	if _, err := encrypted.Get(t.Context(), a.ID); !errors.Is(err, tokens.ErrNotFound) {
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
		if _, err := s.Move(ctx, &e, store.EncryptedVault, nil); !errors.Is(err, private.ErrBusy) {
			t.Errorf("Move: %v", err)
		}
	}
	if err := s.Erase(t.Context(), &e); err != nil {
		t.Error(err)
	}
}

// What has the name of a token that is gone is not given in its place, if it is for
// something else or does not answer.
func TestFollowsNoOtherEntry(t *testing.T) {
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
	if got, err := s.Secret(t.Context(), &gone); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("of another repository: %v, %v", got, err)
	}
	_, err = s.Edit(t.Context(), other.ID, false, func(e *store.Entry) error { e.For = ""; return nil })
	if err := errors.Join(err, s.SetAside(t.Context(), other.ID, store.ReasonDead)); err != nil {
		t.Fatal(err)
	}
	gone = e
	if got, err := s.Secret(t.Context(), &gone); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("set aside: %v, %v", got, err)
	}
}

// A get that read the index before a token moved finds it anyway.
func TestGetDuringMoves(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows replaces no file that is read all the time; it is tried for two seconds")
	}
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

// A file that is not what was saved is not given to git.
func TestChangedFile(t *testing.T) {
	s, files, _ := twoVaults(t)
	secret := aSecret()
	e, err := s.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault}, secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(files.Vault.(*file.Vault).Folder(), e.ID)
	whole := secret.Token.Reveal()
	for name, text := range map[string]string{"zeros": strings.Repeat("\x00", 193), "half": whole[:90], "a line end of Windows": whole + "\r\n", "a space": " " + whole + "\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Secret(t.Context(), &e); !errors.Is(err, tokens.ErrDamaged) {
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
	if _, err := files.Get(t.Context(), written); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("left behind: %v", err)
	}
}
