package helper

import (
	"strings"
	"time"

	"git-credential-bitbucket/store"

	"git-credential-bitbucket/helper/credential"
)

// gitErase takes note of a refusal, or of a person who told git to forget. A
// Bitbucket token is shown only once by the page that made it, so it is set
// aside; only a person destroys one.
func (a *app) gitErase() error {
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
	if a.isEnvironments(token) {
		a.refusedEnvironment()
		return nil
	}
	entries, err := a.store.Entries()
	if err != nil {
		return err
	}
	if known := byToken(entries, token); known != nil {
		return a.refused(known)
	}
	return a.erasePassword(c, token, entries)
}

// isAnothers tells whether what was refused is another helper's answer with
// authtype. Git tells that to helpers that know authtype; to others it looks like
// a refusal of nothing, which only a person who types it can mean.
func isAnothers(c *credential.Credential) bool {
	return c.AuthType != "" || c.Secret.Given() || !c.Password.Given() && len(c.WWWAuth) > 0
}

func (a *app) refusedEnvironment() {
	env, err := store.FromEnvironment(a.getenv)
	if err != nil || env == nil {
		return
	}
	a.ui.say("Bitbucket refused the token that came from the environment (%s); put a good one there", env.Source)
}

func (a *app) refused(e *store.Entry) error {
	now, news, err := a.store.Refuse(a.ctx, e.ID)
	if err != nil || !news {
		return err
	}
	if until := now.SetAside.Until; !until.IsZero() {
		a.ui.line(`Bitbucket refused the token "%s"; it is set aside until %s and then tried again`,
			"git credential-bitbucket restore %s", e.Name, until.Local().Format(time.TimeOnly), shellWord(e.Name))
		return nil
	}
	a.ui.line(`Bitbucket refused the token "%s" again; it is set aside for good`,
		"git credential-bitbucket restore %s", e.Name, shellWord(e.Name))
	return nil
}

// erasePassword destroys the entry with that very secret, if there is one.
func (a *app) erasePassword(c *credential.Credential, token store.Token, entries []store.Entry) error {
	if token.Kind() != store.KindPassword {
		return nil
	}
	for i := range entries {
		e := &entries[i]
		if e.Kind != store.KindPassword || c.Username != "" && c.Username != e.Username {
			continue
		}
		if secret, err := a.store.Secret(a.ctx, e); err == nil && secret.Token == token {
			return a.store.Erase(a.ctx, e)
		}
	}
	return nil
}

// forgetAll forgets all that match a request without a password.
func (a *app) forgetAll(c *credential.Credential) error {
	entries, err := a.store.Entries()
	if err != nil {
		return err
	}
	var aside []string
	for _, e := range store.Matching(entries, requestOf(c)) {
		switch {
		case !e.Kind.IsToken():
			if a.store.Erase(a.ctx, e) != nil {
				err = a.store.Forget(a.ctx, e.ID)
			}
		case e.SetAside == nil || !e.SetAside.Until.IsZero():
			err = a.store.SetAside(a.ctx, e.ID, store.ReasonForgotten)
			aside = append(aside, shellWord(e.Name))
		}
		if err != nil {
			return err
		}
	}
	if len(aside) > 0 {
		a.ui.line("git was told to forget what is saved for bitbucket.org; tokens are set aside, not destroyed",
			"git credential-bitbucket restore %s", strings.Join(aside, " "))
	}
	return nil
}
