package program

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
)

// wayOut is what else to do where a vault cannot be used, by what was to be done.
type wayOut string

const (
	ToRead   wayOut = "export " + store.TokenVariable + "=…"
	ToSave   wayOut = "git credential-bitbucket store --in encrypted (or file, or 'command:…')" + hint.Or + "export " + store.TokenVariable + "=…"
	ToMove   wayOut = "choose another --in: keychain, encrypted, file or 'command:…'"
	ToMend   wayOut = "git credential-bitbucket check --fix --in encrypted (or file)"
	NoWayOut wayOut = "" // as for a token that is to be destroyed
)

// WithHint adds to an error what to type about it, with the way out where a vault is not to
// be had.
func (run *Run) WithHint(err error, way wayOut) error {
	if line := run.Hint(err, way); line != "" {
		return hint.With(err, line)
	}
	return err
}

// Hint is what to type about an error; "" if nothing is known.
func (run *Run) Hint(err error, way wayOut) hint.Line {
	if errors.Is(err, ErrNoPassphrase) && way != ToRead {
		return hint.Line(way)
	}
	if line := hint.Of(err, hint.Line(way)); line != "" {
		return line
	}
	return cureOfPermission(err, run.Store.Folder())
}

// cureOfPermission is the command that makes the folder of entries the user's again, if that is where
// something may not be read or written.
func cureOfPermission(err error, folder string) hint.Line {
	var at *fs.PathError
	if runtime.GOOS == "windows" || !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) ||
		!private.IsWithin(at.Path, folder) && !private.IsWithin(folder, at.Path) {
		return ""
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		path := shell.Path(real)
		return `sudo chown -R "$(id -un)" ` + path + " && chmod -R u+rwX " + path
	}
	// It cannot even be made, or be seen: the folder above it is another's.
	home, err := shell.Home()
	above := filepath.Dir(folder)
	for !exists(above) && above != filepath.Dir(above) {
		above = filepath.Dir(above)
	}
	if err != nil || above == home || !private.IsWithin(above, home) {
		return ""
	}
	path := shell.Path(above)
	return `sudo chown "$(id -un)" ` + path + " && chmod u+rwx " + path
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// LineWith says in one line what is wrong and, if that is known, what to do.
func (run *Run) LineWith(cure hint.Line, what string, args ...any) {
	if cure == "" {
		run.UI.Sayf(what, args...)
		return
	}
	run.UI.Advise(what, "%s", append(args, cure)...)
}
