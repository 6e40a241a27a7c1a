// Package store keeps Bitbucket tokens: what is known about each in a secret-free
// index file, the secrets themselves in vaults, and the rules by which one of
// them answers a request.
//
// It neither speaks to people nor to the network, and starts no process but the
// command that a person saved in place of a token (command.go).
package store

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// Why a change was not made, for errors.Is.
var (
	ErrNoEntry      = errors.New("no such entry")
	ErrNameTaken    = errors.New("another entry has that name")
	ErrAlreadySaved = errors.New("the token is saved already")
	ErrNoVault      = hint.New("no such vault", "update this program, or save a token anew: git credential-bitbucket store --name NAME && git credential-bitbucket edit NAME --default")
	ErrTooMany      = errors.New("git has reported too many secrets already")
	ErrChanged      = errors.New("another process changed the entry meanwhile; try again")
)

// Store is the index and the vaults of one person. Its methods may be used by
// many processes at once: reading takes no lock, and a change is made on what
// the index holds at that moment.
type Store struct {
	dir    string
	dirErr error
	vaults map[string]tokens.Vault
}

// Open returns the store in the person's configuration folder, with vaults by
// the names that entries have for them. It reads nothing yet; an unknown
// folder (no HOME) is an error of the first method that needs it.
func Open(vaults map[string]tokens.Vault) *Store {
	dir, err := userFolder()
	return &Store{dir, err, vaults}
}

// userFolder is the program's own in the person's configuration folder.
func userFolder() (string, error) {
	dir, err := os.UserConfigDir()
	if err != nil {
		err = hint.With(fmt.Errorf("%w: %w", ErrNoFolder, err), noFolderHint())
	}
	return filepath.Join(dir, folderName), err
}

// folderName is the name of the program's folder.
const folderName = "git-credential-bitbucket"

// Beside is a private folder of that name in the program's own, where the index is.
func Beside(name string) private.Folder {
	dir, err := userFolder()
	return private.NewFolder(filepath.Join(dir, name), err)
}

// Folder is where the index is, and what goes with it; not a sure one if there is
// no home folder.
func (s *Store) Folder() string { return s.dir }

func (s *Store) indexPath() string { return filepath.Join(s.dir, "index.json") }

// Entries returns all entries in order. The error may wrap ErrDamagedIndex
// or ErrNewerIndex.
func (s *Store) Entries() ([]Entry, error) { return s.EntriesWhile(nil) }

// EntriesWhile is Entries for who will read a secret next: if an entry is in the keychain,
// connect runs meanwhile.
func (s *Store) EntriesWhile(connect func()) ([]Entry, error) {
	if s.dirErr != nil {
		return nil, s.dirErr
	}
	idx, err := readIndexWhile(s.indexPath(), connect)
	if err != nil {
		return nil, err
	}
	return idx.Entries, nil
}

// NeedsPath reports whether an entry is for one workspace or repository, so that git has
// to say which it asks for. Without a folder for entries there is none.
func (s *Store) NeedsPath() (bool, error) {
	entries, err := s.Entries()
	if errors.Is(err, ErrNoFolder) {
		err = nil
	}
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.For != "" }), err
}

// Secret returns the entry's secret from its vault. See the vaults' errors. If it
// is another than the entry was saved with, as a command's may be, the entry is
// brought up to date; so it is if it has just been moved or renewed.
func (s *Store) Secret(ctx context.Context, e *Entry) (tokens.Secret, error) {
	secret, err := s.secretOf(ctx, e)
	for range mostMoves {
		if !errors.Is(err, tokens.ErrNotFound) || !s.follow(e) {
			break
		}
		secret, err = s.secretOf(ctx, e)
	}
	switch {
	case err != nil:
	case e.Vault == CommandVault && secret.Token.Fingerprint() != e.Fingerprint:
		s.noteNewToken(ctx, e, secret.Token)
	case e.Fingerprint != "" && secret.Token.Fingerprint() != e.Fingerprint:
		return tokens.Secret{}, fmt.Errorf("read the token: %w", ErrReplaced)
	}
	return secret, err
}

func (s *Store) secretOf(ctx context.Context, e *Entry) (tokens.Secret, error) {
	if e.Vault == CommandVault {
		if err := s.checkCommandSource(); err != nil {
			return tokens.Secret{}, err
		}
	}
	vault, err := s.vaultOf(e)
	if err != nil {
		return tokens.Secret{}, err
	}
	return vault.Get(ctx, e.ID)
}

