package helper

import (
	"errors"

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
	for _, k := range keychainCures {
		if errors.Is(err, k.is) {
			return withHint(err, "%s", k.cure)
		}
	}
	return err
}

// explainVault says in one line why the token that git needs cannot be read.
func (a *app) explainVault(err error, e *store.Entry) {
	var hinted *hintedError
	if errors.As(withCure(err), &hinted) {
		a.ui.line(`the token "%s" cannot be used: %s`, "%s", e.Name, err, hinted.hint)
		return
	}
	a.ui.say(`the token "%s" cannot be used: %s`, e.Name, err)
}

// sayNoKeychain tells somebody whom git is about to ask for a password, time and
// again, why it cannot be saved.
func (a *app) sayNoKeychain(err error) {
	var hinted *hintedError
	if errors.As(withCure(err), &hinted) {
		a.ui.line("no token can be saved here: %s", "%s", err, hinted.hint)
	}
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
