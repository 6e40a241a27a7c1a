package helper

import (
	"errors"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store"
)

// keychainCures tells for each way in which a keychain fails what to do about it.
var keychainCures = []struct {
	is   error
	cure string
}{
	{store.ErrNotFound, "git credential-bitbucket store"},
	{store.ErrLocked, "unlock it on the desktop, or " + inEnvironment},
	{store.ErrNoBus, "use a desktop session, or " + inEnvironment},
	{store.ErrNoService, "install gnome-keyring or KeePassXC and log in again, or " + inEnvironment},
	{store.ErrNoKeyring, "make one (seahorse does), or " + inEnvironment},
	{store.ErrTimedOut, "answer its dialog, log in again if there is none, or " + inEnvironment},
	{store.ErrNoKeychain, inEnvironment},
	{store.ErrVaultFailed, "log in again, or " + inEnvironment},
}

// inEnvironment is the way to use a token where there is no keychain.
const inEnvironment = "put the token in the environment: export " + store.TokenVariable + "=…"

// withCure adds to a vault's error what to do about it.
func withCure(err error) error {
	if cure := cureOf(err); cure != "" {
		return withHint(err, "%s", cure)
	}
	return err
}

// cureOf is what to do about a vault's error; empty if nothing is known.
func cureOf(err error) commandLine {
	for _, k := range keychainCures {
		if errors.Is(err, k.is) {
			return commandLine(k.cure)
		}
	}
	return ""
}

// explainVault says in one line why the token that git needs cannot be read.
func (a *app) explainVault(err error, e *store.Entry) {
	a.lineWithCure(`the token "%s" cannot be used: %s`, err, e.Name, err)
}

// sayNoKeychain tells somebody whom git is about to ask for a password, time and
// again, why it cannot be saved.
func (a *app) sayNoKeychain(err error) { a.lineWithCure("no token can be saved here: %s", err, err) }

// lineWithCure says in one line what is wrong and, where one is known, the cure
// for the vault's error.
func (a *app) lineWithCure(what string, err error, args ...any) {
	if cure := cureOf(err); cure != "" {
		a.ui.line(what, "%s", append(args, cure)...)
		return
	}
	a.ui.say(what, args...)
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
