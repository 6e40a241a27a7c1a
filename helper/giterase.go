package helper

import (
	"context"
	"errors"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// gitErase takes note of a refusal, or of a person who told git to forget. A
// Bitbucket token is shown only once by the page that made it, so it is set
// aside; only a person destroys one.
func (a *app) gitErase() error {
	a.asksNobody = true // git has a question of its own now
	c, err := a.readCredential("erase")
	if err != nil {
		return err
	}
	if store.ServiceAt(c.Protocol, c.Host) != store.Git || isAnothers(c) {
		return nil
	}
	if !c.Password.Given() {
		return a.forgetAll(c)
	}
	token := store.NewToken(c.Password.Reveal())
	if env := a.environmentWith(token); env != nil {
		a.ui.say("Bitbucket refused the token that came from the environment (%s); put a good one there", env.Source)
		return nil
	}
	entries, err := a.entriesForGit()
	if err != nil {
		return err
	}
	if known := byToken(entries, token); known != nil {
		return a.refused(known, token)
	}
	return a.erasePassword(c, token, entries)
}

// isAnothers tells whether what was refused is another helper's answer with
// authtype. Git tells that to helpers that know authtype; to others it looks like
// a refusal of nothing, which only a person who types it can mean.
func isAnothers(c *credential.Credential) bool {
	return c.AuthType != "" || c.Secret.Given() || !c.Password.Given() && len(c.WWWAuth) > 0
}

// eraseAsks bounds the question to Bitbucket while git waits.
const eraseAsks = 5 * time.Second

// refused finds out whether a token that Bitbucket refused is dead, or only this
// request was no good, and says which.
func (a *app) refused(e *store.Entry, token store.Token) error {
	if !isAskable(e) {
		return a.refusedUnconfirmed(e)
	}
	ctx, cancel := context.WithTimeout(a.ctx, eraseAsks)
	defer cancel()
	now, news, err := a.store.Judge(ctx, e.ID, func(e *store.Entry) (store.Answer, error) { return a.askAbout(ctx, e, token) })
	switch {
	case errors.Is(err, store.ErrNoVerdict):
		return a.refusedUnconfirmed(e)
	case err != nil:
		return err
	case !now.IsSetAside(time.Now()):
		a.ui.say(`Bitbucket refused this repository, but the token "%s" is valid (%s); check the URL or ask for access`,
			e.Name, scopeWords(now.Scopes))
	case news && now.SetAside.Reason == store.ReasonDead:
		a.sayDead(&now)
	case news:
		a.sayResting(&now)
	}
	return nil
}

// isAskable tells whether Bitbucket can be asked about the entry at all.
func isAskable(e *store.Entry) bool {
	return e.Kind == store.KindAccessToken || e.Kind == store.KindAPIToken && e.Email != ""
}

// errEmailUnsure: REST refuses a token that git's endpoint has taken, with an email
// that REST has never taken. It may be the email that is wrong.
var errEmailUnsure = errors.New("the email may be wrong")

// askAbout asks whether the entry's token is alive.
func (a *app) askAbout(ctx context.Context, e *store.Entry, token store.Token) (store.Answer, error) {
	settings, _ := git.Settings(ctx, ".")
	client, err := a.client(settings)
	if err != nil {
		return store.Answer{}, err
	}
	account, err := client.Ask(ctx, e.Kind, e.Email, token)
	switch {
	case err == nil:
		return store.Answer{Alive: true, Scopes: account.Scopes}, nil
	case !bitbucket.IsRefused(err):
		return store.Answer{}, err
	case e.Kind == store.KindAPIToken && e.Checked.IsZero() && !e.Accepted.IsZero():
		return store.Answer{}, errEmailUnsure
	}
	return store.Answer{}, nil
}

// sayDead is sure only if this very email and token were accepted before.
func (a *app) sayDead(e *store.Entry) {
	cause := "is probably dead (expired, revoked, made without scopes, or saved with a wrong email)"
	if !e.Checked.IsZero() {
		cause = "is dead (expired or revoked)"
	}
	a.ui.line(`the token "%s" `+cause+` and was set aside; make a new one at %s`, "%s",
		e.Name, bitbucket.TokenPage, renewal(e))
}

// refusedUnconfirmed sets a token aside that nobody could ask about.
func (a *app) refusedUnconfirmed(e *store.Entry) error {
	now, news, err := a.store.Refuse(a.ctx, e.ID)
	if err == nil && news {
		a.sayResting(&now)
	}
	return err
}

// neverWorked tells whether nobody has ever seen the token accepted.
func neverWorked(e *store.Entry) bool { return e.Accepted.IsZero() && e.Checked.IsZero() }

func (a *app) sayResting(e *store.Entry) {
	if neverWorked(e) {
		a.ui.line(`Bitbucket refused the token "%s", which has not worked yet, and it is set aside: it is probably mistyped or made without scopes`,
			"%s", e.Name, renewal(e))
		return
	}
	if until := e.SetAside.Until; !until.IsZero() {
		a.ui.line(`Bitbucket refused the token "%s"; it is set aside until %s and then tried again`,
			"git credential-bitbucket restore %s", e.Name, until.Local().Format(time.TimeOnly), shellWord(e.Name))
		return
	}
	a.ui.line(`Bitbucket refused the token "%s" again; it is set aside for good`,
		"git credential-bitbucket restore %s", e.Name, shellWord(e.Name))
}

// erasePassword destroys the entry with that very secret, if there is one.
func (a *app) erasePassword(c *credential.Credential, token store.Token, entries []store.Entry) error {
	if token.Kind() != store.KindPassword {
		return nil
	}
	closed := map[string]bool{} // vaults that did not answer, and would not the next time
	for i := range entries {
		e := &entries[i]
		if e.Kind != store.KindPassword || c.Username != "" && !store.SameName(c.Username, e.Username) || closed[e.Vault] {
			continue
		}
		secret, err := a.store.Secret(a.ctx, e)
		switch {
		case err == nil && secret.Token == token:
			return a.store.Erase(a.ctx, e)
		case err != nil && !errors.Is(err, store.ErrNotFound):
			closed[e.Vault] = true
		}
	}
	if len(closed) > 0 {
		return errSaid
	}
	return nil
}

// forgetAll forgets all that match a request without a password.
func (a *app) forgetAll(c *credential.Credential) error {
	entries, err := a.entriesForGit()
	if err != nil {
		return err
	}
	var aside []string
	closed := map[string]bool{} // vaults that do not answer: nobody waits for them once more
	for _, e := range store.Matching(entries, requestOf(c)) {
		switch {
		case !e.Kind.IsToken():
			if closed[e.Vault] || a.store.Erase(a.ctx, e) != nil {
				closed[e.Vault] = true
				err = a.store.Forget(a.ctx, e.ID)
			}
		case e.SetAside == nil || !e.SetAside.Until.IsZero():
			err = a.store.SetAside(a.ctx, e.ID, store.ReasonForgotten)
			aside = append(aside, e.Name)
		}
		if err != nil {
			return err
		}
	}
	a.sayForgotten(aside)
	return nil
}

// manyNames is how many a hint can name before it gets too long to type.
const manyNames = 5

func (a *app) sayForgotten(names []string) {
	const what = "git was told to forget what is saved for bitbucket.org; tokens are set aside, not destroyed"
	switch {
	case len(names) == 0:
	case len(names) > manyNames:
		a.ui.line(what, "git credential-bitbucket restore NAME, with names from git credential-bitbucket list")
	default:
		a.ui.line(what, "git credential-bitbucket restore %s", shellWords(names))
	}
}
