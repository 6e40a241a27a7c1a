//go:build !unix

package store

import (
	"io/fs"
	"os"
)

// On Windows a folder in the person's profile is closed to others by its access
// control list, which the bits of a mode do not show.
const hasModes = false

// openNoLink opens a file, but no symbolic link.
func openNoLink(path string) (*os.File, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if err := checkPrivate(path, info, 0o600); err != nil {
		return nil, err
	}
	return os.Open(path)
}

func isOurs(fs.FileInfo) bool { return true }
