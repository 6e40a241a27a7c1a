// Package private reads, locks and replaces files that hold secrets, or what is known
// of them: the index, the vaults of files, git's configuration, .netrc. What others
// could have written is refused; what is written keeps the owner that it had, and
// follows no link.
package private

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// Why a file was not used, for errors.Is.
var (
	ErrUnsafe   = errors.New("not safe") // see UnsafeError
	ErrTooLarge = errors.New("too large")
	ErrBusy     = errors.New("another process holds the lock")
)

// OwnerError: a file could not be replaced, or made, with the owner that it is to have.
type OwnerError struct {
	Path string
	Err  error
}

func (e *OwnerError) Error() string {
	return fmt.Sprintf("%s would not keep its owner: %v", e.Path, e.Err)
}

// Hint is what to type about it; "" if nothing is known.
func (e *OwnerError) Hint() hint.Line {
	home, err := shell.Home()
	switch {
	case os.Geteuid() == 0:
		return "type it as the user whose home this is, without sudo"
	case err == nil && IsWithin(e.Path, home):
		return `sudo chown "$(id -un)" ` + shell.Path(e.Path)
	}
	return ""
}

// IsWithin reports whether a path is a folder or is in it.
func IsWithin(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

// Unwrap returns the system's reason.
func (e *OwnerError) Unwrap() error { return e.Err }

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

// Hint is the command that makes the file or folder the user's alone.
func (e *UnsafeError) Hint() hint.Line {
	path := shell.Path(e.Path)
	switch e.Problem {
	case IsLoose:
		return hint.Line(fmt.Sprintf("chmod %04o ", e.Want)) + path
	case IsAnothers:
		return `sudo chown "$(id -un)" ` + path
	case IsLink:
		// What it leads to takes its place.
		return "real=$(readlink -f " + path + ") && rm " + path + ` && mv "$real" ` + path
	}
	return "mv " + path + " " + path + ".old"
}

// Unwrap returns ErrUnsafe.
func (e *UnsafeError) Unwrap() error { return ErrUnsafe }

// What others may not do, by the bits of a mode.
const (
	useIt    fs.FileMode = 0o077 // with a secret in it: anything
	changeIt fs.FileMode = 0o022 // with what is believed: write
)

// The modes of what this package makes.
const (
	fileMode   fs.FileMode = 0o600
	folderMode fs.FileMode = 0o700
)

// check refuses what is no file or folder of this program, or lets others do what the bits of
// forbidden stand for. want is the mode that it should have.
func check(path string, info fs.FileInfo, want, forbidden fs.FileMode) error {
	unsafe := &UnsafeError{Path: path, Mode: info.Mode().Perm(), Want: want}
	switch mode := info.Mode(); {
	case mode.Type() == fs.ModeSymlink:
		unsafe.Problem = IsLink
	case want&0o100 != 0 && !mode.IsDir(), want&0o100 == 0 && !mode.IsRegular():
		unsafe.Problem = IsOtherType
	case !isOurs(path, info):
		unsafe.Problem = IsAnothers
	case hasModes && mode.Perm()&forbidden != 0:
		unsafe.Problem = IsLoose
	default:
		return nil
	}
	return unsafe
}

// ReadTrusted reads a file that is believed, though it holds no secret: others may
// read it, but change neither it nor the folder that it is in. It may be a link of
// ours to such a file, as may the folder. fs.ErrNotExist: it is not there.
func ReadTrusted(path string, most int64) ([]byte, error) {
	target, err := trusted(path)
	if err != nil {
		return nil, err
	}
	return readFile(target, changeIt, most)
}

// CheckTrusted refuses what ReadTrusted refuses.
func CheckTrusted(path string) error {
	target, err := trusted(path)
	if err != nil {
		return err
	}
	info, err := os.Lstat(target)
	if err != nil {
		return err
	}
	return check(target, info, fileMode, changeIt)
}

// trusted returns where a file is that others cannot change, by its folders.
func trusted(path string) (target string, err error) {
	if err := checkTrustedFolder(filepath.Dir(path)); err != nil {
		return "", err
	}
	isLink, err := ownLink(path)
	if err != nil || !isLink {
		return path, err
	}
	if target, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	return target, checkTrustedFolder(filepath.Dir(target))
}

func checkTrustedFolder(path string) error {
	if _, err := ownLink(path); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return check(path, info, folderMode, changeIt)
}

// ownLink reports whether a path is a link. One that another user made is refused.
func ownLink(path string) (bool, error) {
	info, err := os.Lstat(path)
	if err != nil || info.Mode().Type() != fs.ModeSymlink {
		return false, err
	}
	if !isOurs(path, info) {
		return true, &UnsafeError{Path: path, Problem: IsLink}
	}
	return true, nil
}

// errTooLarge is ErrTooLarge of a file.
func errTooLarge(path string, most int64) error {
	return fmt.Errorf("%w: %s is over %d bytes", ErrTooLarge, path, most)
}
