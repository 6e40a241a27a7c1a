package program

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// vaultCures tells for each way in which a vault fails what to do about it.
var vaultCures = []struct {
	is   error
	cure string
	// elsewhere: the keychain is not to be had, so that another place serves.
	elsewhere bool
}{
	{keychain.ErrNoDialog, "security unlock-keychain", true},
	{keychain.ErrLocked, "unlock it on the desktop", true},
	{keychain.ErrNoBus, "use a desktop session", true},
	{keychain.ErrNoService, "install gnome-keyring or KeePassXC and log in again", true},
	{keychain.ErrNoKeyring, "make one (seahorse does)", true},
	{tokens.ErrTimedOut, "answer its dialog, log in again if there is none", true},
	{keychain.ErrNoKeychain, "", true},
	{tokens.ErrVaultFailed, "log in again", true},
	{encrypted.ErrNoKernelKeyring, "run git on a terminal, or export " + encrypted.PassphraseFileVariable + "=FILE", false},
	{store.ErrNotRun, "run git as that user", false},
	{encrypted.ErrSealed, "git credential-bitbucket unlock", false},
	{encrypted.ErrNoIdentity, "git credential-bitbucket store --in encrypted", false},
	{tokens.ErrNotFound, "git credential-bitbucket store", false},
	{tokens.ErrDamaged, "git credential-bitbucket store", false},
	{store.ErrNoVault, "update this program, or save a token anew: git credential-bitbucket store --name NAME && git credential-bitbucket edit NAME --default", false},
}

// wayOut is what else to do where a vault cannot be used, by what was to be done.
type wayOut string

const (
	ToRead   wayOut = "put the token in the environment: export " + store.TokenVariable + "=…"
	ToSave   wayOut = "keep the token elsewhere: git credential-bitbucket store --in encrypted (or file, or 'command:…'); or export " + store.TokenVariable + "=…"
	ToMove   wayOut = "choose another --in: keychain, encrypted, file or 'command:…'"
	ToMend   wayOut = "keep the token elsewhere: git credential-bitbucket check --fix --in encrypted (or file)"
	NoWayOut wayOut = "" // as for a token that is to be destroyed
)

// WithCure adds to a vault's error what to do about it, unless that is known.
func (run *Run) WithCure(err error, way wayOut) error {
	cure := run.CureOf(err, way)
	var hinted *console.HintedError
	if cure == "" || errors.As(err, &hinted) {
		return err
	}
	return console.WithHintf(err, "%s", cure)
}

// CureOf is what to do about a vault's error; empty if nothing is known.
func (run *Run) CureOf(err error, way wayOut) console.CommandLine {
	var unsafe *private.UnsafeError
	var failed *command.Error
	var hinted *console.HintedError
	var dead *store.DeadLinkError
	var relative *tokens.RelativePathError
	var inName *store.TokenInNameError
	var owner *private.OwnerError
	switch {
	case errors.As(err, &hinted):
		return hinted.Hint
	case errors.As(err, &unsafe):
		return cureOfUnsafe(unsafe)
	case errors.As(err, &failed):
		return "see what it says: " + console.ShellWords(failed.Argv)
	case errors.As(err, &owner):
		return cureOfOwner(owner)
	case errors.As(err, &relative):
		return console.CommandLine("export "+relative.Variable+"=/PATH/TO/") + console.ShellWord(filepath.Base(relative.Path))
	case errors.As(err, &inName):
		return console.CommandLine("unset " + inName.Variable)
	case errors.Is(err, ErrNoPassphrase) && way != ToRead:
		return console.CommandLine(way)
	case errors.As(err, &dead):
		return "put back what it leads to, or begin anew: rm " + console.ShellPath(dead.Path)
	case errors.Is(err, store.ErrDamagedIndex):
		index := filepath.Join(run.Store.Folder(), "index.json")
		return "put it back from a backup, or begin anew: mv " + console.ShellPath(index) + " " + console.ShellPath(git.FreeCopy(index))
	case errors.Is(err, store.ErrNoVault) && way == NoWayOut:
		return "update this program, or forget it on a terminal: git credential-bitbucket erase NAME"
	case errors.Is(err, store.ErrNoFolder):
		return cureOfNoFolder() + ", or " + console.CommandLine(ToRead)
	case errors.Is(err, store.ErrNewerIndex):
		return "update this program, or use the newer one: git credential-bitbucket version"
	case errors.Is(err, encrypted.ErrDamagedIdentity), errors.Is(err, encrypted.ErrIdentityLost):
		return "put identity.age back from a backup, or give up its tokens: " + run.giveUpEncrypted()
	}
	for _, c := range vaultCures {
		switch {
		case !errors.Is(err, c.is):
		case c.elsewhere && c.cure != "" && way != NoWayOut:
			return console.CommandLine(c.cure + ", or " + string(way))
		case c.elsewhere && way != NoWayOut:
			return console.CommandLine(way)
		default:
			return console.CommandLine(c.cure)
		}
	}
	return run.cureOfPermission(err)
}

