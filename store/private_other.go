//go:build !unix

package store

import (
	"io/fs"
	"os"

	"github.com/rogpeppe/go-internal/robustio"
)

// On Windows a folder in the person's profile is closed to others by its access
// control list, which the bits of a mode do not show.
const hasModes = false

// readPrivate reads a file that is ours, but no symbolic link. While another process
// replaces the file, Windows refuses it for a moment; that is waited for.
func readPrivate(path string) ([]byte, error) {
	info, err := os.Lstat(path)
	if err == nil {
		err = checkPrivate(path, info, 0o600)
	}
	switch {
	case err != nil:
		return nil, err
	case info.Size() > maxPrivate:
		return make([]byte, maxPrivate+1), nil // as if it had been read so far
	}
	return robustio.ReadFile(path)
}

// removeFile takes a file away. While another process reads it, Windows refuses
// that for a moment, which is waited for.
func removeFile(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return os.Remove(path) // RemoveAll would take away what is in it
	}
	return robustio.RemoveAll(path)
}

func isOurs(fs.FileInfo) bool { return true }
