//go:build !unix

package private

import (
	"io/fs"
	"os"

	"github.com/rogpeppe/go-internal/robustio"
)

// On Windows a folder in the person's profile is closed to others by its access
// control list, which the bits of a mode do not show.
const hasModes = false

// noFollow is for systems where others can put links into a folder of this program.
const noFollow = 0

// readFile reads a file that is ours, but no symbolic link. While another process
// replaces the file, Windows refuses it for a moment; that is waited for.
func readFile(path string, forbidden fs.FileMode, most int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err == nil {
		err = check(path, info, fileMode, forbidden)
	}
	switch {
	case err != nil:
		return nil, err
	case info.Size() > most:
		return nil, errTooLarge(path, most)
	}
	return robustio.ReadFile(path)
}

// linkError has nothing to add: links are followed.
func linkError(_ string, err error) error { return err }

// lockFlags open the file of a lock, which is there.
func lockFlags() int { return os.O_RDONLY }

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

func isOurs(string, fs.FileInfo) bool { return true }

// OwnedByUser reports whether a file belongs to the very user of this program.
func OwnedByUser(fs.FileInfo) bool { return true }

func isAdmins(fs.FileInfo) bool { return true }

func isOwnersGroup(fs.FileInfo) bool { return true }

// giveOwner has nothing to do: a new file belongs to who owns its folder.
func giveOwner(*os.File, string, fs.FileInfo) error { return nil }

// hasGroupOf: the bits of a mode say nothing here.
func hasGroupOf(*os.File, fs.FileInfo) bool { return true }

func giveFolderOwner(path, above string) error { return nil }
