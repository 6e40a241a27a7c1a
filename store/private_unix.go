//go:build unix

package store

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// hasModes: the bits of a file's mode say who may read it.
const hasModes = true

// readPrivate reads the beginning of a file that is ours alone, one byte more than
// it may have. It follows no symbolic link and waits for no named pipe.
func readPrivate(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	// FreeBSD and NetBSD have errors of their own for a link.
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		err = &UnsafeError{Path: path, Problem: IsLink}
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = checkPrivate(path, info, 0o600)
	}
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(file, maxPrivate+1))
}

// removeFile takes a file away.
func removeFile(path string) error { return os.Remove(path) }

func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
