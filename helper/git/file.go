package git

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rogpeppe/go-internal/robustio"
)

// maxFile is the largest file of passwords that is read, in bytes.
const maxFile = 1 << 20

// ErrTooLarge: a file that nobody would keep passwords in.
var ErrTooLarge = fmt.Errorf("over %d bytes", maxFile)

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

// createBeside makes a new file in the folder of another, for its new contents. It
// gets the mode and the owner of that one or, if that is not there, the given mode.
func createBeside(path string, mode fs.FileMode) (*os.File, error) {
	info, err := os.Stat(path)
	if err == nil {
		mode = 0o600 // until the other's is known to be set
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	f, err := os.OpenFile(path+"."+rand.Text()[:8]+".new", os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	var failed *fs.PathError
	switch {
	case errors.As(err, &failed):
		return nil, failed.Err // the name of the new file would say nothing to anybody
	case err != nil || info == nil:
		return f, err
	}
	return f, discarding(f, likeThe(info, f))
}

// likeThe gives a new file the owner and the mode of another.
func likeThe(info fs.FileInfo, f *os.File) error {
	if err := keepOwner(f, info); err != nil {
		return err
	}
	return f.Chmod(info.Mode().Perm())
}

// finish writes a text, waits until it is on the disk, and closes the file.
func finish(f *os.File, text string) error {
	_, err := io.WriteString(f, text)
	if err == nil {
		err = f.Sync()
	}
	return discarding(f, errors.Join(err, f.Close()))
}

// discarding takes a new file away if there was an error, which it returns.
func discarding(f *os.File, err error) error {
	if err != nil {
		f.Close()
		os.Remove(f.Name())
	}
	return err
}

// FreeCopy is a name beside a file that no file has yet, for a copy of it.
func FreeCopy(path string) string {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s.before-%d", path, n)
		if _, err := os.Lstat(name); err != nil {
			return name
		}
	}
}

// ReplaceFile changes a file whole, or not at all, and leaves what it held in a
// new file of the given name. The file must still hold what the caller read, and
// nobody may hold the lock that git's own helper would take. A link stays a link.
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
		if err := keepCopy(target, before, backup); err != nil {
			return fmt.Errorf("keep a copy of %s: %w", path, err)
		}
		if err := replace(target, after); err != nil {
			os.Remove(backup)
			return fmt.Errorf("write %s: %w", path, err)
		}
		return nil
	})
}

func replace(path, text string) error {
	f, err := writeBeside(path, text, 0o600)
	if err != nil {
		return err
	}
	return discarding(f, robustio.Rename(f.Name(), path))
}

// writeBeside makes such a file with its whole contents, closed.
func writeBeside(path, text string, mode fs.FileMode) (*os.File, error) {
	f, err := createBeside(path, mode)
	if err != nil {
		return nil, err
	}
	return f, finish(f, text)
}

// keepCopy writes a text to a new file, with the mode and the owner of another.
func keepCopy(path, text, backup string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(backup, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if err := discarding(f, likeThe(info, f)); err != nil {
		return err
	}
	return finish(f, text)
}
