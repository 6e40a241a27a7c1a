package store

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

const (
	indexVersion = 2
	// firstVersion knew neither sources nor places. What it holds is read, and written anew as version 2.
	firstVersion = 1
	maxIndex     = 16 << 20 // bytes; thousands of entries are a few hundred thousand
	lockWait     = 10 * time.Second
)

// Why an index could not be used, for errors.Is. It is never overwritten then.
var (
	ErrDamagedIndex = errors.New("the index is damaged")
	ErrNewerIndex   = hint.New("the index was written by a newer version of this program", "update this program, or use the newer one: git credential-bitbucket version")
	ErrBusy         = private.ErrBusy
	// ErrNoFolder: there is no place for an index, as where HOME is not set.
	ErrNoFolder = errors.New("there is no folder for the index")
)

// index is the file that lists the entries. Keychains cannot be listed, so it is
// the only way to know what is saved. There is no secret in it. A program that adds a
// field, here or in an entry, counts indexVersion up: older ones refuse what they do
// not know.
type index struct {
	Version int     `json:"version"`
	Entries []Entry `json:"entries"`
	// Loose lists secrets that no entry points to: those on their way into a
	// vault, and those that could not be destroyed yet.
	Loose []looseSecret `json:"loose,omitempty"`
	// Skipped is when a person last wanted to save no token at first use.
	Skipped time.Time `json:"skipped,omitzero"`
}

type looseSecret struct {
	ID    string    `json:"id"`
	Vault string    `json:"vault"`
	At    time.Time `json:"at"`
}

func readIndex(path string) (*index, error) { return readIndexWhile(path, nil) }

// inKeychain is in an index with an entry that is in the keychain.
var inKeychain = []byte(`"vault": "` + KeychainVault + `"`)

// readIndexWhile starts what the keychain needs before it reads an index that names it.
func readIndexWhile(path string, connect func()) (*index, error) {
	data, err := private.ReadTrusted(path, maxIndex)
	if err == nil && connect != nil && bytes.Contains(data, inKeychain) {
		go connect()
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if link := deadLink(path); link != "" {
			// What it leads to may come back, as a disk does that is not mounted yet.
			return nil, hint.With(fmt.Errorf("%w: %s is a link to nothing", ErrDamagedIndex, link), "put back what it leads to, or start again: rm "+shell.Path(link))
		}
		return &index{Version: indexVersion}, nil
	case errors.Is(err, private.ErrTooLarge), isOtherType(err):
		return nil, hint.With(fmt.Errorf("%w: %w", ErrDamagedIndex, err), startAgain(path))
	case err != nil:
		return nil, fmt.Errorf("read the index: %w", err)
	}
	idx, err := decodeIndex(data)
	if idx.Version > indexVersion {
		// Its other fields need not fit this program's.
		return nil, fmt.Errorf("%w: %s", ErrNewerIndex, path)
	}
	if err == nil {
		idx.upgrade()
		err = idx.check()
	}
	if err != nil {
		return nil, hint.With(fmt.Errorf("%w: %s: %w", ErrDamagedIndex, path, err), startAgain(path))
	}
	return idx, nil
}

// upgrade makes an index of the first version one of this version. The passwords in that
// were mostly git's, and may be pairs that renew themselves.
func (x *index) upgrade() {
	if x.Version != firstVersion {
		return
	}
	x.Version = indexVersion
	for i := range x.Entries {
		if x.Entries[i].Kind == tokens.KindPassword {
			x.Entries[i].Source, x.Entries[i].Refresh = FromGit, true
		}
	}
}

func isOtherType(err error) bool {
	var unsafe *private.UnsafeError
	return errors.As(err, &unsafe) && unsafe.Problem == private.IsOtherType
}

// startAgain is what to type about an index that cannot be read.
func startAgain(path string) hint.Line {
	return "put it back from a backup, or start again: mv " + shell.Path(path) + " " + shell.Path(private.CopyName(path))
}

// noFolderHint is how the system is told where a person's configuration is
// (os.UserConfigDir).
func noFolderHint() hint.Line {
	const orEnvironment = hint.Or + "export " + TokenVariable + "=…"
	switch {
	case runtime.GOOS == "windows":
		return "set AppData" + orEnvironment
	case runtime.GOOS != "darwin" && os.Getenv("XDG_CONFIG_HOME") != "":
		return "make XDG_CONFIG_HOME an absolute path" + orEnvironment
	}
	return "set HOME" + orEnvironment
}

