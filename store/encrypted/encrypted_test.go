package encrypted_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"filippo.io/age"
	"github.com/gofrs/flock"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// cheap answers every question of an encrypted store with one passphrase.
func cheap(e *encrypted.Vault) *encrypted.Vault {
	e.Cheapen()
	e.Ask = func(context.Context, encrypted.PromptReason) (encrypted.Passphrase, error) { return passphrase, nil }
	return e
}

var passphrase = encrypted.NewPassphrase(storetest.Words)

func newEncrypted(t *testing.T) *encrypted.Vault {
	t.Helper()
	storetest.EmptyHome(t)
	vault := cheap(encrypted.New(store.Beside("encrypted")))
	if err := vault.Create(t.Context(), passphrase); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vault.Lock() })
	return vault
}

func TestEncryptedContract(t *testing.T) {
	vault := newEncrypted(t)
	storetest.Contract(t, vault)
	t.Run("from the kernel's keyring", func(t *testing.T) {
		needKernelKeyring(t)
		if err := vault.Hold(encrypted.HoldFor); err != nil {
			t.Fatal(err)
		}
		other := encrypted.New(store.Beside("encrypted")) // which asks no question
		storetest.Contract(t, other)
	})
}

func needKernelKeyring(t *testing.T) {
	t.Helper()
	if err := encrypted.KernelKeyring(); err != nil {
		if os.Getenv("CI") != "" && runtime.GOOS == "linux" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

func TestEncryptedLocked(t *testing.T) {
	vault := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := vault.Set(t.Context(), "id", secret); err != nil {
		t.Fatal(err)
	}
	locked := encrypted.New(store.Beside("encrypted"))
	if _, err := locked.Get(t.Context(), "id"); !errors.Is(err, encrypted.ErrSealed) {
		t.Errorf("Get: %v", err)
	}
	if err := locked.Set(t.Context(), "id", secret); !errors.Is(err, encrypted.ErrSealed) {
		t.Errorf("Set: %v", err)
	}
	if _, err := locked.Get(t.Context(), "nothing"); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("Get of nothing: %v", err)
	}
	if err := locked.Delete(t.Context(), "id"); err != nil {
		t.Errorf("Delete: %v", err)
	}
	// The process that made it can use it until it locks it.
	if err := vault.Set(t.Context(), "id", secret); err != nil {
		t.Error(err)
	}
	vault.Ask = nil
	vault.Lock()
	if _, err := vault.Get(t.Context(), "id"); !errors.Is(err, encrypted.ErrSealed) {
		t.Errorf("Get after Lock: %v", err)
	}
	if !storetest.HasModes {
		return
	}
	if err := os.Chmod(filepath.Join(vault.Folder(), "recipient.txt"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := cheap(encrypted.New(store.Beside("encrypted"))).Get(t.Context(), "id"); !errors.Is(err, private.ErrUnsafe) {
		t.Errorf("with a public half that others can change: %v", err)
	}
}

// A wrong passphrase is asked for again, until who is asked gives up.
func TestEncryptedAsksAgain(t *testing.T) {
	made := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := made.Set(t.Context(), "id", secret); err != nil {
		t.Fatal(err)
	}
	gaveUp := errors.New("gave up")
	asked := 0
	vault := encrypted.New(store.Beside("encrypted"))
	t.Cleanup(func() { vault.Lock() })
	vault.Ask = func(_ context.Context, lack encrypted.PromptReason) (encrypted.Passphrase, error) {
		if lack.Tried != asked {
			t.Errorf("tried %d, asked %d", lack.Tried, asked)
		}
		if asked++; asked == 3 {
			return encrypted.Passphrase{}, gaveUp
		}
		return encrypted.NewPassphrase("wrong"), nil
	}
	if _, err := vault.Get(t.Context(), "id"); !errors.Is(err, gaveUp) || asked != 3 {
		t.Errorf("%v, asked %d times", err, asked)
	}
	vault.Ask = func(context.Context, encrypted.PromptReason) (encrypted.Passphrase, error) {
		return encrypted.NewPassphrase(" some words\n"), nil
	}
	if got, err := vault.Get(t.Context(), "id"); err != nil || got != secret {
		t.Errorf("%v, %v", got, err)
	}
}

func TestChangePassphrase(t *testing.T) {
	vault := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := vault.Set(t.Context(), "id", secret); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(vault.Folder(), "id.token.age")
	before, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := encrypted.NewPassphrase("other words")
	if err := vault.ChangePassphrase(t.Context(), other, passphrase); !errors.Is(err, encrypted.ErrWrongPassphrase) {
		t.Errorf("with a wrong one: %v", err)
	}
	if err := vault.ChangePassphrase(t.Context(), passphrase, encrypted.NewPassphrase(" ")); err == nil {
		t.Error("an empty one was taken")
	}
	if err := encrypted.New(store.Beside("encrypted")).Unlock(t.Context(), passphrase); err != nil {
		t.Errorf("after two refusals: %v", err)
	}
	if err := vault.ChangePassphrase(t.Context(), passphrase, other); err != nil {
		t.Fatal(err)
	}
	again := cheap(encrypted.New(store.Beside("encrypted")))
	if err := again.Unlock(t.Context(), passphrase); !errors.Is(err, encrypted.ErrWrongPassphrase) {
		t.Errorf("the old one: %v", err)
	}
	if err := again.Unlock(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	if got, err := again.Get(t.Context(), "id"); err != nil || got != secret {
		t.Errorf("%v, %v", got, err)
	}
	if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
		t.Errorf("the token's file was touched: %v", err)
	}
}

func TestCreateOnce(t *testing.T) {
	vault := newEncrypted(t)
	if err := encrypted.New(store.Beside("encrypted")).Create(t.Context(), passphrase); !errors.Is(err, encrypted.ErrIdentityExists) {
		t.Errorf("a second time: %v", err)
	}
	if err := vault.Unlock(t.Context(), passphrase); err != nil {
		t.Error(err)
	}
	storetest.EmptyHome(t)
	if err := encrypted.New(store.Beside("encrypted")).Create(t.Context(), encrypted.NewPassphrase("")); err == nil {
		t.Error("made without a passphrase")
	}
	if exists, err := encrypted.New(store.Beside("encrypted")).Exists(); exists || err != nil {
		t.Errorf("%t, %v", exists, err)
	}
}

// An identity that only the kernel still has must not be written to, and one of a
// store that was made anew must not be taken for the new one's.
func TestKernelKeyringIsNotTheStore(t *testing.T) {
	needKernelKeyring(t)
	vault := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := errors.Join(vault.Set(t.Context(), "id", secret), vault.Hold(encrypted.HoldFor)); err != nil {
		t.Fatal(err)
	}
	identity := filepath.Join(vault.Folder(), "identity.age")
	kept, err := os.ReadFile(identity)
	if err == nil {
		err = os.Remove(identity)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := encrypted.New(store.Beside("encrypted")).Set(t.Context(), "id", secret); !errors.Is(err, encrypted.ErrNoIdentity) {
		t.Errorf("Set: %v", err)
	}
	if got, err := encrypted.New(store.Beside("encrypted")).Get(t.Context(), "id"); err != nil || got != secret {
		t.Errorf("Get: %v, %v", got, err)
	}
	// Beside tokens that it could not open none is made, and nothing is asked for what
	// cannot be opened.
	if err := cheap(encrypted.New(store.Beside("encrypted"))).Create(t.Context(), passphrase); !errors.Is(err, encrypted.ErrIdentityLost) {
		t.Errorf("Create beside tokens: %v", err)
	}
	token := filepath.Join(vault.Folder(), "id.token.age")
	away := filepath.Join(t.TempDir(), "away")
	if err := os.Rename(token, away); err != nil {
		t.Fatal(err)
	}
	anew := cheap(encrypted.New(store.Beside("encrypted")))
	if err := anew.Create(t.Context(), passphrase); err != nil {
		t.Fatal(err)
	}
	if held, err := encrypted.New(store.Beside("encrypted")).Held(); held || err != nil {
		t.Errorf("the old identity is taken for the new: %v", err)
	}
	if err := anew.Hold(encrypted.HoldFor); err != nil {
		t.Error(err)
	}
	if held, err := encrypted.New(store.Beside("encrypted")).Held(); !held || err != nil {
		t.Errorf("the new identity does not take the place of the old: %t, %v", held, err)
	}
	if err := os.Rename(away, token); err != nil {
		t.Fatal(err)
	}
	if _, err := cheap(encrypted.New(store.Beside("encrypted"))).Get(t.Context(), "id"); !errors.Is(err, tokens.ErrDamaged) {
		t.Errorf("what the new identity cannot open: %v", err)
	}
	if err := os.WriteFile(identity, kept, 0o600); err != nil {
		t.Fatal(err)
	}
	if was, err := encrypted.New(store.Beside("encrypted")).Lock(); !was || err != nil {
		t.Errorf("lock: %t, %v", was, err)
	}
	// The public half is the new one's now; unlocking mends that.
	if got, err := cheap(encrypted.New(store.Beside("encrypted"))).Get(t.Context(), "id"); err != nil || got != secret {
		t.Errorf("Get after the old identity came back: %v, %v", got, err)
	}
}

// Of many that make the store at once one does; of many that change its passphrase,
// one does, and the others find that they had the old one.
func TestOneMakesTheStore(t *testing.T) {
	storetest.EmptyHome(t)
	made := manyAtOnce(t, func(i int) error {
		return cheap(encrypted.New(store.Beside("encrypted"))).Create(t.Context(), numberedPassphrase(i))
	}, encrypted.ErrIdentityExists)
	vault := encrypted.New(store.Beside("encrypted"))
	t.Cleanup(func() { vault.Lock() })
	if err := vault.Unlock(t.Context(), numberedPassphrase(made)); err != nil {
		t.Fatal(err)
	}
	changed := manyAtOnce(t, func(i int) error {
		return cheap(encrypted.New(store.Beside("encrypted"))).ChangePassphrase(t.Context(), numberedPassphrase(made), numberedPassphrase(100+i))
	}, encrypted.ErrWrongPassphrase)
	if err := encrypted.New(store.Beside("encrypted")).Unlock(t.Context(), numberedPassphrase(100+changed)); err != nil {
		t.Error(err)
	}
}

func numberedPassphrase(i int) encrypted.Passphrase {
	return encrypted.NewPassphrase(fmt.Sprint("words ", i))
}

// manyAtOnce lets twelve do something, wants all but one to fail in a certain way,
// and returns which did not.
func manyAtOnce(t *testing.T, do func(int) error, want error) (did int) {
	t.Helper()
	errs := make([]error, 12)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { errs[i] = do(i) })
	}
	all.Wait()
	count := 0
	for i, err := range errs {
		if err == nil {
			did = i
			count++
		} else if !errors.Is(err, want) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if count != 1 {
		t.Fatalf("%d did: %v", count, errs)
	}
	return did
}

// An identity that another process works on is waited for, and not without end.
func TestIdentityInUse(t *testing.T) {
	vault := newEncrypted(t)
	other := flock.New(filepath.Join(vault.Folder(), "identity.lock"))
	if err := other.Lock(); err != nil {
		t.Fatal(err)
	}
	defer other.Unlock()
	short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := vault.Unlock(short, passphrase); !errors.Is(err, private.ErrBusy) {
		t.Errorf("after a time-out: %v", err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := vault.Unlock(ended, passphrase); !errors.Is(err, context.Canceled) {
		t.Errorf("after an end: %v", err)
	}
}

func TestWithoutAnIdentity(t *testing.T) {
	vault := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := vault.Set(t.Context(), "id", secret); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(vault.Folder(), "identity.age")); err != nil {
		t.Fatal(err)
	}
	other := encrypted.New(store.Beside("encrypted"))
	other.Ask = func(context.Context, encrypted.PromptReason) (encrypted.Passphrase, error) {
		t.Error("asked for what opens nothing")
		return passphrase, nil
	}
	if _, err := other.Get(t.Context(), "id"); !errors.Is(err, encrypted.ErrNoIdentity) {
		t.Errorf("Get: %v", err)
	}
	if !storetest.HasModes {
		return
	}
	if err := os.Chmod(vault.Folder(), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := vault.Set(t.Context(), "id", secret); !errors.Is(err, private.ErrUnsafe) || errors.Is(err, encrypted.ErrNoIdentity) {
		t.Errorf("Set into an open folder: %v", err)
	}
}

// Of many that want the passphrase at once, one asks.
func TestOneAsks(t *testing.T) {
	needKernelKeyring(t)
	made := newEncrypted(t)
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := made.Set(t.Context(), "id", secret); err != nil {
		t.Fatal(err)
	}
	var asked atomic.Int32
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			vault := encrypted.New(store.Beside("encrypted"))
			vault.Ask = func(context.Context, encrypted.PromptReason) (encrypted.Passphrase, error) {
				asked.Add(1)
				return passphrase, nil
			}
			if got, err := vault.Get(t.Context(), "id"); err != nil || got != secret {
				t.Errorf("%v, %v", got, err)
			}
		})
	}
	all.Wait()
	if asked.Load() != 1 {
		t.Errorf("asked %d times", asked.Load())
	}
}

// unlock, lock and get at the same moment.
func TestKernelKeyringUnderPressure(t *testing.T) {
	needKernelKeyring(t)
	newEncrypted(t)
	var all sync.WaitGroup
	for i := range 6 {
		all.Go(func() {
			for n := i; n < 300+i; n++ {
				vault := cheap(encrypted.New(store.Beside("encrypted")))
				var err error
				switch n % 3 {
				case 0:
					if err = vault.Unlock(t.Context(), passphrase); err == nil {
						err = vault.Hold(encrypted.HoldFor)
					}
				case 1:
					_, err = vault.Lock()
				case 2:
					_, err = vault.Held()
				}
				if err != nil {
					t.Errorf("%d: %v", n%3, err)
				}
			}
		})
	}
	all.Wait()
}

// What a killed change of the passphrase left would open for the old one.
func TestChangePassphraseTakesWhatWasLeft(t *testing.T) {
	vault := newEncrypted(t)
	left := filepath.Join(vault.Folder(), ".identity.age-123")
	if err := os.WriteFile(left, []byte("an identity"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := vault.ChangePassphrase(t.Context(), passphrase, encrypted.NewPassphrase("other words")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(left); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("still there: %v", err)
	}
}

func TestHoldEnds(t *testing.T) {
	needKernelKeyring(t)
	vault := newEncrypted(t)
	if held, err := encrypted.New(store.Beside("encrypted")).Held(); held || err != nil {
		t.Errorf("before: %t, %v", held, err)
	}
	if err := vault.Hold(encrypted.HoldFor); err != nil {
		t.Fatal(err)
	}
	if held, err := encrypted.New(store.Beside("encrypted")).Held(); !held || err != nil {
		t.Errorf("held: %t, %v", held, err)
	}
	// Whatever became of the public half.
	if err := os.Remove(filepath.Join(vault.Folder(), "recipient.txt")); err != nil {
		t.Fatal(err)
	}
	if was, err := encrypted.New(store.Beside("encrypted")).Lock(); !was || err != nil {
		t.Errorf("lock: %t, %v", was, err)
	}
	if held, err := encrypted.New(store.Beside("encrypted")).Held(); held || err != nil {
		t.Errorf("after: %t, %v", held, err)
	}
	if was, err := encrypted.New(store.Beside("encrypted")).Lock(); was || err != nil {
		t.Errorf("lock again: %t, %v", was, err)
	}
}

// forAnotherKey is a file that no passphrase opens.
func forAnotherKey(t *testing.T) string {
	t.Helper()
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	w, err := age.Encrypt(&data, key.Recipient())
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return data.String()
}

func TestDamagedIdentity(t *testing.T) {
	vault := newEncrypted(t)
	path := filepath.Join(vault.Folder(), "identity.age")
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"empty": "", "cut off": string(whole[:len(whole)-5]), "other text": "AGE-SECRET-KEY-1", "for another key": forAnotherKey(t), "too dear": strings.Replace(string(whole), " 2\n", " 21\n", 1), "a changed end": string(whole[:len(whole)-1]) + "\x00"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := encrypted.New(store.Beside("encrypted")).Unlock(t.Context(), passphrase); !errors.Is(err, tokens.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
