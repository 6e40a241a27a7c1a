package helper

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// get answers git. It reads the environment, the index and one secret. It starts
// nothing but the command that a person saved in place of the token that answers,
// and, where somebody could be asked for a token or a passphrase, git once
// (firstuse.go, passphrase.go). Where it has no answer it says nothing, unless a
// Bitbucket token of ours would have been one.
func (a *app) get(args []string) error {
	if rest, err := parseArgs(flagSet("get", nil), args); err != nil || len(rest) > 0 {
		return console.OrUsage(err, "get takes no arguments")
	}
	if console.IsTerminal(a.in) {
		a.ui.Sayf("git calls this; it reads lines such as protocol=https and host=bitbucket.org, up to a blank one")
		a.ui.Hintf("git credential-bitbucket list")
	}
	c, err := a.readCredential("get")
	if err != nil {
		return err
	}
	request := requestOf(c)
	if request.Service == store.Nowhere {
		return nil
	}
	env, unfit, err := a.environmentFor(request)
	if err == nil && env != nil && unfit == store.NoObstacle {
		return a.answer(c, request, &env.Entry, tokens.Secret{Token: env.Token})
	}
	return a.getAny(c, request, env, unfit)
}

// getAny answers with a saved token, or says why it does not.
func (a *app) getAny(c *credential.Credential, request store.Request, env *store.Environment, unfit store.Obstacle) error {
	entries, err := a.store.Entries()
	if err != nil && (env == nil || !errors.Is(err, store.ErrNoFolder)) {
		a.lineWith(a.cureOf(err, toRead), "no saved token can be looked up: %s", err)
		return console.ErrReported
	}
	e, obstacle := store.Match(entries, request, time.Now())
	switch {
	case e != nil && obstacle == store.NoObstacle:
		return a.getFromVault(c, request, e)
	case e != nil:
		a.explain(e, obstacle, request)
	case env != nil:
		a.explainUnfit(env, unfit, request)
	case !slices.ContainsFunc(entries, func(e store.Entry) bool { return e.Source != store.FromReport }):
		if answered, err := a.firstUse(c, request); answered || err != nil {
			return err
		}
	}
	return a.noteQuestion(c)
}

// getSaved answers with a saved token, if there is one by now.
func (a *app) getSaved(c *credential.Credential, request store.Request) (answered bool, err error) {
	entries, err := a.store.Entries()
	if err != nil {
		return false, err
	}
	if e, obstacle := store.Match(entries, request, time.Now()); e != nil && obstacle == store.NoObstacle {
		return true, a.getFromVault(c, request, e)
	}
	return false, nil
}

func requestOf(c *credential.Credential) store.Request {
	return store.Request{
		Service:  store.ServiceAt(c.Protocol, c.Host),
		Path:     c.Path,
		Username: c.Username,
		Bearer:   c.Can(credential.CapabilityAuthtype),
	}
}

// environmentFor returns the environment's token, if there is one, and what
// keeps it from answering.
func (a *app) environmentFor(request store.Request) (*store.Environment, store.Obstacle, error) {
	env, err := store.FromEnvironment(a.getenv)
	if err != nil {
		a.explainEnvironment(err)
	}
	if env == nil {
		return nil, store.NoObstacle, err
	}
	_, unfit := store.Match([]store.Entry{env.Entry}, request, time.Now())
	if name := request.Username; unfit == store.NoObstacle && name != "" && !env.Entry.Knows(name) && !tokens.IsGitUsername(name) {
		// A name that it is not known by may be that of a saved entry.
		if entries, err := a.store.Entries(); err == nil && store.Known(entries, name) {
			unfit = store.ByUsername
		}
	}
	return env, unfit, nil
}

func (a *app) getFromVault(c *credential.Credential, request store.Request, e *store.Entry) error {
	secret, err := a.store.Secret(a.ctx, e)
	if errors.Is(err, console.ErrInterrupted) {
		return err
	}
	if err != nil {
		if e.Kind.IsToken() {
			a.explainVault(err, e)
		}
		return console.ErrReported
	}
	if err := a.answer(c, request, e, secret); err != nil {
		return err
	}
	a.warnOfExpiry(e)
	return nil
}

// answer writes the pair for git, the pair for REST, or a Bearer token for REST.
func (a *app) answer(c *credential.Credential, request store.Request, e *store.Entry, secret tokens.Secret) error {
	reply := &credential.Credential{}
	if e.ID != "" && c.Can(credential.CapabilityState) {
		reply.Capabilities = append(reply.Capabilities, credential.CapabilityState)
		reply.State = []string{statePrefix + e.ID}
	}
	if !e.Expires.IsZero() && !e.Guessed {
		reply.PasswordExpiry = e.Expires.Unix()
	}
	password := credential.NewSecret(secret.Token.Reveal())
	switch {
	case request.Service == store.Git:
		reply.Username, reply.Password = e.GitUsername(), password
	case e.Kind == tokens.KindAccessToken:
		reply.Capabilities = append(reply.Capabilities, credential.CapabilityAuthtype)
		reply.AuthType, reply.Secret = "Bearer", password
	default:
		reply.Username, reply.Password = e.Email, password
	}
	if !secret.Refresh.Empty() {
		reply.OAuthRefreshToken = credential.NewSecret(secret.Refresh.Reveal())
	}
	if err := reply.Write(a.ui.Out); err != nil {
		return fmt.Errorf("answer git: %w", err)
	}
	return nil
}

// statePrefix marks our own words among the state[] of all helpers: an entry's id behind it
// says who answered, the others that this program had no answer.
const (
	statePrefix     = "bitbucket:"
	askedState      = "?"
	askedNamedState = "?name" // the question had a username in it
)
