package helper

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/verify"
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
	toRead   wayOut = "put the token in the environment: export " + store.TokenVariable + "=…"
	toSave   wayOut = "keep the token elsewhere: git credential-bitbucket store --in encrypted (or file, or 'command:…'); or export " + store.TokenVariable + "=…"
	toMove   wayOut = "choose another --in: keychain, encrypted, file or 'command:…'"
	toMend   wayOut = "keep the token elsewhere: git credential-bitbucket check --fix --in encrypted (or file)"
	noWayOut wayOut = "" // as for a token that is to be destroyed
)

// withCure adds to a vault's error what to do about it, unless that is known.
func (run *Run) withCure(err error, way wayOut) error {
	cure := run.cureOf(err, way)
	var hinted *console.HintedError
	if cure == "" || errors.As(err, &hinted) {
		return err
	}
	return console.WithHintf(err, "%s", cure)
}

// cureOf is what to do about a vault's error; empty if nothing is known.
func (run *Run) cureOf(err error, way wayOut) console.CommandLine {
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
	case errors.Is(err, errNoPassphrase) && way != toRead:
		return console.CommandLine(way)
	case errors.As(err, &dead):
		return "put back what it leads to, or begin anew: rm " + console.ShellPath(dead.Path)
	case errors.Is(err, store.ErrDamagedIndex):
		index := filepath.Join(run.Store.Folder(), "index.json")
		return "put it back from a backup, or begin anew: mv " + console.ShellPath(index) + " " + console.ShellPath(git.FreeCopy(index))
	case errors.Is(err, store.ErrNoVault) && way == noWayOut:
		return "update this program, or forget it on a terminal: git credential-bitbucket erase NAME"
	case errors.Is(err, store.ErrNoFolder):
		return cureOfNoFolder() + ", or " + console.CommandLine(toRead)
	case errors.Is(err, store.ErrNewerIndex):
		return "update this program, or use the newer one: git credential-bitbucket version"
	case errors.Is(err, encrypted.ErrDamagedIdentity), errors.Is(err, encrypted.ErrIdentityLost):
		return "put identity.age back from a backup, or give up its tokens: " + run.giveUpEncrypted()
	}
	for _, c := range vaultCures {
		switch {
		case !errors.Is(err, c.is):
		case c.elsewhere && c.cure != "" && way != noWayOut:
			return console.CommandLine(c.cure + ", or " + string(way))
		case c.elsewhere && way != noWayOut:
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

// renewal is how a token that is good for nothing any more is renewed, in the place
// where it is kept.
func renewal(e *store.Entry) console.CommandLine {
	switch e.Vault {
	case store.KeychainVault, store.EnvironmentName:
		return "git credential-bitbucket store"
	case store.CommandVault:
		return "put a new one where its command takes it from, and then: git credential-bitbucket restore " + console.ShellWord(e.Name)
	}
	return "git credential-bitbucket store --name " + console.ShellWord(e.Name)
}

// explainVault says in one line why the token that git needs cannot be read.
func (run *Run) explainVault(err error, e *store.Entry) {
	run.lineWith(run.cureForEntry(err, e), `the token "%s" cannot be used: %s`, e.Name, err)
}

// lineWith says in one line what is wrong and, if that is known, what to do.
func (run *Run) lineWith(cure console.CommandLine, what string, args ...any) {
	if cure == "" {
		run.UI.Sayf(what, args...)
		return
	}
	run.UI.Line(what, "%s", append(args, cure)...)
}

// cureForEntry is cureOf for a token that is to be read: one that is gone is renewed
// in its place.
func (run *Run) cureForEntry(err error, e *store.Entry) console.CommandLine {
	if isLost(err) {
		return renewal(e)
	}
	return run.cureOf(err, toRead)
}

// isLost reports whether it is one token that its vault cannot give back, and no matter
// of the vault.
func isLost(err error) bool {
	return errors.Is(err, tokens.ErrNotFound) || errors.Is(err, tokens.ErrDamaged) && !errors.Is(err, encrypted.ErrDamagedIdentity)
}

// sayNoKeychain tells somebody whom git is about to ask for a password, time and
// again, why it cannot be saved.
func sayNoKeychain(run *Run, err error) {
	run.UI.Line("no token can be saved in the keychain: %s", "git credential-bitbucket store, which offers other places", err)
}

// explainEnvironment says in one line why the environment's token is passed over.
func explainEnvironment(run *Run, err error) {
	var wrong *store.WrongKindError
	if errors.As(err, &wrong) && wrong.Kind == tokens.KindAppPassword {
		run.UI.Line("%s holds an app password, and Bitbucket refuses those since %s; make an API token at %s",
			"unset %s", wrong.Source, bitbucket.AppPasswordsEnded, bitbucket.TokenPage, wrong.Source)
		return
	}
	if errors.As(err, &wrong) && wrong.Kind == tokens.KindServiceAccount {
		run.UI.Line("%s holds a service account's token, and those have no scopes for Bitbucket yet",
			"%s", wrong.Source, console.CommandLine(verify.NewAccessTokenCure))
		return
	}
	if errors.As(err, &wrong) {
		run.UI.Line("%s holds no Bitbucket token and is passed over", "unset %s", wrong.Source, wrong.Source)
		return
	}
	run.lineWith(cmp.Or(run.cureOf(err, noWayOut), console.CommandLine("unset "+store.TokenFileVariable)), "%s", err)
}

// explainUnfit says in one line why the environment's token did not answer.
func explainUnfit(run *Run, env *store.Environment, unfit store.Obstacle, request store.Request) {
	switch {
	case unfit == store.ByForm && env.Entry.Kind == tokens.KindAPIToken:
		run.UI.Line("the token in %s serves api.bitbucket.org only with your Atlassian account's email",
			"export %s=YOU@EXAMPLE.COM", env.Source, store.EmailVariable)
	case unfit == store.ByUsername && !store.PlausibleUsername(request.Username):
		run.UI.Line("the token in %s is for another username than %s", "%s", env.Source, secretName, checkCommand)
	case unfit == store.ByUsername:
		run.UI.Line("the token in %s is for another username than %s", "export %s=%s",
			env.Source, request.Username, store.UsernameVariable, console.ShellWord(request.Username))
	}
}

// explain says in one line why a token did not answer.
func explain(run *Run, e *store.Entry, obstacle store.Obstacle, request store.Request) {
	what, cure := obstacleWords(e, obstacle, request)
	run.UI.Line("%s", "%s", what, cure)
}

// obstacleWords tells why a token did not answer, and what to do about it. The
// first is raw: it is to be escaped where it is shown.
func obstacleWords(e *store.Entry, obstacle store.Obstacle, request store.Request) (what string, cure console.CommandLine) {
	name := console.ShellWord(e.Name)
	switch obstacle {
	case store.BySetAside:
		what = setAsideSince(e)
		if e.Vault == store.CommandVault {
			return what, renewal(e)
		}
		if e.IsDead() || e.SetAside.Reason == store.ReasonRefused && e.NeverWorked() {
			return what + "; " + whereToRenew(e.Kind), renewal(e)
		}
		return what, "git credential-bitbucket restore " + name
	case store.ByRefusal:
		r := e.RefusedAt(request.Path, time.Now())
		if r == nil { // its time has just ended
			return fmt.Sprintf(`the token "%s" was refused here a moment ago`, e.Name), "try again"
		}
		return fmt.Sprintf(`Bitbucket refused the token "%s" for %s at %s; %s it is not tried there again until %s`, e.Name, r.For,
			r.At.Local().Format(time.TimeOnly), whyRefused(e), r.Until.Local().Format(time.TimeOnly)), cureOfRefusal(e, r)
	case store.ByExpiry:
		return fmt.Sprintf(`the token "%s" expired on %s; %s`, e.Name, e.Expires.Format(time.DateOnly), whereToRenew(e.Kind)), renewal(e)
	case store.ByForm:
		if e.Kind == tokens.KindAccessToken {
			return fmt.Sprintf(`the access token "%s" serves api.bitbucket.org only from git 2.46 on`, e.Name), "update git"
		}
		return fmt.Sprintf(`the token "%s" serves api.bitbucket.org only with your Atlassian account's email`, e.Name),
			"git credential-bitbucket edit " + name + " --email YOU@EXAMPLE.COM"
	case store.ByMissingPath:
		return fmt.Sprintf(`the token "%s" is for %s, but git does not say which repository it asks for`, e.Name, e.For),
			useHTTPPath(request.Service)
	}
	if !store.PlausibleUsername(request.Username) {
		return fmt.Sprintf(`the token "%s" is not known to be for the username %s`, e.Name, secretName), checkCommand
	}
	// The name may be a submodule's, so it is not offered without a condition.
	return fmt.Sprintf(`the token "%s" is not known to be for the username %s`, e.Name, request.Username),
		"if that account is yours too: git credential-bitbucket edit " + name + " --also " + console.ShellWord(request.Username)
}

// useHTTPPath is the command that makes git send helpers the path of a repository.
func useHTTPPath(service store.Service) console.CommandLine {
	address := bitbucket.GitURL
	if service == store.REST {
		address = bitbucket.RESTURL
	}
	return console.CommandLine("git config --global credential." + address + ".useHttpPath true")
}

// setAsideSince tells since when an entry is set aside, and why.
func setAsideSince(e *store.Entry) string {
	return fmt.Sprintf(`the token "%s" has been set aside since %s (%s)`, e.Name, e.SetAside.At.Format(time.DateOnly), setAsideWords(e))
}

// setAsideWords is why an entry was set aside.
func setAsideWords(e *store.Entry) string {
	switch e.SetAside.Reason {
	case store.ReasonForgotten:
		return "git was told to forget it"
	case store.ReasonDead:
		return "Bitbucket says that it is dead"
	}
	return "Bitbucket refused it"
}
