package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/proof"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// brokenVault is a vault that can be told to fail: what no real keychain does at
// a moment of our choosing.
type brokenVault struct {
	secrets map[string]tokens.Secret
	set     error // what Set fails with, after it did nothing
	during  func()
	delete  error
}

func (v *brokenVault) Get(_ context.Context, id string) (tokens.Secret, error) {
	if secret, found := v.secrets[id]; found {
		return secret, nil
	}
	return tokens.Secret{}, tokens.ErrNotFound
}

func (v *brokenVault) Set(_ context.Context, id string, secret tokens.Secret) error {
	if v.set == nil {
		v.secrets[id] = secret
	}
	if v.during != nil {
		v.during()
	}
	return v.set
}

func (v *brokenVault) Delete(_ context.Context, id string) error {
	if v.delete == nil {
		delete(v.secrets, id)
	}
	return v.delete
}

func newStore(t *testing.T) (*Store, *brokenVault) {
	config := t.TempDir()
	for _, variable := range []string{"XDG_CONFIG_HOME", "AppData"} { // on Linux, on Windows
		t.Setenv(variable, config)
	}
	vault := &brokenVault{secrets: map[string]tokens.Secret{}}
	return Open(map[string]tokens.Vault{"broken": vault}), vault
}

func tokenNumber(n int) tokens.Secret {
	return tokens.Secret{Token: tokens.New(fmt.Sprintf("ATATT3xFfGF0-number-%d", n))}
}

func save(t *testing.T, s *Store, name string, secret tokens.Secret, replaces *Entry) Entry {
	t.Helper()
	e, err := s.Save(t.Context(), Entry{Name: name, Vault: "broken"}, secret, replaces)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func wantEntries(t *testing.T, s *Store, want ...string) []Entry {
	t.Helper()
	entries, err := s.Entries()
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name)
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("entries %v, want %v", got, want)
	}
	return entries
}

func TestAnInterruptedSaveLeavesTheOldToken(t *testing.T) {
	for _, failure := range []error{keychain.ErrLocked, tokens.ErrTimedOut, tokens.ErrVaultFailed} {
		s, vault := newStore(t)
		old := save(t, s, "a", tokenNumber(1), nil)
		vault.set = failure
		if _, err := s.Save(t.Context(), Entry{Name: "a", Vault: "broken"}, tokenNumber(2), &old); !errors.Is(err, failure) {
			t.Errorf("got %v", err)
		}
		entries := wantEntries(t, s, "a")
		if secret, err := s.Secret(t.Context(), &entries[0]); err != nil || secret != tokenNumber(1) {
			t.Errorf("after %v: %v, %v", failure, secret, err)
		}
	}
}

