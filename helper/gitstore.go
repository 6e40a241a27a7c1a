package helper

import (
	"errors"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/store"
)

// gitStore takes note of a secret that Bitbucket has just accepted. What is
// known already costs no look at the keychain, and a Bitbucket token is never
// replaced: git does not know which of two a person wants to keep.
func (a *app) gitStore() error {
	a.asksNobody = true // git is done, and nobody waits for this
	c, err := a.readCredential("store")
	if err != nil {
		return err
	}
	service := store.ServiceAt(c.Protocol, c.Host)
	token := store.NewToken(c.Password.Reveal())
	if service == store.Nowhere || !toBeSaved(c, token) || a.environmentWith(token) != nil {
		return nil
	}
	entries, err := a.entriesForGit()
	if err != nil {
		return err
	}
	if known := byState(c, entries, token); known != nil {
		return a.store.Accept(a.ctx, known, expiryOf(c))
	}
	if !token.Kind().IsToken() {
		if service == store.Git {
			return a.savePassword(c, token, entries)
		}
		return nil
	}
	if known := byToken(entries, token); known != nil {
		return a.store.Accept(a.ctx, known, expiryOf(c))
	}
	if isFormer(entries, token) {
		return nil
	}
	return a.saveFromGit(entryFromGit(c, service, token), secretOf(c, token), nil)
}

// isFormer tells whether a command of a saved entry printed this token before it
// printed another: git may have got it just before that.
func isFormer(entries []store.Entry, token store.Token) bool {
	fingerprint := token.Fingerprint()
	return slices.ContainsFunc(entries, func(e store.Entry) bool { return e.Former == fingerprint })
}

// saveFromGit saves without a word: git's store runs at every fetch, and where
// there is no keychain somebody else may well keep the secret.
func (a *app) saveFromGit(e store.Entry, secret store.Secret, replaces *store.Entry) error {
	if e.Vault == store.KeychainVault && a.keys.Ready(a.ctx) != nil {
		return errSaid
	}
	if _, err := a.store.Save(a.ctx, e, secret, replaces); err != nil && !errors.Is(err, store.ErrAlreadySaved) {
		return errSaid
	}
	return nil
}

// entriesForGit returns the entries for a call of git's, which is not bothered
// with a home that is missing: nothing can be saved there.
func (a *app) entriesForGit() ([]store.Entry, error) {
	entries, err := a.store.Entries()
	if errors.Is(err, store.ErrNoFolder) {
		return nil, nil
	}
	return entries, err
}

// toBeSaved leaves out what is not to be saved, or is not a password at all:
// another helper's answer with authtype has none. A token in the username's
// place would lie open in the index.
func toBeSaved(c *credential.Credential, token store.Token) bool {
	return !token.Empty() && !c.Ephemeral && token.Kind().Saveable() && len(token.Reveal()) <= store.MaxSecret &&
		(token.Kind().IsToken() || nameable(c.Username))
}

// nameable tells whether a username from git can stand in the index.
func nameable(name string) bool { return store.PlausibleUsername(name) }

// environmentWith returns the environment's token if it is this one, or nil.
func (a *app) environmentWith(token store.Token) *store.Environment {
	env, err := store.FromEnvironment(a.getenv)
	if err != nil || env == nil || env.Token != token {
		return nil
	}
	return env
}

// byState returns the entry that this program answered with, by git's memory of
// it, if this is indeed its token: git hands us other helpers' secrets with the
// same words.
func byState(c *credential.Credential, entries []store.Entry, token store.Token) *store.Entry {
	for _, state := range c.State {
		id, ours := strings.CutPrefix(state, statePrefix)
		if !ours {
			continue
		}
		i := slices.IndexFunc(entries, func(e store.Entry) bool { return e.ID == id })
		if i >= 0 && token.Kind().IsToken() && entries[i].Fingerprint == token.Fingerprint() {
			return &entries[i]
		}
	}
	return nil
}

func byToken(entries []store.Entry, token store.Token) *store.Entry {
	fingerprint := token.Fingerprint()
	i := slices.IndexFunc(entries, func(e store.Entry) bool { return fingerprint != "" && e.Fingerprint == fingerprint })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

// entryFromGit makes an entry of what git knows.
func entryFromGit(c *credential.Credential, service store.Service, token store.Token) store.Entry {
	e := store.Entry{Vault: store.KeychainVault, Kind: token.Kind(), Accepted: store.Now()}
	switch {
	case !e.Kind.IsToken():
		e.Username = c.Username
	case !nameable(c.Username), store.IsGitUsername(c.Username):
	case strings.Contains(c.Username, "@"):
		e.Email = c.Username
	default:
		e.Username = c.Username
	}
	if service == store.Git && e.Kind != store.KindAPIToken {
		e.For = store.ForPath(c.Path)
	}
	e.Expires = expiryOf(c)
	e.Name = nameFor(&e)
	return e
}

// nameFor makes a name of what is known of an entry.
func nameFor(e *store.Entry) string {
	for _, name := range []string{e.Username, e.For, e.Email} {
		if name != "" && !store.IsGitUsername(name) && checkName(name) == nil {
			return name
		}
	}
	return "bitbucket"
}

func secretOf(c *credential.Credential, token store.Token) store.Secret {
	return store.Secret{Token: token, Refresh: store.NewToken(c.OAuthRefreshToken.Reveal())}
}

// latestExpiry is the end of the year 9999, after which an index cannot hold a
// time; what ends later does not end.
const latestExpiry = 253402300799

func expiryOf(c *credential.Credential) time.Time {
	if c.PasswordExpiry == 0 || c.PasswordExpiry > latestExpiry {
		return time.Time{}
	}
	return time.Unix(c.PasswordExpiry, 0).UTC()
}

// savePassword saves a secret of a kind that only its vault can compare. It
// takes the place of an older one for the same username and place, in its vault.
func (a *app) savePassword(c *credential.Credential, token store.Token, entries []store.Entry) error {
	e := entryFromGit(c, store.Git, token)
	secret := secretOf(c, token)
	var replaces *store.Entry
	for i := range entries {
		old := &entries[i]
		if old.Kind != store.KindPassword || !store.SameName(old.For, e.For) || !store.SameName(old.Username, e.Username) {
			continue
		}
		replaces, e.Name, e.Vault = old, old.Name, old.Vault
		known, err := a.store.Secret(a.ctx, old)
		if err != nil || known.Token != token {
			break
		}
		if c.OAuthRefreshToken.Given() && known.Refresh != secret.Refresh {
			e.Expires = later(e.Expires, old.Expires)
			break
		}
		return a.store.Accept(a.ctx, old, e.Expires)
	}
	return a.saveFromGit(e, secret, replaces)
}

// later prefers what the caller says over what was known.
func later(said, known time.Time) time.Time {
	if said.IsZero() {
		return known
	}
	return said
}
