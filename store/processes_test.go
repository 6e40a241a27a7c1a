//go:build !darwin

package store_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// These tests run many processes, or kill one time and again: the test program once
// more, with its task in the environment.
const taskVariable = "STORE_TEST_TASK"

// world is a home with all vaults that take secrets.
type world struct {
	store     *store.Store
	vaults    map[string]tokens.Vault
	encrypted *encrypted.Vault
	files     *file.Vault
}

func openWorld() *world {
	w := &world{encrypted: storetest.OpenEncrypted(), files: file.New(store.Beside("files"))}
	w.vaults = map[string]tokens.Vault{store.KeychainVault: &keychain.Vault{}, store.EncryptedVault: w.encrypted, store.FileVault: w.files}
	w.store = store.Open(w.vaults)
	return w
}

// newWorld is one with a keychain of its own, for this process and those it starts.
func newWorld(t *testing.T) *world {
	t.Helper()
	storetest.EmptyHome(t)
	startKeychain(t)
	w := openWorld()
	if err := storetest.MakeEncrypted(w.encrypted.Folder(), storetest.Words); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.encrypted.Lock() })
	return w
}

// TestTask does what it was started for; alone it does nothing.
func TestTask(t *testing.T) {
	task := strings.Fields(os.Getenv(taskVariable))
	if len(task) == 0 {
		return
	}
	w := openWorld()
	number := func(i int) int {
		n, err := strconv.Atoi(task[i])
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	var err error
	switch task[0] {
	case "use":
		err = w.use(t, w.vaults[task[1]], number(2))
	case "write":
		err = w.write(t, w.vaults[task[1]], number(2))
	case "save":
		err = w.save(t, task[1], number(2))
	case "move":
		err = w.move(t, number(1))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// process starts the test program with a task. It prints lines.
func process(t *testing.T, task ...string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestTask$", "-test.v")
	cmd.Env = append(os.Environ(), taskVariable+"="+strings.Join(task, " "))
	out, err := cmd.StdoutPipe()
	if err == nil {
		cmd.Stderr = cmd.Stdout
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() })
	return cmd, bufio.NewScanner(out)
}

// numbered is a secret that can be told from its number.
func numbered(n int) tokens.Secret {
	return tokens.Secret{Token: tokens.New(fmt.Sprintf("ATATT3xFfGF0-number-%d-%s", n, strings.Repeat("x", 100)))}
}

// use is what one of many processes does: it sets, reads, replaces and deletes
// secrets of its own, and sets one that all share.
func (w *world) use(t *testing.T, vault tokens.Vault, n int) error {
	ctx := t.Context()
	mine, other := fmt.Sprintf("mine-%d", n), fmt.Sprintf("other-%d", n)
	for _, set := range []struct {
		id     string
		secret tokens.Secret
	}{{mine, numbered(n + 1000)}, {other, numbered(n)}, {mine, numbered(n)}, {"shared", numbered(n)}} {
		if err := vault.Set(ctx, set.id, set.secret); err != nil {
			return fmt.Errorf("set %s: %w", set.id, err)
		}
	}
	if got, err := vault.Get(ctx, mine); err != nil || got != numbered(n) {
		return fmt.Errorf("mine is %v: %w", got, err)
	}
	return vault.Delete(ctx, other)
}

func TestVaultsUnderManyProcesses(t *testing.T) {
	w := newWorld(t)
	const processes = 50
	for name, vault := range w.vaults {
		t.Run(name, func(t *testing.T) {
			var all sync.WaitGroup
			for n := range processes {
				cmd, out := process(t, "use", name, strconv.Itoa(n))
				all.Go(func() {
					var said strings.Builder
					for out.Scan() {
						fmt.Fprintln(&said, out.Text())
					}
					if err := cmd.Wait(); err != nil || !strings.Contains(said.String(), "--- PASS: TestTask") {
						t.Errorf("%d: %v\n%s", n, err, &said)
					}
				})
			}
			all.Wait()
			shared, err := vault.Get(t.Context(), "shared")
			if err != nil {
				t.Error(err)
			}
			known := false
			for n := range processes {
				known = known || shared == numbered(n)
				if got, err := vault.Get(t.Context(), fmt.Sprintf("mine-%d", n)); err != nil || got != numbered(n) {
					t.Errorf("%d: %v, %v", n, got, err)
				}
				if _, err := vault.Get(t.Context(), fmt.Sprintf("other-%d", n)); !errors.Is(err, tokens.ErrNotFound) {
					t.Errorf("%d: what was deleted: %v", n, err)
				}
			}
			if !known {
				t.Errorf("no process set %v", shared)
			}
		})
	}
}

// killed lets a task do so many things, and kills it time and again at some moment
// while it does one. It says which are done; check looks at what there is then.
func killed(t *testing.T, count int, task []string, check func(done int)) {
	t.Helper()
	kills := 0
	for done := 0; done < count; {
		cmd, out := process(t, append(task, strconv.Itoa(done))...)
		live := 1 + rand.IntN(12)
		for done < count && out.Scan() {
			if word, number, _ := strings.Cut(out.Text(), " "); word == "done" {
				n, err := strconv.Atoi(number)
				if err != nil || n != done {
					t.Fatalf("%q after %d", out.Text(), done)
				}
				done++
				if live--; live == 0 {
					break
				}
			} else if strings.Contains(out.Text(), "FAIL") {
				io.Copy(os.Stderr, cmd.Stdout.(io.Reader))
				t.Fatal(out.Text())
			}
		}
		for range rand.IntN(2_000_000) { // somewhere within the next one
		}
		cmd.Process.Kill()
		kills++
		for out.Scan() { // one may have been done meanwhile
			if word, _, _ := strings.Cut(out.Text(), " "); word == "done" {
				done++
			}
		}
		cmd.Wait()
		check(done)
	}
	t.Logf("killed %d times", kills)
}

// write sets ten ids in turn.
func (w *world) write(t *testing.T, vault tokens.Vault, from int) error {
	for i := from; ; i++ {
		if err := vault.Set(t.Context(), fmt.Sprintf("id-%d", i%10), numbered(i)); err != nil {
			return err
		}
		fmt.Println("done", i)
	}
}

func TestVaultsWhoseWriterIsKilled(t *testing.T) {
	w := newWorld(t)
	for name, vault := range w.vaults {
		t.Run(name, func(t *testing.T) {
			killed(t, 200, []string{"write", name}, func(done int) {
				for i := max(0, done-10); i < done; i++ {
					got, err := vault.Get(t.Context(), fmt.Sprintf("id-%d", i%10))
					// The one that was being written may be the old or the new.
					if err != nil || got != numbered(i) && !(i == done-10 && got == numbered(done)) {
						t.Fatalf("after %d: id-%d: %v, %v", done, i%10, got, err)
					}
				}
			})
		})
	}
}

// save saves new entries, and renews every second one.
func (w *world) save(t *testing.T, vault string, from int) error {
	for i := from; ; i++ {
		entries, err := w.store.Entries()
		if err != nil {
			return err
		}
		name := fmt.Sprintf("n-%d", i-i%2)
		var old *store.Entry
		for j := range entries {
			if entries[j].Name == name {
				old = &entries[j]
			}
		}
		_, err = w.store.Save(t.Context(), store.Entry{Name: name, Vault: vault}, numbered(i), old)
		if err != nil && !errors.Is(err, store.ErrAlreadySaved) {
			return err
		}
		fmt.Println("done", i)
	}
}

func TestStoreWhoseSaverIsKilled(t *testing.T) {
	w := newWorld(t)
	for _, vault := range []string{store.FileVault, store.EncryptedVault, store.KeychainVault} {
		t.Run(vault, func(t *testing.T) {
			killed(t, 200, []string{"save", vault}, func(done int) {
				held := w.secrets(t)
				for i := range done {
					name := fmt.Sprintf("n-%d", i-i%2)
					got, found := held[name]
					if !found || got != numbered(i) && got != numbered(i+1) {
						t.Fatalf("after %d: %s is %v, %t", done, name, got, found)
					}
				}
			})
			w.wantNothingLoose(t)
			for name := range w.secrets(t) {
				w.erase(t, name)
			}
		})
	}
}

// secrets reads the secret of every entry, which must be there.
func (w *world) secrets(t *testing.T) map[string]tokens.Secret {
	t.Helper()
	entries, err := w.store.Entries()
	if err != nil {
		t.Fatal(err)
	}
	held := map[string]tokens.Secret{}
	for i := range entries {
		secret, err := w.store.Secret(t.Context(), &entries[i])
		if err != nil || secret.Token.Fingerprint() != entries[i].Fingerprint {
			t.Fatalf("%s: %v, %v", entries[i].Name, secret, err)
		}
		if _, twice := held[entries[i].Name]; twice {
			t.Fatalf("%s is there twice", entries[i].Name)
		}
		held[entries[i].Name] = secret
	}
	return held
}

func (w *world) erase(t *testing.T, name string) {
	t.Helper()
	entries, err := w.store.Entries()
	for i := range entries {
		if entries[i].Name == name {
			err = w.store.Erase(t.Context(), &entries[i])
		}
	}
	if err != nil {
		t.Fatal(err)
	}
}

// wantNothingLoose sweeps, and checks that the folders hold no more secrets
// than there are entries.
func (w *world) wantNothingLoose(t *testing.T) {
	t.Helper()
	if err := errors.Join(w.store.MakeOld(t.Context()), w.store.RemoveUnused(t.Context())); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{}
	entries, err := w.store.Entries()
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		want[e.Vault]++
	}
	for vault, folder := range map[string]string{store.FileVault: w.files.Folder(), store.EncryptedVault: w.encrypted.Folder()} {
		files, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		count := 0
		for _, file := range files {
			if strings.HasSuffix(file.Name(), ".token.age") || vault == store.FileVault {
				count++
			}
		}
		if count != want[vault] {
			t.Errorf("%s holds %d files for %d tokens: %v", vault, count, want[vault], files)
		}
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(w.files.Folder()), ".*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left beside the index: %v, %v", left, err)
	}
}