// What may have reached a vault that timed out, and what it would not delete, is
// remembered, and destroyed once an hour has passed.
func TestSweep(t *testing.T) {
	s, vault := newStore(t)
	old := save(t, s, "a", tokenNumber(1), nil)
	vault.delete = tokens.ErrTimedOut
	save(t, s, "a", tokenNumber(2), &old)
	if len(vault.secrets) != 2 {
		t.Fatalf("%d secrets", len(vault.secrets))
	}
	vault.delete = nil
	if err := s.RemoveUnused(t.Context()); err != nil || len(vault.secrets) != 2 {
		t.Errorf("swept too early: %v, %d secrets", err, len(vault.secrets))
	}
	if err := s.MakeOld(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.RemoveUnused(t.Context()); err != nil || len(vault.secrets) != 1 {
		t.Errorf("not swept: %v, %d secrets", err, len(vault.secrets))
	}
	if idx, err := readIndex(s.indexPath()); err != nil || len(idx.Loose) != 0 {
		t.Errorf("still loose: %v, %v", idx, err)
	}
	entries := wantEntries(t, s, "a")
	if secret, err := s.Secret(t.Context(), &entries[0]); err != nil || secret != tokenNumber(2) {
		t.Errorf("got %v, %v", secret, err)
	}
}

func TestSaveKeepsNamesAndTokensUnique(t *testing.T) {
	s, vault := newStore(t)
	save(t, s, "a", tokenNumber(1), nil)
	save(t, s, "A", tokenNumber(2), nil)
	save(t, s, EnvironmentName, tokenNumber(3), nil)
	wantEntries(t, s, "a", "A-2", EnvironmentName+"-2")
	if _, err := s.Save(t.Context(), Entry{Name: "b", Vault: "broken"}, tokenNumber(1), nil); !errors.Is(err, ErrAlreadySaved) {
		t.Errorf("got %v", err)
	}
	if len(vault.secrets) != 3 {
		t.Errorf("%d secrets", len(vault.secrets))
	}
	if idx, err := readIndex(s.indexPath()); err != nil || len(idx.Loose) != 0 {
		t.Errorf("loose: %v, %v", idx, err)
	}
}

// A decision on an entry that has changed since is not carried out.
func TestSaveChecksWhatItReplaces(t *testing.T) {
	s, vault := newStore(t)
	old := save(t, s, "a", tokenNumber(1), nil)
	if err := s.SetAside(t.Context(), old.ID, ReasonForgotten); err != nil {
		t.Fatal(err)
	}
	seen := wantEntries(t, s, "a")[0]
	if _, err := s.Restore(t.Context(), old.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Save(t.Context(), Entry{Name: "a", Vault: "broken"}, tokenNumber(2), &seen); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	entries := wantEntries(t, s, "a")
	if secret, err := s.Secret(t.Context(), &entries[0]); err != nil || secret != tokenNumber(1) {
		t.Errorf("%v, %v", secret, err)
	}
	if len(vault.secrets) != 1 {
		t.Errorf("%d secrets", len(vault.secrets))
	}
}

// A secret whose note is gone when it is saved, as after an older program's sweep,
// must not become an entry's.
func TestSaveThatSlept(t *testing.T) {
	s, vault := newStore(t)
	old := save(t, s, "a", tokenNumber(1), nil)
	vault.during = func() {
		err := s.update(t.Context(), func(x *index) error {
			delete(vault.secrets, x.Loose[0].ID)
			x.Loose = nil
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Save(t.Context(), Entry{Name: "a", Vault: "broken"}, tokenNumber(2), &old); !errors.Is(err, ErrChanged) {
		t.Errorf("got %v", err)
	}
	entries := wantEntries(t, s, "a")
	if secret, err := s.Secret(t.Context(), &entries[0]); err != nil || secret != tokenNumber(1) {
		t.Errorf("%v, %v", secret, err)
	}
}

// Restoring leaves alone what is known about when a token ends, except one that a
// command prints, which may be another by now.
func TestRestoreAndTheEnd(t *testing.T) {
	s, _ := newStore(t)
	plain := save(t, s, "a", tokenNumber(1), nil)
	long := Now().AddDate(-1, 0, 0)
	for vault, want := range map[string]time.Time{"broken": long, CommandVault: {}} {
		_, err := s.Edit(t.Context(), plain.ID, false, func(e *Entry) error {
			e.Vault, e.Command, e.Expires, e.Warned = vault, []string{"/bin/echo"}, long, "2020-01-01"
			e.SetAside = &SetAside{At: long, Reason: ReasonDead}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		e, err := s.Restore(t.Context(), plain.ID)
		if err != nil || !e.Expires.Equal(want) || e.SetAside != nil || (e.Warned == "") != want.IsZero() {
			t.Errorf("%s: %+v, %v", vault, e, err)
		}
	}
}

// lyingVault says that it has written what it has not.
type lyingVault struct{ brokenVault }

func (v *lyingVault) Set(context.Context, string, tokens.Secret) error { return nil }

func TestMove(t *testing.T) {
	s, from := newStore(t)
	to, lying := &brokenVault{secrets: map[string]tokens.Secret{}}, &lyingVault{brokenVault{secrets: map[string]tokens.Secret{}}}
	s.vaults["other"], s.vaults["lying"] = to, lying
	e := save(t, s, "a", tokenNumber(1), nil)
	if err := s.SetAside(t.Context(), e.ID, ReasonForgotten); err != nil {
		t.Fatal(err)
	}
	still := func(vault string, secrets int) Entry {
		t.Helper()
		now := wantEntries(t, s, "a")[0]
		if secret, err := s.Secret(t.Context(), &now); err != nil || secret != tokenNumber(1) || now.Vault != vault {
			t.Errorf("%+v: %v, %v", now, secret, err)
		}
		if now.SetAside == nil || now.Saved != e.Saved {
			t.Errorf("something of it was lost: %+v", now)
		}
		if len(from.secrets)+len(to.secrets) != secrets {
			t.Errorf("%d and %d secrets", len(from.secrets), len(to.secrets))
		}
		return now
	}
	if _, err := s.Move(t.Context(), &e, "broken", nil); !errors.Is(err, ErrMovedAlready) {
		t.Errorf("to where it is: %v", err)
	}
	if _, err := s.Move(t.Context(), &e, "nowhere", nil); !errors.Is(err, ErrNoVault) {
		t.Errorf("to no vault: %v", err)
	}
	wantLoose := func(want int) {
		t.Helper()
		if idx, err := readIndex(s.indexPath()); err != nil || len(idx.Loose) != want {
			t.Errorf("loose: %+v, %v", idx.Loose, err)
		}
	}
	if _, err := s.Move(t.Context(), &e, "lying", nil); !errors.Is(err, ErrNotReadBack) {
		t.Errorf("to one that lies: %v", err)
	}
	wantLoose(0)
	to.set = keychain.ErrLocked
	if _, err := s.Move(t.Context(), &e, "other", nil); !errors.Is(err, keychain.ErrLocked) {
		t.Errorf("to a locked one: %v", err)
	}
	wantLoose(0)
	to.set = tokens.ErrTimedOut // it may have arrived
	if _, err := s.Move(t.Context(), &e, "other", nil); !errors.Is(err, tokens.ErrTimedOut) {
		t.Errorf("to one that hangs: %v", err)
	}
	wantLoose(1)
	still("broken", 1)
	to.set = nil
	to.during = func() {
		if err := s.update(t.Context(), func(x *index) error { x.Loose = nil; return nil }); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Move(t.Context(), &e, "other", nil); !errors.Is(err, ErrChanged) {
		t.Errorf("of what was swept meanwhile: %v", err)
	}
	still("broken", 1)
	lockFile := filepath.Join(s.dir, verdictLock(e.ID))
	if err := os.WriteFile(lockFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// Another process renames it meanwhile, and another time erases it.
	to.during = func() {
		if _, err := s.Edit(t.Context(), e.ID, false, func(e *Entry) error { e.Email = "a@example.com"; return nil }); err != nil {
			t.Error(err)
		}
	}
	from.delete = tokens.ErrTimedOut
	moved, err := s.Move(t.Context(), &e, "other", nil)
	if !errors.Is(err, ErrCopyLeft) || moved.Vault != "other" || moved.Email != "a@example.com" {
		t.Errorf("%+v, %v", moved, err)
	}
	still("other", 2)
	if _, err := os.Stat(lockFile); err == nil {
		t.Error("the lock of the old id is left")
	}
	from.delete = nil
	if err := errors.Join(s.MakeOld(t.Context()), s.RemoveUnused(t.Context())); err != nil {
		t.Error(err)
	}
	still("other", 1)
	from.during = func() {
		if err := s.Forget(t.Context(), moved.ID); err != nil {
			t.Error(err)
		}
	}
	if _, err := s.Move(t.Context(), &moved, "broken", nil); !errors.Is(err, ErrChanged) {
		t.Errorf("of what was erased meanwhile: %v", err)
	}
	if err := errors.Join(s.MakeOld(t.Context()), s.RemoveUnused(t.Context())); err != nil {
		t.Error(err)
	}
	if wantEntries(t, s); len(from.secrets)+len(to.secrets) != 0 {
		t.Errorf("%d and %d secrets", len(from.secrets), len(to.secrets))
	}
}

func TestSaveRefusesOtherKinds(t *testing.T) {
	s, _ := newStore(t)
	app := tokens.Secret{Token: tokens.New("ATBB" + strings.Repeat("x", 32))}
	if _, err := s.Save(t.Context(), Entry{Name: "a", Vault: "broken"}, app, nil); !errors.Is(err, tokens.ErrWrongKind) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Save(t.Context(), Entry{Name: "a", Vault: "attic"}, tokenNumber(1), nil); !errors.Is(err, ErrNoVault) {
		t.Errorf("got %v", err)
	}
	wantEntries(t, s)
}

// What Bitbucket answered is told even where it cannot be noted.
func TestJudgeWhereNothingCanBeWritten(t *testing.T) {
	s, _ := newStore(t)
	e := save(t, s, "a", tokenNumber(1), nil)
	for _, lock := range []string{"index.lock", verdictLock(e.ID)} {
		path := filepath.Join(s.dir, lock)
		if err := errors.Join(os.RemoveAll(path), os.Mkdir(path, 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	asked := 0
	now, news, err := s.Judge(t.Context(), e.ID, Refused{}, func(*Entry) (Answer, error) {
		asked++
		return Answer{FromREST: true}, nil
	})
	if err == nil || errors.Is(err, ErrNoVerdict) || asked != 1 || !news || now.SetAside == nil || now.SetAside.Reason != ReasonDead {
		t.Errorf("%v, asked %d times: %t, %+v", err, asked, news, now)
	}
}

// An index of the first version is read, and becomes one of this version when it is written.
func TestIndexOfTheFirstVersion(t *testing.T) {
	s, _ := newStore(t)
	first := `{"version": 1, "entries": [
		{"id": "a", "name": "a", "kind": "api-token", "saved": "2026-01-01T00:00:00Z", "vault": "keychain"},
		{"id": "b", "name": "b", "kind": "password", "username": "bo", "saved": "2026-01-01T00:00:00Z", "vault": "keychain"}]}`
	if err := errors.Join(os.MkdirAll(s.dir, 0o700), os.WriteFile(s.indexPath(), []byte(first), 0o600)); err != nil {
		t.Fatal(err)
	}
	wantEntries(t, s, "a", "b")
	if err := s.SetAside(t.Context(), "a", ReasonForgotten); err != nil {
		t.Fatal(err)
	}
	entries := wantEntries(t, s, "a", "b")
	if entries[0].Source != FromPerson || entries[1].Source != FromGit {
		t.Errorf("%+v", entries)
	}
	data, err := os.ReadFile(s.indexPath())
	if err != nil || !strings.Contains(string(data), `"version": 2`) {
		t.Errorf("%s, %v", data, err)
	}
}

func TestConfirmWritesOnceADay(t *testing.T) {
	s, _ := newStore(t)
	e := save(t, s, "a", tokenNumber(1), nil)
	if err := s.Confirm(t.Context(), &e, Report{}); err != nil {
		t.Fatal(err)
	}
	e = wantEntries(t, s, "a")[0]
	stamp := func() time.Time {
		info, err := os.Stat(s.indexPath())
		if err != nil {
			t.Fatal(err)
		}
		return info.ModTime()
	}
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(s.indexPath(), long, long); err != nil {
		t.Fatal(err)
	}
	before := stamp()
	if err := s.Confirm(t.Context(), &e, Report{}); err != nil || !stamp().Equal(before) {
		t.Errorf("written again at once: %v", err)
	}
	e.Accepted = e.Accepted.Add(-25 * time.Hour)
	if _, err := s.Edit(t.Context(), e.ID, false, func(o *Entry) error { o.Accepted = e.Accepted; return nil }); err != nil {
		t.Fatal(err)
	}
	if err := s.Confirm(t.Context(), &e, Report{}); err != nil || wantEntries(t, s, "a")[0].Accepted.Equal(e.Accepted) {
		t.Errorf("not written after a day: %v", err)
	}
}

func TestALockThatIsHeldEnds(t *testing.T) {
	s, _ := newStore(t)
	save(t, s, "a", tokenNumber(1), nil)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	err := s.update(t.Context(), func(*index) error {
		_, inner := s.Edit(ctx, "x", false, func(*Entry) error { return nil })
		if !errors.Is(inner, private.ErrBusy) {
			t.Errorf("got %v", inner)
		}
		return errUnchanged
	})
	if err != nil {
		t.Error(err)
	}
}

func TestReadIndexRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "index.json")
	good := `{"version": 1, "entries": [{"id": "a", "name": "a", "kind": "api-token"}]}`
	tests := []struct {
		name, text string
		want       error
	}{
		{"good", good, nil},
		{"with a field that is unknown", `{"version": 1, "entriez": [{"id": "a", "name": "a", "kind": "password"}]}`, ErrDamagedIndex},
		{"with an entry's field that is unknown", `{"version": 1, "entries": [{"id": "a", "name": "a", "kind": "password", "new": {}}]}`, ErrDamagedIndex},
		{"empty", "", ErrDamagedIndex},
		{"cut off", good[:40], ErrDamagedIndex},
		{"something behind it", good + "x", ErrDamagedIndex},
		{"no version", `{"entries": []}`, ErrDamagedIndex},
		{"newer", `{"version": 3}`, ErrNewerIndex},
		{"newer, with new fields", `{"new": 1, "version": 3, "entries": [{"new": {}}]}`, ErrNewerIndex},
		{"newer, of another shape", `{"version": 3, "entries": 7}`, ErrNewerIndex},
		{"an id that is a path", `{"version": 1, "entries": [{"id": "../a", "name": "a", "kind": "api-token"}]}`, ErrDamagedIndex},
		{"one id twice", `{"version": 1, "entries": [{"id": "a", "name": "a", "kind": "password"}, {"id": "a", "name": "b", "kind": "password"}]}`, ErrDamagedIndex},
		{"no name", `{"version": 1, "entries": [{"id": "a", "kind": "api-token"}]}`, ErrDamagedIndex},
		{"a kind that is not saved", `{"version": 1, "entries": [{"id": "a", "name": "a", "kind": "app-password"}]}`, ErrDamagedIndex},
		{"a loose id that is a path", `{"version": 1, "loose": [{"id": "/etc/passwd"}]}`, ErrDamagedIndex},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := readIndex(path)
			if !errors.Is(err, test.want) {
				t.Errorf("got %v", err)
			}
			if test.want != nil && !strings.Contains(err.Error(), path) {
				t.Errorf("the file is not named: %v", err)
			}
		})
	}
	if _, err := readIndex(filepath.Dir(path)); !errors.Is(err, ErrDamagedIndex) {
		t.Errorf("a folder: %v", err)
	}
}

func FuzzReadIndex(f *testing.F) {
	proof.Seed(f)
	f.Add([]byte(`{"version": 1, "entries": [{"id": "a", "name": "a", "kind": "api-token", "expires": "2027-01-31T23:59:59Z"}]}`))
	f.Add([]byte(`{"version": 1, "loose": [{"id": "a", "vault": "keychain", "at": "2027-01-31T23:59:59Z"}]}`))
	f.Add([]byte(`{"version": 3}`))
	attacks, err := proof.Attacks("index")
	if err != nil {
		f.Fatal(err)
	}
	for _, attack := range attacks {
		f.Add([]byte(attack.Text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "index.json")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		first, err := readIndex(path)
		if err != nil {
			return
		}
		written := rewrite(t, first, path)
		second, err := readIndex(path)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if again := rewrite(t, second, path); again != written {
			t.Errorf("first  %s\nsecond %s", written, again)
		}
	})
}

func rewrite(t *testing.T, x *index, path string) string {
	if err := x.write(path); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
