package private

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// Changeable lists what of a program's file and the folders above it, up to the root,
// others can write, by its path and where that leads. In a folder such as /tmp they
// can add files but not replace ours: that is none.
func Changeable(path string) []string {
	var loose []string
	if !hasModes {
		return nil
	}
	real, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil
	}
	for _, at := range []string{path, real} {
		for ; ; at = filepath.Dir(at) {
			info, err := os.Stat(at)
			if err == nil && othersWrite(info) && !slices.Contains(loose, at) {
				loose = append(loose, at)
			}
			if at == filepath.Dir(at) {
				break
			}
		}
	}
	return loose
}

// othersWrite reports whether users other than the owner and root can write. The
// groups of root and of macOS's admins can become root anyway, and on many systems each
// user has a group of the same number alone.
func othersWrite(info fs.FileInfo) bool {
	mode := info.Mode()
	if mode&fs.ModeSticky != 0 && mode.IsDir() {
		return false
	}
	return mode.Perm()&0o002 != 0 || mode.Perm()&0o020 != 0 && !isAdmins(info) && !isOwnersGroup(info)
}
