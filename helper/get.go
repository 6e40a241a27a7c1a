package helper

import (
	"context"
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
func get(ctx context.Context, run *Run, args []string) error {
	if rest, err := parseArgs(flagSet("get", nil), args); err != nil || len(rest) > 0 {
		return console.OrUsage(err, "get takes no arguments")
	}
	if console.IsTerminal(run.In) {
		run.UI.Sayf("git calls this; it reads lines such as protocol=https and host=bitbucket.org, up to a blank one")
		run.UI.Hintf("git credential-bitbucket list")
	}
	c, err := readCredential(run, "get")
	if err != nil {
		return err
	}
	request := requestOf(c)
	if request.Service == store.Nowhere {
		return nil
	}
	env, unfit, err := environmentFor(run, request)
	if err == nil && env != nil && unfit == store.NoObstacle {
		return answer(run, c, request, &env.Entry, tokens.Secret{Token: env.Token})
	}
	return getAny(ctx, run, c, request, env, unfit)
}

// getAny answers with a saved token, or says why it does not.
func getAny(ctx context.Context, run *Run, c *credential.Credential, request store.Request, env *store.Environment, unfit store.Obstacle) error {
	entries, err := run.Store.Entries()
	if err != nil && (env == nil || !errors.Is(err, store.ErrNoFolder)) {
		run.lineWith(run.cureOf(err, toRead), "no saved token can be looked up: %s", err)
		return console.ErrReported
	}
	e, obstacle := store.Match(entries, request, time.Now())
	switch {
	case e != nil && obstacle == store.NoObstacle:
		return getFromVault(ctx, run, c, request, e)
	case e != nil:
		explain(run, e, obstacle, request)
	case env != nil:
		explainUnfit(run, env, unfit, request)
	case !slices.ContainsFunc(entries, func(e store.Entry) bool { return e.Source != store.FromReport }):
		if answered, err := firstUse(ctx, run, c, request); answered || err != nil {
			return err
		}
	}
	return noteQuestion(run, c)
}

// getSaved answers with a saved token, if there is one by now.
func getSaved(ctx context.Context, run *Run, c *credential.Credential, request store.Request) (answered bool, err error) {
	entries, err := run.Store.Entries()
	if err != nil {
		return false, err
	}
	if e, obstacle := store.Match(entries, request, time.Now()); e != nil && obstacle == store.NoObstacle {
		return true, getFromVault(ctx, run, c, request, e)
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
func environmentFor(run *Run, request store.Request) (*store.Environment, store.Obstacle, error) {
	env, err := store.FromEnvironment(run.Getenv)
	if err != nil {
		explainEnvironment(run, err)
	}
	if env == nil {
		return nil, store.NoObstacle, err
	}
	_, unfit := store.Match([]store.Entry{env.Entry}, request, time.Now())
	if name := request.Username; unfit == store.NoObstacle && name != "" && !env.Entry.Knows(name) && !tokens.IsGitUsername(name) {
		// A name that it is not known by may be that of a saved entry.
		if entries, err := run.Store.Entries(); err == nil && store.Known(entries, name) {
			unfit = store.ByUsername
		}
	}
	return env, unfit, nil
}

func getFromVault(ctx context.Context, run *Run, c *credential.Credential, request store.Request, e *store.Entry) error {
	secret, err := run.Store.Secret(ctx, e)
	if errors.Is(err, console.ErrInterrupted) {
		return err
	}
	if err != nil {
		if e.Kind.IsToken() {
			run.explainVault(err, e)
		}
		return console.ErrReported
	}
	if err := answer(run, c, request, e, secret); err != nil {
		return err
	}
	warnOfExpiry(ctx, run, e)
	return nil
}

// answer writes the pair for git, the pair for REST, or a Bearer token for REST.
func answer(run *Run, c *credential.Credential, request store.Request, e *store.Entry, secret tokens.Secret) error {
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
	if err := reply.Write(run.UI.Out); err != nil {
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
