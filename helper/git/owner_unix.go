//go:build unix

package git

import (
	"io/fs"
	"os"
	"syscall"
)

// keepOwner gives a file the owner of another, as root has to.
func keepOwner(f *os.File, info fs.FileInfo) error {
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !ok || int(owner.Uid) == os.Geteuid() {
		return nil
	}
	return f.Chown(int(owner.Uid), int(owner.Gid))
}
