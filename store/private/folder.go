package private

import (
	"errors"
	"git-credential-bitbucket/store/tokens"
	"io/fs"
	"os"
	"path/filepath"
)

// Folder is a folder of small files that their owner alone can read. What others
// could read or put there is refused, not mended: it may have been read already.
type Folder struct {
	path string
	err  error // why it is not known
}

// MaxFile is the largest file in such a folder that is read, in bytes.
const MaxFile = tokens.MaxSecret + 4<<10

// NewFolder returns the folder at a path; err, if not nil, is why the path is not
// known, and what its methods return. It touches nothing yet.
func NewFolder(path string, err error) Folder { return Folder{path, err} }

// Known returns why the folder's path is not known, or nil.
func (f Folder) Known() error { return f.err }

// Path is where the folder is.
func (f Folder) Path() string { return f.path }

// File is the path of one of its files.
func (f Folder) File(name string) string { return filepath.Join(f.path, name) }

// Check checks that the folder is ours alone. fs.ErrNotExist: it is not there.
func (f Folder) Check() error {
	if f.err != nil {
		return f.err
	}
	info, err := os.Lstat(f.path)
	if err != nil {
		return err
	}
	return check(f.path, info, folderMode, useIt)
}

// Make makes the folder if need be.
func (f Folder) Make() error {
	err := f.Check()
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := MakeFolder(f.path); err != nil {
		return err
	}
	return f.Check()
}

// Read returns what a file holds. fs.ErrNotExist: it is not there.
func (f Folder) Read(name string) ([]byte, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	return readFile(f.File(name), useIt, MaxFile)
}

// Write puts data in place of a file: whole, or not at all.
func (f Folder) Write(name string, data []byte) error {
	if err := f.Make(); err != nil {
		return err
	}
	path := f.File(name)
	info, err := os.Lstat(path)
	switch {
	case err == nil:
		err = check(path, info, fileMode, useIt)
	case errors.Is(err, fs.ErrNotExist):
		err = nil
	}
	if err != nil {
		return err
	}
	return Replace(path, data)
}

// Remove takes a file away, and what a killed write of it left behind.
// fs.ErrNotExist: it was not there.
func (f Folder) Remove(name string) error {
	if err := f.Check(); err != nil {
		return err
	}
	if err := RemoveTemporaries(f.File(name)); err != nil {
		return err
	}
	if err := removeFile(f.File(name)); err != nil {
		return err
	}
	syncFolder(f.path)
	return nil
}

// Exists reports whether a file is there, whatever it is.
func (f Folder) Exists(name string) (bool, error) {
	if err := f.Check(); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return false, err
	}
	_, err := os.Lstat(f.File(name))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// MakeFolder makes a folder, and those above it that are not there, each with the
// owner of the one that it is in.
func MakeFolder(path string) error {
	info, err := os.Stat(path)
	switch {
	case err == nil && !info.IsDir():
		return &UnsafeError{Path: path, Problem: IsOtherType}
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	above := filepath.Dir(path)
	if err := MakeFolder(above); err != nil {
		return err
	}
	err = os.Mkdir(path, folderMode)
	if errors.Is(err, fs.ErrExist) {
		// Another process has made it meanwhile, or it is a link to nothing.
		if info, statErr := os.Stat(path); statErr == nil && info.IsDir() {
			return nil
		}
	}
	if err != nil {
		return err
	}
	if err := giveFolderOwner(path, above); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}
