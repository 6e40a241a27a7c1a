package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// privateFolder is a folder of small files that nobody but their owner can read.
// What others could read or put there is refused, not mended: it may have been
// read already.
type privateFolder struct {
	path string
	err  error // why it is not known
}

// maxPrivate is the largest file that is read, in bytes.
const maxPrivate = 64 << 10

// newPrivateFolder is a folder of that name beside the index.
func newPrivateFolder(name string) privateFolder {
	dir, err := userFolder()
	return privateFolder{filepath.Join(dir, name), err}
}

// file is the path of one of its files.
func (f privateFolder) file(name string) string { return filepath.Join(f.path, name) }

// check makes sure that the folder is ours alone. fs.ErrNotExist: it is not there.
func (f privateFolder) check() error {
	if f.err != nil {
		return f.err
	}
	info, err := os.Lstat(f.path)
	if err != nil {
		return err
	}
	return checkPrivate(f.path, info, 0o700)
}

// make makes the folder if need be.
func (f privateFolder) make() error {
	err := f.check()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(f.path, 0o700); err != nil {
		return err
	}
	return f.check()
}

// read returns what a file holds. fs.ErrNotExist: it is not there.
func (f privateFolder) read(name string) ([]byte, error) {
	if err := f.check(); err != nil {
		return nil, err
	}
	path := f.file(name)
	data, err := readPrivate(path)
	if err == nil && len(data) > maxPrivate {
		err = fmt.Errorf("%w: %s is over %d bytes", ErrDamaged, path, maxPrivate)
	}
	return data, err
}

// write puts data in place of a file: whole, or not at all.
func (f privateFolder) write(name string, data []byte) error {
	if err := f.make(); err != nil {
		return err
	}
	path := f.file(name)
	info, err := os.Lstat(path)
	switch {
	case err == nil:
		err = checkPrivate(path, info, 0o600)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	return replaceFile(path, data)
}

// remove takes a file away, and what a killed write of it left behind.
// fs.ErrNotExist: it was not there.
func (f privateFolder) remove(name string) error {
	if err := f.check(); err != nil {
		return err
	}
	if err := removeTemporaries(f.file(name)); err != nil {
		return err
	}
	if err := removeFile(f.file(name)); err != nil {
		return err
	}
	syncFolder(f.path)
	return nil
}

// exists tells whether a file is there, whatever it is.
func (f privateFolder) exists(name string) (bool, error) {
	if err := f.check(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return false, err
	}
	_, err := os.Lstat(f.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Problem is why a file or folder is not safe.
type Problem int

// The problems.
const (
	IsLoose     Problem = iota // others can read or change it
	IsAnothers                 // another user owns it
	IsLink                     // a symbolic link, which leads anywhere
	IsOtherType                // no file, or no folder
)

// UnsafeError is an ErrUnsafe that knows where and what.
type UnsafeError struct {
	Path    string
	Problem Problem
	Mode    fs.FileMode // as it is
	Want    fs.FileMode // as it should be
}

func (e *UnsafeError) Error() string {
	switch e.Problem {
	case IsLoose:
		return fmt.Sprintf("others can use %s (its mode is %04o, not %04o)", e.Path, e.Mode, e.Want)
	case IsAnothers:
		return fmt.Sprintf("%s belongs to another user", e.Path)
	case IsLink:
		return fmt.Sprintf("%s is a symbolic link", e.Path)
	}
	return fmt.Sprintf("%s is neither a plain file nor a folder of ours", e.Path)
}

// Unwrap returns ErrUnsafe.
func (e *UnsafeError) Unwrap() error { return ErrUnsafe }

// checkPrivate refuses what is not ours alone. want is 0700 for a folder.
func checkPrivate(path string, info fs.FileInfo, want fs.FileMode) error {
	return checkMode(path, info, want, 0o077)
}

// checkMode refuses what is no file or folder of ours, or lets others do what the
// bits of forbidden stand for.
func checkMode(path string, info fs.FileInfo, want, forbidden fs.FileMode) error {
	unsafe := &UnsafeError{Path: path, Mode: info.Mode().Perm(), Want: want}
	switch mode := info.Mode(); {
	case mode.Type() == fs.ModeSymlink:
		unsafe.Problem = IsLink
	case want&0o100 != 0 && !mode.IsDir(), want&0o100 == 0 && !mode.IsRegular():
		unsafe.Problem = IsOtherType
	case !isOurs(info):
		unsafe.Problem = IsAnothers
	case hasModes && mode.Perm()&forbidden != 0:
		unsafe.Problem = IsLoose
	default:
		return nil
	}
	return unsafe
}
