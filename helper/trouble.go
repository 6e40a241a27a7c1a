package helper

import (
	"errors"
	"fmt"
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
	{store.ErrNotFound, "git credential-bitbucket store", false},
	{store.ErrLocked, "unlock it on the desktop", true},
	{store.ErrNoBus, "use a desktop session", true},
	{store.ErrNoService, "install gnome-keyring or KeePassXC and log in again", true},
	{store.ErrNoKeyring, "make one (seahorse does)", true},
	{store.ErrTimedOut, "answer its dialog, log in again if there is none", true},
	{store.ErrNoKeychain, "", true},
	{store.ErrVaultFailed, "log in again", true},
	{store.ErrNoFolder, "set HOME", true},
	{store.ErrNoKernelKeyring, "run git on a terminal, or export " + store.PassphraseFileVariable + "=FILE", false},
	{store.ErrSealed, "git credential-bitbucket unlock", false},
	{store.ErrNoIdentity, "git credential-bitbucket store --in encrypted", false},
	{store.ErrDamaged, "git credential-bitbucket store", false},
}

// The ways out where there is no keychain: for a token that lies in one, and for
// one that is to be saved.
const (
	inEnvironment = "put the token in the environment: export " + store.TokenVariable + "=…"
	otherPlaces   = "keep the token elsewhere: git credential-bitbucket store --in encrypted (or file, or 'command:…'); or export " + store.TokenVariable + "=…"
)

// withCure adds to a vault's error what to do about it, unless that is known.
func withCure(err error) error { return withCureOf(err, cureOf(err)) }

func withCureOf(err error, cure commandLine) error {
	var hinted *hintedError
	if cure == "" || errors.As(err, &hinted) {
		return err
	}
	return withHint(err, "%s", cure)
}

// cureOf is what to do about a vault's error when a token in it is wanted; empty if
// nothing is known.
func cureOf(err error) commandLine { return cureWith(err, inEnvironment) }

// savingCure is what to do about it when a token is to be saved there.
func savingCure(err error) commandLine { return cureWith(err, otherPlaces) }

// cureWith is what to do about it, or else about the keychain.
func cureWith(err error, elsewhere string) commandLine {
	var unsafe *store.UnsafeError
	var failed *store.CommandError
	switch {
	case errors.As(err, &unsafe):
		return cureOfUnsafe(unsafe)
	case errors.As(err, &failed):
		return "see what it says: " + commandWords(failed.Argv)
	}
	for _, c := range vaultCures {
		switch {
		case !errors.Is(err, c.is):
		case c.elsewhere && c.cure != "" && elsewhere != "":
			return commandLine(c.cure + ", or " + elsewhere)
		case c.elsewhere && elsewhere != "":
			return commandLine(elsewhere)
		default:
			return commandLine(c.cure)
		}
	}
	return ""
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
		return "rm " + path + ", and save the token again: git credential-bitbucket store"
	}
	return "mv " + path + " " + path + ".old"
}

// explainVault says in one line why the token that git needs cannot be read.
func (a *app) explainVault(err error, e *store.Entry) {
	const what = `the token "%s" cannot be used: %s`
	if cure := cureOf(err); cure != "" {
		a.ui.line(what, "%s", e.Name, err, cure)
		return
	}
	a.ui.say(what, e.Name, err)
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
		what = fmt.Sprintf(`the token "%s" is set aside since %s (%s)`, e.Name, e.SetAside.At.Format(time.DateOnly), setAsideWords(e))
		if e.Vault == store.CommandVault {
			return what + "; once its command prints a new one, put it back", "git credential-bitbucket restore " + name
		}
		if e.SetAside.Reason == store.ReasonDead || e.SetAside.Reason == store.ReasonRefused && neverWorked(e) {
			return what + "; make a new one at " + bitbucket.TokenPage, "git credential-bitbucket store"
		}
		return what, "git credential-bitbucket restore " + name
	case store.ByExpiry:
		return fmt.Sprintf(`the token "%s" expired on %s; make a new one at %s`, e.Name, e.Expires.Format(time.DateOnly), bitbucket.TokenPage),
			"git credential-bitbucket store"
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