// deadLink returns the link for whose sake a path is not there, or "".
func deadLink(path string) string {
	for {
		info, err := os.Lstat(path)
		above := filepath.Dir(path)
		switch {
		case err == nil:
			if _, err := os.Stat(path); info.Mode().Type() == fs.ModeSymlink && errors.Is(err, fs.ErrNotExist) {
				return path
			}
			return ""
		case above == path:
			return ""
		}
		path = above
	}
}

// check refuses what this program would never have written.
func (x *index) check() error {
	if x.Version != indexVersion {
		return fmt.Errorf("version %d", x.Version)
	}
	ids := map[string]bool{}
	for i, e := range x.Entries {
		switch {
		case !validID(e.ID) || ids[e.ID]:
			return fmt.Errorf("entry %d has no id of its own", i+1)
		case e.Name == "":
			return fmt.Errorf("entry %d has no name", i+1)
		case !e.Kind.Saveable():
			return fmt.Errorf("entry %d is of an unknown kind", i+1)
		case e.Vault == CommandVault && len(e.Command) == 0:
			return fmt.Errorf("entry %d has no command", i+1)
		}
		ids[e.ID] = true
	}
	for i, loose := range x.Loose {
		if !validID(loose.ID) {
			return fmt.Errorf("loose secret %d has no id", i+1)
		}
	}
	return nil
}

// validID accepts what is safe as an account in every keychain.
func validID(id string) bool {
	return id != "" && len(id) <= 64 && strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

// byID returns the entry with that id, or nil.
func (x *index) byID(id string) *Entry {
	return x.find(func(e *Entry) bool { return e.ID == id })
}

func (x *index) find(is func(*Entry) bool) *Entry {
	for i := range x.Entries {
		if is(&x.Entries[i]) {
			return &x.Entries[i]
		}
	}
	return nil
}

// removeOrphan drops a loose secret from the list, and reports whether it was there.
func (x *index) removeOrphan(id string) bool {
	for i, loose := range x.Loose {
		if loose.ID == id {
			x.Loose = append(x.Loose[:i], x.Loose[i+1:]...)
			return true
		}
	}
	return false
}

// addOrphan lists the entry's secret as one that no entry points to, and returns it.
func (x *index) addOrphan(e *Entry, now time.Time) *looseSecret {
	loose := looseSecret{e.ID, e.Vault, now}
	x.Loose = append(x.Loose, loose)
	return &loose
}

// errUnchanged, returned by a change, ends it without writing.
var errUnchanged = errors.New("nothing to write")

// update runs a change on the index under its lock and puts the result in
// place of the old file: whole, or not at all.
func (s *Store) update(ctx context.Context, change func(*index) error) error {
	unlock, err := s.lock(ctx, "index.lock", lockWait)
	if err != nil {
		return err
	}
	defer unlock()
	idx, err := readIndex(s.indexPath())
	if err == nil {
		err = change(idx)
	}
	switch {
	case errors.Is(err, errUnchanged):
		return nil
	case err != nil:
		return err
	}
	if err := idx.write(s.indexPath()); err != nil {
		return fmt.Errorf("write the index: %w", err)
	}
	return nil
}

// lock takes one of the store's locks, in the order in which processes came, and
// returns what gives it back. private.ErrBusy: it was not available in time.
func (s *Store) lock(ctx context.Context, name string, wait time.Duration) (unlock func(), err error) {
	if err := s.makeDir(); err != nil {
		return nil, err
	}
	return private.Lock(ctx, filepath.Join(s.dir, name), wait)
}

func (s *Store) makeDir() error {
	if s.dirErr != nil {
		return s.dirErr
	}
	if err := private.MakeFolder(s.dir); err != nil {
		return fmt.Errorf("make the index's folder: %w", err)
	}
	return nil
}

func (x *index) write(path string) error {
	data, err := json.MarshalIndent(x, "", " ")
	if err != nil {
		return err
	}
	// A link that the user made to keep the file elsewhere stays a link.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	// Under the index's lock no other process is writing: what there is was left by
	// one that was killed.
	if err := private.RemoveTemporaries(path); err != nil {
		return err
	}
	return private.Replace(path, append(data, '\n'))
}
