package helper

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store"
)

// vaultCures tells for each way in which a vault fails what to do about it.
var vaultCures = []struct {
	is   error
	cure string
	// elsewhere: the keychain is not to be had, so that another place serves.
	elsewhere bool
}{
	{store.ErrNoDialog, "security unlock-keychain", true},
	{store.ErrLocked, "unlock it on the desktop", true},
	{store.ErrNoBus, "use a desktop session", true},
	{store.ErrNoService, "install gnome-keyring or KeePassXC and log in again", true},
	{store.ErrNoKeyring, "make one (seahorse does)", true},
	{store.ErrTimedOut, "answer its dialog, log in again if there is none", true},
	{store.ErrNoKeychain, "", true},
	{store.ErrVaultFailed, "log in again", true},
	{store.ErrNoFolder, "set HOME, or " + string(toRead), false},
	{store.ErrNoKernelKeyring, "run git on a terminal, or export " + store.PassphraseFileVariable + "=FILE", false},
	{store.ErrSealed, "git credential-bitbucket unlock", false},
	{store.ErrNoIdentity, "git credential-bitbucket store --in encrypted", false},
	{store.ErrNotFound, "git credential-bitbucket store", false},
	{store.ErrDamaged, "git credential-bitbucket store", false},
	{store.ErrNoVault, "update this program, or save the token under another name: git credential-bitbucket store --name NAME", false},
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
func (a *app) withCure(err error, way wayOut) error {
	cure := a.cureOf(err, way)
	var hinted *hintedError
	if cure == "" || errors.As(err, &hinted) {
		return err
	}
	return withHint(err, "%s", cure)
}

// cureOf is what to do about a vault's error; empty if nothing is known.
func (a *app) cureOf(err error, way wayOut) commandLine {
	var unsafe *store.UnsafeError
	var failed *store.CommandError
	var hinted *hintedError
	switch {
	case errors.As(err, &hinted):
		return hinted.hint
	case errors.As(err, &unsafe):
		return cureOfUnsafe(unsafe)
	case errors.As(err, &failed):
		return "see what it says: " + shellWords(failed.Argv)
	case errors.Is(err, errNoPassphrase) && way != toRead:
		return commandLine(way)
	case errors.Is(err, store.ErrDamagedIndex):
		index := shellPath(filepath.Join(a.store.Folder(), "index.json"))
		return "put it back from a backup, or begin anew: mv " + index + " " + index + ".damaged"
	case errors.Is(err, store.ErrNewerIndex):
		return "update this program, or use the newer one: git credential-bitbucket version"
	case errors.Is(err, store.ErrDamagedIdentity), errors.Is(err, store.ErrIdentityLost):
		return "put identity.age back from a backup, or give up its tokens: " + a.giveUpEncrypted()
	}
	for _, c := range vaultCures {
		switch {
		case !errors.Is(err, c.is):
		case c.elsewhere && c.cure != "" && way != noWayOut:
			return commandLine(c.cure + ", or " + string(way))
		case c.elsewhere && way != noWayOut:
			return commandLine(way)
		default:
			return commandLine(c.cure)
		}
	}
	return a.cureOfPermission(err)
}

// giveUpEncrypted takes away an encrypted store that nothing opens any more.
func (a *app) giveUpEncrypted() commandLine {
	return "git credential-bitbucket erase NAME, and then rm -r " + shellPath(a.encrypted.Folder())
}

// cureOfPermission is the command that makes our folder ours again, if that is where
// something may not be read or written.
func (a *app) cureOfPermission(err error) commandLine {
	folder := a.store.Folder()
	var at *fs.PathError
	if runtime.GOOS == "windows" || !errors.Is(err, fs.ErrPermission) || !errors.As(err, &at) || at.Path != folder && !strings.HasPrefix(at.Path, folder+"/") {
		return ""
	}
	path := shellPath(folder)
	return `sudo chown -R "$(id -un)" ` + path + " && chmod -R u+rwX " + path
}

// cureOfUnsafe is the command that makes a file or folder ours alone.
func cureOfUnsafe(unsafe *store.UnsafeError) commandLine {
	path := shellPath(unsafe.Path)
	switch unsafe.Problem {
	case store.IsLoose:
		return commandLine(fmt.Sprintf("chmod %04o ", unsafe.Want)) + path
	case store.IsAnothers:
		return `sudo chown "$(id -un)" ` + path
	case store.IsLink:
		// What it leads to takes its place.
		return "real=$(readlink -f " + path + ") && rm " + path + ` && mv "$real" ` + path
	}
	return "mv " + path + " " + path + ".old"
}

// renewal is how a token that is good for nothing any more is renewed, in the place
// where it is kept.
func renewal(e *store.Entry) commandLine {
	switch e.Vault {
	case store.KeychainVault, store.EnvironmentName:
		return "git credential-bitbucket store"
	case store.CommandVault:
		return "put a new one where its command takes it from, and then: git credential-bitbucket restore " + shellWord(e.Name)
	}
	return "git credential-bitbucket store --name " + shellWord(e.Name)
}

// explainVault says in one line why the token that git needs cannot be read.
func (a *app) explainVault(err error, e *store.Entry) {
	const what = `the token "%s" cannot be used: %s`
	if cure := a.cureForEntry(err, e); cure != "" {
		a.ui.line(what, "%s", e.Name, err, cure)
		return
	}
	a.ui.say(what, e.Name, err)
}

// cureForEntry is cureOf for a token that is to be read: one that is gone is renewed
// in its place.
func (a *app) cureForEntry(err error, e *store.Entry) commandLine {
	if isLost(err) {
		return renewal(e)
	}
	return a.cureOf(err, toRead)
}

// isLost tells whether it is one token that its vault cannot give back, and no matter
// of the vault.
func isLost(err error) bool {
	return errors.Is(err, store.ErrNotFound) || errors.Is(err, store.ErrDamaged) && !errors.Is(err, store.ErrDamagedIdentity)
}

// sayNoKeychain tells somebody whom git is about to ask for a password, time and
// again, why it cannot be saved.
func (a *app) sayNoKeychain(err error) {
	a.ui.line("no token can be saved in the keychain: %s", "git credential-bitbucket store, which offers other places", err)
}

// explainEnvironment says in one line why the environment's token is passed over.
func (a *app) explainEnvironment(err error) {
	var wrong *store.WrongKindError
	if errors.As(err, &wrong) && wrong.Kind == store.KindAppPassword {
		a.ui.line("%s holds an app password, and Bitbucket refuses those since %s; make an API token at %s",
			"unset %s", wrong.Source, bitbucket.AppPasswordsEnded, bitbucket.TokenPage, wrong.Source)
		return
	}
	if errors.As(err, &wrong) {
		a.ui.line("%s holds no Bitbucket token and is passed over", "unset %s", wrong.Source, wrong.Source)
		return
	}
	a.ui.line("%s", "unset %s", err, store.TokenFileVariable)
}

// explainUnfit says in one line why the environment's token did not answer.
func (a *app) explainUnfit(env *store.Environment, unfit store.Obstacle, request store.Request) {
	switch {
	case unfit == store.ByForm && env.Entry.Kind == store.KindAPIToken:
		a.ui.line("the token in %s serves api.bitbucket.org only with your Atlassian account's email",
			"export %s=YOU@EXAMPLE.COM", env.Source, store.EmailVariable)
	case unfit == store.ByUsername:
		a.ui.line("the token in %s is for another username than %s", "export %s=%s",
			env.Source, request.Username, store.UsernameVariable, shellWord(request.Username))
	}
}

// explain says in one line why a token did not answer.
func (a *app) explain(e *store.Entry, obstacle store.Obstacle, request store.Request) {
	what, cure := obstacleWords(e, obstacle, request)
	a.ui.line("%s", "%s", what, cure)
}

// obstacleWords tells why a token did not answer, and what to do about it. The
// first is raw: it is to be escaped where it is shown.
func obstacleWords(e *store.Entry, obstacle store.Obstacle, request store.Request) (what string, cure commandLine) {
	name := shellWord(e.Name)
	switch obstacle {
	case store.BySetAside:
		what = setAsideSince(e)
		if e.Vault == store.CommandVault {
			return what, renewal(e)
		}
		if e.SetAside.Reason == store.ReasonDead || e.SetAside.Reason == store.ReasonRefused && neverWorked(e) {
			return what + "; make a new one at " + bitbucket.TokenPage, renewal(e)
		}
		return what, "git credential-bitbucket restore " + name
	case store.ByExpiry:
		return fmt.Sprintf(`the token "%s" expired on %s; make a new one at %s`, e.Name, e.Expires.Format(time.DateOnly), bitbucket.TokenPage),
			renewal(e)
	case store.ByForm:
		if e.Kind == store.KindAccessToken {
			return fmt.Sprintf(`the access token "%s" serves api.bitbucket.org only from git 2.46 on`, e.Name), "update git"
		}
		return fmt.Sprintf(`the token "%s" serves api.bitbucket.org only with your Atlassian account's email`, e.Name),
			"git credential-bitbucket edit " + name + " --email YOU@EXAMPLE.COM"
	case store.ByMissingPath:
		return fmt.Sprintf(`the token "%s" is for %s, but git does not say which repository it asks for`, e.Name, e.For),
			useHTTPPath(request.Service)
	}
	return fmt.Sprintf(`the token "%s" is not known to be for the username %s`, e.Name, request.Username),
		"git credential-bitbucket edit " + name + " --also " + shellWord(request.Username)
}

// useHTTPPath is the command that makes git send helpers the path of a repository.
func useHTTPPath(service store.Service) commandLine {
	address := bitbucket.GitURL
	if service == store.REST {
		address = bitbucket.RESTURL
	}
	return commandLine("git config --global credential." + address + ".useHttpPath true")
}

// setAsideSince tells since when an entry is set aside, and why.
func setAsideSince(e *store.Entry) string {
	return fmt.Sprintf(`the token "%s" is set aside since %s (%s)`, e.Name, e.SetAside.At.Format(time.DateOnly), setAsideWords(e))
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