// mostMoves is how often an entry that moves is followed.
const mostMoves = 5

// follow makes an entry the one that has taken its place in the index meanwhile, and
// reports whether there is one that answers the same.
func (s *Store) follow(e *Entry) bool {
	entries, err := s.Entries()
	if err != nil {
		return false
	}
	for _, now := range entries {
		if tokens.SameName(now.Name, e.Name) && now.ID != e.ID && now.For == e.For && !now.IsSetAside(Now()) {
			*e = now
			return true
		}
	}
	return false
}

// noteNewToken notes that a command prints another token. Git can have that even if
// it cannot be written down.
func (s *Store) noteNewToken(ctx context.Context, e *Entry, token tokens.Token) {
	e.renew(token)
	_, _ = s.Edit(ctx, e.ID, false, func(now *Entry) error {
		if now.Fingerprint == token.Fingerprint() {
			return errUnchanged // another process has noted it, and may know more of it
		}
		now.renew(token)
		return nil
	})
}

// vaultOf returns the vault that holds the entry's secret.
func (s *Store) vaultOf(e *Entry) (tokens.Vault, error) {
	if e.Vault == CommandVault {
		return command.New(e.Command), nil
	}
	if vault := s.vaults[e.Vault]; vault != nil {
		return vault, nil
	}
	return nil, fmt.Errorf("%w: %q", ErrNoVault, e.Vault)
}

// forgetHint is what to type about an entry whose vault this program does not know, and that
// is to leave it.
const forgetHint hint.Line = "update this program, or forget it on a terminal: git credential-bitbucket erase NAME"

// saveWait is how long one save waits for those before it, each of which may
// wait for a person to unlock the keychain.
const saveWait = 90 * time.Second

// Save saves a secret and an entry for it, and returns the entry as it is in
// the index: with an id, a name that no other has, and the time. With replaces,
// it takes that entry's place; until the new one is in the index, the old one
// stays whole. ErrAlreadySaved: another entry has the token. ErrChanged: the
// entry to replace is not any more what the caller took it for.
//
// Of several processes one saves at a time: keychains get slow when they are
// pressed.
func (s *Store) Save(ctx context.Context, e Entry, secret tokens.Secret, replaces *Entry) (Entry, error) {
	e.ID, e.Saved = newID(), Now()
	e.Kind, e.Fingerprint, e.Refresh = secret.Token.Kind(), secret.Token.Fingerprint(), !secret.Refresh.Empty()
	if !e.Kind.Saveable() {
		return Entry{}, fmt.Errorf("save a token: %w", tokens.ErrWrongKind)
	}
	unlock, err := s.lock(ctx, "save.lock", saveWait)
	if err != nil {
		return Entry{}, err
	}
	defer unlock()
	if err := s.bring(ctx, &e, secret); err != nil {
		return Entry{}, err
	}
	old, err := s.settle(ctx, &e, func(x *index) (*looseSecret, error) { return x.put(&e, replaces) })
	if err != nil {
		return Entry{}, err
	}
	if old != nil {
		// What the vault does not let go of now is left to a later RemoveUnused.
		_ = s.discard(ctx, *old)
	}
	s.label(ctx, &e)
	return e, nil
}

// bring puts a secret into the vault of an entry that is not in the index yet. The
// index notes it as loose before, so that it is found again whatever happens.
func (s *Store) bring(ctx context.Context, e *Entry, secret tokens.Secret) error {
	vault, err := s.vaultOf(e)
	if err != nil {
		return err
	}
	err = s.update(ctx, func(x *index) error {
		x.addOrphan(e, Now())
		return nil
	})
	if err != nil {
		return err
	}
	if err := vault.Set(ctx, e.ID, secret); err != nil {
		s.giveUp(ctx, e, err)
		return err
	}
	return nil
}

// settle makes an entry whose secret is in its vault one of the index, and returns
// the loose secret of what it takes the place of. If that may not be, the new
// secret is destroyed.
func (s *Store) settle(ctx context.Context, e *Entry, put func(*index) (*looseSecret, error)) (old *looseSecret, err error) {
	err = s.update(ctx, func(x *index) (err error) {
		old, err = put(x)
		return err
	})
	if err != nil {
		_ = s.destroy(ctx, looseSecret{ID: e.ID, Vault: e.Vault})
	}
	return old, err
}

// discard destroys the secret of an entry that is gone.
func (s *Store) discard(ctx context.Context, old looseSecret) error {
	s.removeVerdictLock(old.ID)
	return s.destroy(ctx, old)
}