// giveUpEncrypted takes away an encrypted store that nothing opens any more.
func (run *Run) giveUpEncrypted() console.CommandLine {
	return "git credential-bitbucket erase NAME, and then rm -r " + console.ShellPath(run.Encrypted.Folder())
}

// cureOfPermission is the command that makes our folder ours again, if that is where
// something may not be read or written.
func (run *Run) cureOfPermission(err error) console.CommandLine {
	folder := run.Store.Folder()
	var at *fs.PathError
	if runtime.GOOS == "windows" || !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) ||
		!isWithin(at.Path, folder) && !isWithin(folder, at.Path) {
		return ""
	}
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		path := console.ShellPath(real)
		return `sudo chown -R "$(id -un)" ` + path + " && chmod -R u+rwX " + path
	}
	// It cannot even be made, or be seen: the folder above it is another's.
	home, err := git.Home()
	above := filepath.Dir(folder)
	for !exists(above) && above != filepath.Dir(above) {
		above = filepath.Dir(above)
	}
	if err != nil || above == home || !isWithin(above, home) {
		return ""
	}
	path := console.ShellPath(above)
	return `sudo chown "$(id -un)" ` + path + " && chmod u+rwx " + path
}

// isWithin reports whether a path is a folder or lies in it.
func isWithin(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, strings.TrimSuffix(folder, "/")+"/")
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// cureOfNoFolder is how the system is told where a person's configuration lies
// (os.UserConfigDir).
func cureOfNoFolder() console.CommandLine {
	switch {
	case runtime.GOOS == "windows":
		return "set AppData"
	case runtime.GOOS != "darwin" && os.Getenv("XDG_CONFIG_HOME") != "":
		return "make XDG_CONFIG_HOME an absolute path"
	}
	return "set HOME"
}

// cureOfUnsafe is the command that makes a file or folder ours alone.
func cureOfUnsafe(unsafe *private.UnsafeError) console.CommandLine {
	path := console.ShellPath(unsafe.Path)
	switch unsafe.Problem {
	case private.IsLoose:
		return console.CommandLine(fmt.Sprintf("chmod %04o ", unsafe.Want)) + path
	case private.IsAnothers:
		return `sudo chown "$(id -un)" ` + path
	case private.IsLink:
		// What it leads to takes its place.
		return "real=$(readlink -f " + path + ") && rm " + path + ` && mv "$real" ` + path
	}
	return "mv " + path + " " + path + ".old"
}

// cureOfOwner is what to do where a file would have another owner than before.
func cureOfOwner(err *private.OwnerError) console.CommandLine {
	home, homeErr := git.Home()
	switch {
	case os.Geteuid() == 0:
		return "type it as the user whose home this is, without sudo"
	case homeErr == nil && isWithin(err.Path, home):
		return `sudo chown "$(id -un)" ` + console.ShellPath(err.Path)
	}
	return ""
}

// LineWith says in one line what is wrong and, if that is known, what to do.
func (run *Run) LineWith(cure console.CommandLine, what string, args ...any) {
	if cure == "" {
		run.UI.Sayf(what, args...)
		return
	}
	run.UI.Line(what, "%s", append(args, cure)...)
}
