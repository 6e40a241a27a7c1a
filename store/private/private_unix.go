//go:build unix

package private

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// hasModes: the bits of a file's mode say who may use it.
const hasModes = true

// noFollow keeps a file from being opened by way of a link.
const noFollow = syscall.O_NOFOLLOW

// readFile reads a file of this program with which others cannot do what the bits of forbidden
// stand for. It follows no symbolic link and waits for no named pipe.
func readFile(path string, forbidden fs.FileMode, most int64) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|noFollow|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, linkError(path, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil {
		err = check(path, info, fileMode, forbidden)
	}
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(file, most+1))
	if err == nil && int64(len(data)) > most {
		err = errTooLarge(path, most)
	}
	return data, err
}

// linkError makes an UnsafeError of what a system says of a link that is not followed.
// FreeBSD has an error of its own.
func linkError(path string, err error) error {
	if errors.Is(err, syscall.ELOOP) || errors.Is(err, syscall.EMLINK) {
		return &UnsafeError{Path: path, Problem: IsLink}
	}
	return err
}

// lockFlags open the file of a lock, which is there: who only opens it cannot give it
// an owner. Some systems lock only what can be written.
func lockFlags() int {
	switch runtime.GOOS {
	case "aix", "solaris", "illumos":
		return os.O_RDWR | noFollow | syscall.O_NONBLOCK
	}
	return os.O_RDONLY | noFollow | syscall.O_NONBLOCK
}

// removeFile takes a file away.
func removeFile(path string) error { return os.Remove(path) }

// isOurs reports whether a file belongs to the user of this program. Root may work in
// another's home (sudo -E, sudo on macOS): what belongs there to the owner of the
// folder that it is in is used, and keeps its owner.
func isOurs(path string, info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	if !known || owner == os.Geteuid() {
		return true
	}
	if os.Geteuid() != 0 {
		return false
	}
	above, err := os.Stat(filepath.Dir(path))
	if err != nil {
		return false
	}
	ofFolder, known := ownerOf(above)
	return known && owner == ofFolder
}

func ownerOf(info fs.FileInfo) (uid int, known bool) {
	stat, known := info.Sys().(*syscall.Stat_t)
	if !known {
		return 0, false
	}
	return int(stat.Uid), true
}

// OwnedByUser reports whether a file belongs to the very user of this program.
func OwnedByUser(info fs.FileInfo) bool {
	owner, known := ownerOf(info)
	return !known || owner == os.Geteuid()
}

// isOwnersGroup reports whether the group has the owner's number, as a user's own group has.
func isOwnersGroup(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid == stat.Gid
}

// isAdmins reports whether a file's group is one of those who may become root.
func isAdmins(info fs.FileInfo) bool {
	const macOSAdmin = 80
	stat, known := info.Sys().(*syscall.Stat_t)
	return known && (stat.Gid == 0 || runtime.GOOS == "darwin" && stat.Gid == macOSAdmin)
}

// giveOwner gives a new file for a path the owner of another. Without one it gets that
// of its folder if root made it: whose home it is must be able to use it.
func giveOwner(f *os.File, path string, like fs.FileInfo) error {
	var err error
	if like == nil && os.Geteuid() == 0 {
		like, err = os.Stat(filepath.Dir(path))
	}
	if err != nil || like == nil {
		return err
	}
	is, err := f.Stat()
	if err != nil {
		return err
	}
	return giveTo(is, like, f.Chown, path)
}

// hasGroupOf reports whether a file has the group of another, if there is another.
func hasGroupOf(f *os.File, other fs.FileInfo) bool {
	if other == nil {
		return true
	}
	info, err := f.Stat()
	if err != nil {
		return false
	}
	is, known := info.Sys().(*syscall.Stat_t)
	want, alsoKnown := other.Sys().(*syscall.Stat_t)
	return known && alsoKnown && is.Gid == want.Gid
}

// giveFolderOwner does that for a folder that was just made.
func giveFolderOwner(path, above string) error {
	if os.Geteuid() != 0 {
		return nil
	}
	like, err := os.Stat(above)
	if err != nil {
		return err
	}
	is, err := os.Lstat(path)
	if err != nil {
		return err
	}
	return giveTo(is, like, func(uid, gid int) error { return os.Lchown(path, uid, gid) }, path)
}

// giveTo changes the owner if it is another. That only the group cannot be kept is no
// error: the mode gives the new one nothing then.
func giveTo(is, like fs.FileInfo, chown func(uid, gid int) error, path string) error {
	has, known := is.Sys().(*syscall.Stat_t)
	want, alsoKnown := like.Sys().(*syscall.Stat_t)
	if !known || !alsoKnown || has.Uid == want.Uid && has.Gid == want.Gid {
		return nil
	}
	err := chown(int(want.Uid), int(want.Gid))
	if err == nil || has.Uid == want.Uid {
		return nil
	}
	var failed *fs.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	return &OwnerError{path, err}
}