// put settles an entry whose secret is safely in its vault, and returns the
// secret of the one that it replaces.
func (x *index) put(e *Entry, replaces *Entry) (old *looseSecret, err error) {
	var replaced *Entry
	replacedID := ""
	if replaces != nil {
		replacedID = replaces.ID
		replaced = x.byID(replacedID)
		if replaced == nil || replaced.IsSetAside(e.Saved) != replaces.IsSetAside(e.Saved) {
			return nil, ErrChanged
		}
	}
	known := x.find(func(o *Entry) bool {
		return o.ID != replacedID && o.Fingerprint == e.Fingerprint && o.Fingerprint != ""
	})
	if known != nil {
		return nil, fmt.Errorf("%w: %q", ErrAlreadySaved, known.Name)
	}
	if replaced == nil && !hasRoomFor(x.Entries, e) {
		return nil, ErrTooMany
	}
	if !x.removeOrphan(e.ID) {
		return nil, ErrChanged // it was swept away: this process slept for an hour
	}
	e.Name = x.freeName(e.Name, replacedID)
	if replaced == nil {
		x.Entries = append(x.Entries, *e)
		return nil, nil
	}
	old = x.addOrphan(replaced, e.Saved)
	*replaced = *e
	return old, nil
}

// freeName returns name, with a number behind it if an entry other than the
// replaced one has it.
func (x *index) freeName(name, replaces string) string {
	free := name
	for n := 2; ; n++ {
		if x.isFree(free, replaces) {
			return free
		}
		free = fmt.Sprintf("%s-%d", name, n)
	}
}

// isFree reports whether an entry may have that name: no other has it.
func (x *index) isFree(name, id string) bool {
	other := x.find(func(e *Entry) bool { return e.ID != id && tokens.SameName(e.Name, name) })
	return other == nil && !tokens.SameName(name, EnvironmentName)
}

// giveUp takes back the note of a secret that was to be saved, unless it may
// have arrived after all: then a later RemoveUnused destroys it.
func (s *Store) giveUp(ctx context.Context, e *Entry, err error) {
	if errors.Is(err, tokens.ErrTimedOut) || errors.Is(err, tokens.ErrVaultFailed) || ctx.Err() != nil {
		return
	}
	s.forgetLoose(ctx, e.ID)
}

func (s *Store) forgetLoose(ctx context.Context, id string) error {
	return s.update(ctx, func(x *index) error {
		x.removeOrphan(id)
		return nil
	})
}

// destroy deletes a loose secret now or, if its vault does not let it, leaves
// that to a later RemoveUnused.
func (s *Store) destroy(ctx context.Context, loose looseSecret) error {
	vault, err := s.vaultOf(&Entry{Vault: loose.Vault})
	if err != nil {
		return err
	}
	if err := vault.Delete(ctx, loose.ID); err != nil && !errors.Is(err, tokens.ErrNotFound) {
		return err
	}
	return s.forgetLoose(ctx, loose.ID)
}

// Edit changes what is known about an entry and returns it as it stands then.
// first moves it before all others. ErrNoEntry, ErrNameTaken, or the change's
// own error, leave all as it was.
func (s *Store) Edit(ctx context.Context, id string, first bool, change func(*Entry) error) (Entry, error) {
	var edited Entry
	was := ""
	err := s.update(ctx, func(x *index) error {
		e := x.byID(id)
		if e == nil {
			return ErrNoEntry
		}
		was = e.Name
		err := change(e)
		if edited = *e; err != nil {
			return err
		}
		if !x.isFree(e.Name, id) {
			return fmt.Errorf("%w: %q", ErrNameTaken, e.Name)
		}
		if first {
			x.toFront(id)
		}
		return nil
	})
	if err == nil && was != edited.Name {
		s.label(ctx, &edited)
	}
	return edited, err
}

func (x *index) toFront(id string) {
	entries := []Entry{*x.byID(id)}
	for _, e := range x.Entries {
		if e.ID != id {
			entries = append(entries, e)
		}
	}
	x.Entries = entries
}

// Confirm notes that an entry's secret worked, as git reports, and lets it answer again
// where that may follow. It writes only if there is news.
func (s *Store) Confirm(ctx context.Context, e *Entry, r Report) error {
	if !r.isNews(e, Now()) {
		return nil
	}
	_, err := s.Edit(ctx, e.ID, false, func(e *Entry) error {
		if !r.isNews(e, Now()) {
			return errUnchanged
		}
		r.confirm(e, Now())
		return nil
	})
	return err
}

