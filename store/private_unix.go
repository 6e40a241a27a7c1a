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

// noFollow makes opening a symbolic link fail, and that of a named pipe not wait.
const noFollow = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// isLinkRefusal tells whether a file was not opened because it is a symbolic link.
// FreeBSD and NetBSD have errors of their own for that.
func isLinkRefusal(err error) bool {
	return errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK)
}

func isOurs(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return !ok || int(stat.Uid) == os.Geteuid()
}