// move moves one token round and round.
func (w *world) move(t *testing.T, from int) error {
	round := []string{store.FileVault, store.EncryptedVault, store.KeychainVault}
	for i := from; ; i++ {
		entries, err := w.store.Entries()
		if err != nil || len(entries) != 1 {
			return fmt.Errorf("%d entries: %w", len(entries), err)
		}
		_, err = w.store.Move(t.Context(), &entries[0], round[i%3], nil)
		if err != nil && !errors.Is(err, store.ErrMovedAlready) {
			return err
		}
		fmt.Println("done", i)
	}
}

func TestStoreWhoseMoverIsKilled(t *testing.T) {
	w := newWorld(t)
	want := map[string]tokens.Secret{"a": numbered(1)}
	if _, err := w.store.Save(t.Context(), store.Entry{Name: "a", Vault: store.FileVault, Email: "a@example.com"}, numbered(1), nil); err != nil {
		t.Fatal(err)
	}
	killed(t, 120, []string{"move"}, func(int) {
		if got := w.secrets(t); !maps.Equal(got, want) {
			t.Fatalf("%v", got)
		}
	})
	if err := errors.Join(w.store.MakeOld(t.Context()), w.store.RemoveUnused(t.Context())); err != nil {
		t.Fatal(err)
	}
	w.wantNothingLoose(t)
	if entries, err := w.store.Entries(); err != nil || entries[0].Email != "a@example.com" {
		t.Errorf("%v, %v", entries, err)
	}
}