// Refuse notes a refusal at a place ("" if it is not known) that could not be confirmed,
// and returns the entry as it stands then and whether it answers less from now on.
func (s *Store) Refuse(ctx context.Context, id, place string) (e Entry, news bool, err error) {
	e, err = s.Edit(ctx, id, false, func(e *Entry) error {
		if news = e.refuseUnconfirmed(place, Now()); !news {
			return errUnchanged
		}
		return nil
	})
	return e, news, err
}

// SetAside keeps an entry from answering until a person restores it.
func (s *Store) SetAside(ctx context.Context, id string, reason Reason) error {
	_, err := s.Edit(ctx, id, false, func(e *Entry) error {
		e.SetAside = &SetAside{At: Now(), Reason: reason}
		return nil
	})
	return err
}

// Restore lets an entry answer again that has ended, see HasEnded.
func (s *Store) Restore(ctx context.Context, id string) (Entry, error) {
	return s.Edit(ctx, id, false, func(e *Entry) error {
		if e.Vault == CommandVault && e.IsExpired(Now()) {
			e.Expires, e.Warned = time.Time{}, ""
		}
		e.restore()
		return nil
	})
}

// Warned notes that the entry's coming end was told today, and reports whether this caller is
// the one to do it. watched: a person reads it.
func (s *Store) Warned(ctx context.Context, id string, watched bool) (first bool) {
	now := Now()
	_, err := s.Edit(ctx, id, false, func(e *Entry) error {
		if e.IsWarned(now, watched) {
			return errUnchanged
		}
		if e.Warned, first = now.Format(time.DateOnly), true; !watched {
			e.Warned += unwatched
		}
		return nil
	})
	return first && err == nil
}

// Erase destroys an entry and its secret for good. If the vault cannot be
// used or the index not be written, both stay. ErrChanged: the entry is not there any more, or was moved.
func (s *Store) Erase(ctx context.Context, e *Entry) error {
	vault, err := s.vaultOf(e)
	if err != nil {
		return hint.With(err, forgetHint)
	}
	unlock, err := s.lock(ctx, "save.lock", lockWait)
	if err != nil {
		return err
	}
	defer unlock()
	// Written as it is: where that fails, nothing is destroyed.
	err = s.update(ctx, func(x *index) error {
		if x.byID(e.ID) == nil {
			return ErrChanged
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := vault.Delete(ctx, e.ID); err != nil && !errors.Is(err, tokens.ErrNotFound) {
		return err
	}
	return s.drop(ctx, e.ID, false)
}

// Forget drops an entry and leaves the end of its secret to a later RemoveUnused.
func (s *Store) Forget(ctx context.Context, id string) error { return s.drop(ctx, id, true) }

func (s *Store) drop(ctx context.Context, id string, orphan bool) error {
	s.removeVerdictLock(id)
	return s.update(ctx, func(x *index) error {
		for i, e := range x.Entries {
			if e.ID != id {
				continue
			}
			if orphan {
				x.addOrphan(&e, Now())
			}
			x.Entries = append(x.Entries[:i], x.Entries[i+1:]...)
			return nil
		}
		return errUnchanged
	})
}

// sweepAfter is when a save that left its secret loose is surely over.
const sweepAfter = time.Hour

// sweepWait is how long RemoveUnused waits for a save to end.
const sweepWait = 100 * time.Millisecond

// RemoveUnused destroys secrets that no entry points to any more, as far as their
// vaults let it. A vault that does not is not asked again.
func (s *Store) RemoveUnused(ctx context.Context) error {
	// Under this lock no loose secret is on its way to become an entry's.
	unlock, err := s.lock(ctx, "save.lock", sweepWait)
	if errors.Is(err, private.ErrBusy) {
		return nil // who saves will sweep
	}
	if err != nil {
		return err
	}
	defer unlock()
	idx, err := readIndex(s.indexPath())
	if err != nil {
		return err
	}
	failed := map[string]error{}
	for _, loose := range idx.Loose {
		if Now().Sub(loose.At) < sweepAfter || failed[loose.Vault] != nil {
			continue
		}
		if err := s.destroy(ctx, loose); err != nil {
			failed[loose.Vault] = err
		}
	}
	return errors.Join(slices.Collect(maps.Values(failed))...)
}

// newID makes an id that says nothing and that no other entry has.
func newID() string { return strings.ToLower(rand.Text()) }

// Now is the time as entries note it: UTC, in whole seconds.
func Now() time.Time { return time.Now().UTC().Truncate(time.Second) }
