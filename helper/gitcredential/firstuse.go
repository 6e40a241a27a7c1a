package gitcredential

import (
	"context"
	"errors"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// askKey, set to false, turns the question off for good.
const askKey = "credential-bitbucket.ask"

// firstUse asks a person for a token when git wants one and nothing is saved yet,
// and answers git with it; it reports whether it did. Bitbucket is not asked: git is about
// to find out. What cannot be done is left to git's own prompt, without a word.
func firstUse(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request) (answered bool, err error) {
	if request.Service != store.Git || !run.IsWatched() || !mayAsk(ctx) {
		return false, nil
	}
	if err := run.Keychain.Ready(ctx); err != nil {
		sayNoKeychain(run, err)
		return false, nil
	}
	var entry store.Entry
	var token tokens.Token
	var askErr error
	known, err := run.Store.AskOnce(ctx, func() (typed bool) {
		entry, token, askErr = askForToken(ctx, run, c)
		return !token.Empty()
	})
	switch {
	case askErr != nil:
		return false, askErr
	case err != nil:
		return false, nil // another's question took too long, or this one cannot be noted
	case known:
		return getSaved(ctx, run, c, request)
	case token.Empty():
		return false, nil
	}
	return true, answer(run, c, request, &entry, tokens.Secret{Token: token})
}

// mayAsk looks at git's configuration: whether a question may be asked at all, and
// whether a helper behind this one may know the answer.
func mayAsk(ctx context.Context) bool {
	settings, err := git.Settings(ctx, ".")
	if err != nil {
		return false
	}
	if ask, found := git.Value(git.Own(settings), askKey); found && git.IsFalse(ask) {
		return false
	}
	if program.SettingsForbidQuestions(settings) {
		return false
	}
	chain := git.Helpers(settings, bitbucket.GitURL)
	before, ours := git.SplitAt(chain, setup.IsThisProgram)
	return ours != nil && len(before) == len(chain)-1
}

// askForToken explains, asks, and saves. What cannot be saved is answered all the
// same: it was typed, and may never be shown again. Enter alone, Ctrl-D, and what
// cannot be a token, leave git to ask.
func askForToken(ctx context.Context, run *program.Run, c *credential.Credential) (store.Entry, tokens.Token, error) {
	t, err := console.OpenTerminal()
	if err != nil {
		return store.Entry{}, tokens.Token{}, nil
	}
	defer t.Close()
	run.UI.Tellf(`git wants a token for bitbucket.org: make one at %s`, bitbucket.TokenPage)
	run.UI.Tellf(`  with "%s", and tick %s and %s`, bitbucket.TokenButton, bitbucket.ReadScope, bitbucket.WriteScope)
	run.UI.Tellf("  it is saved in the keychain; never to be asked here again: git config --global %s false", askKey)
	text, err := run.UI.AskSecret(t, "token (not shown; Enter skips)")
	if errors.Is(err, console.ErrCancelled) {
		return store.Entry{}, tokens.Token{}, nil
	}
	if err != nil || text == "" {
		return store.Entry{}, tokens.Token{}, err
	}
	token := tokens.New(text)
	if !token.Kind().IsToken() || !token.WellFormed() || len(text) > tokens.MaxSecret {
		run.UI.Line("this is not an API token or access token, and it was not saved", "git credential-bitbucket store")
		return store.Entry{}, tokens.Token{}, nil
	}
	e := firstEntry(c, token)
	saved, err := run.Store.Save(ctx, e, tokens.Secret{Token: token}, nil)
	if err != nil {
		run.UI.Line("the token is used now, but could not be saved: %s", "git credential-bitbucket store", err)
		return e, token, nil
	}
	return saved, token, nil
}

// firstEntry is an entry that Bitbucket has not accepted yet. A username in the request is
// not kept: it may be a submodule's, and not the person's.
func firstEntry(c *credential.Credential, token tokens.Token) store.Entry {
	e := store.Entry{Vault: store.KeychainVault, Kind: token.Kind()}
	if e.Kind == tokens.KindAccessToken {
		e.For = store.ForPath(c.Path)
	}
	e.Expires, e.Guessed = details.GuessedExpiry(), true
	e.Name = details.NameFor(&e)
	return e
}

// sayNoKeychain tells a person whom git is about to ask for a password, time and
// again, why it cannot be saved.
func sayNoKeychain(run *program.Run, err error) {
	run.UI.Line("no token can be saved in the keychain: %s", "git credential-bitbucket store, which offers other places", err)
}
