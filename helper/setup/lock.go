package setup

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// WithLock adds what to do about a file that could not be replaced: a lock that is left, a file
// that is mounted by itself, as into a container, or one that cannot be written, as of a manager
// of configuration files.
func WithLock(err error, file string) error {
	const lines = "git credential-bitbucket setup --print >> "
	switch {
	case err == nil:
		return nil
	case errors.Is(err, git.ErrBusy):
		return console.WithHintf(err, "try again; if no git runs, %s", "rm "+shell.Path(file+".lock"))
	}
	err = fmt.Errorf("%w; nothing in it was changed", err)
	if hint.Of(err, "") != "" {
		return err
	}
	if !errors.Is(err, fs.ErrPermission) && !errors.Is(err, syscall.EROFS) && !errors.Is(err, syscall.EBUSY) && !errors.Is(err, syscall.EXDEV) {
		return err
	}
	other, folder := beside(file)
	switch {
	case canAppend(file):
		return console.WithHintf(err, "%s", lines+shell.Path(file))
	case other == "":
		return err
	case folder != "":
		return console.WithHintf(err, "git reads another file as well: %s", "mkdir -p "+shell.Path(folder)+" && "+lines+shell.Path(other))
	}
	return console.WithHintf(err, "git reads another file as well: %s", lines+shell.Path(other))
}

// beside is the other of the two files that git reads as the global configuration, and the
// folder that has to be made for it; "" if the file is neither.
func beside(file string) (other, folder string) {
	home, err := shell.Home()
	if err != nil {
		return "", ""
	}
	config := os.Getenv("XDG_CONFIG_HOME")
	if config == "" {
		config = filepath.Join(home, ".config")
	}
	first, second := filepath.Join(config, "git", "config"), filepath.Join(home, ".gitconfig")
	switch file {
	case first:
		return second, ""
	case second:
		if _, err := os.Stat(filepath.Dir(first)); err != nil {
			folder = filepath.Dir(first)
		}
		return first, folder
	}
	return "", ""
}

// canAppend reports whether a file can be written to where it is, but not replaced.
func canAppend(file string) bool {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return false
	}
	f.Close()
	return true
}
