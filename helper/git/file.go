package git

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"

	"git-credential-bitbucket/store/private"
)

// maxFile is the largest file of passwords that is read, in bytes.
const maxFile = 1 << 20

// ErrTooLarge: larger than any file of passwords.
var ErrTooLarge = errors.New("over " + strconv.Itoa(maxFile) + " bytes")

// ReadFile reads a file in which passwords may stand. That it is not there is
// fs.ErrNotExist.
func ReadFile(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("%s is not a file", path)
	case info.Size() > maxFile:
		return "", fmt.Errorf("%s: %w", path, ErrTooLarge)
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	return string(text), err
}

// FreeCopy is a name beside a file that no file has yet, for a copy of it.
func FreeCopy(path string) string { return private.CopyName(path) }

// ReplaceFile changes a file whole, or not at all, and leaves what it held in a
// new file of the given name, mode 0600. The file must still hold what the caller read, and
// no process may hold the lock that git's own helper would take. A link stays a link.
func ReplaceFile(path, before, after, backup string) error {
	target := followed(path)
	return locked(target, func() error {
		now, err := ReadFile(target)
		if err != nil {
			return err
		}
		if now != before {
			return fmt.Errorf("%w: %s has changed meanwhile", ErrBusy, path)
		}
		info, err := os.Stat(target)
		if err == nil {
			err = private.WriteNew(backup, []byte(before), info)
		}
		if err != nil {
			return fmt.Errorf("keep a copy of %s: %w", path, err)
		}
		if err := replace(target, after); err != nil {
			os.Remove(backup)
			return err
		}
		return nil
	})
}

func replace(path, text string) error {
	r, err := private.WriteBeside(path, []byte(text), 0o600)
	if err != nil {
		return err
	}
	return r.Commit()
}
