//go:build unix

package store

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hasModes: the bits of a file's mode say who may read it.
const hasModes = true

// openNoLink opens a file, but no symbolic link, and does not wait for a named pipe.
func openNoLink(path string) (*os.File, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	// FreeBSD and NetBSD have errors of their own for a link.
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		err = &UnsafeError{Path: path, Problem: IsLink}
	}
	return file, err
}

func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
