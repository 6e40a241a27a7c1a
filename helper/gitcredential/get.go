// Package gitcredential is get, store and erase as git calls them, and the question to a
// person when git wants a token and none is saved.
package gitcredential

import (
	"context"
	"errors"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// Get answers git. It reads the environment, the index and one secret. It starts
// nothing but the command that a person saved in place of the token that answers,
// and, where a person could be asked for a token or a passphrase, git once and the
// program that asks (question.go, helper/program/passphrase.go). Where it has no answer it says nothing, unless a
// Bitbucket token of this program would have been one.
func Get(ctx context.Context, run *program.Run) error {
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
	env, unfit, envErr := environmentFor(run, request)
	if env != nil && unfit == store.NoObstacle {
		advice.ExplainWrapping(run, env)
		return answer(run, c, request, &env.Entry, tokens.Secret{Token: env.Token})
	}
	return getAny(ctx, run, c, request, env, unfit, envErr)
}

// getAny answers with a saved token, or says why it does not.
func getAny(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request, env *store.Environment, unfit store.Obstacle, envErr error) error {
	entries, err := run.Store.EntriesWhile(run.Keychain.Connect)
	e, obstacle := store.Match(entries, request, time.Now())
	saved := e != nil && obstacle == store.NoObstacle
	if envErr != nil {
		advice.ExplainEnvironment(run, envErr, saved)
	}
	if err != nil && (env == nil || !errors.Is(err, store.ErrNoFolder)) {
		run.LineWith(run.Hint(err, program.ToRead), "no saved token can be looked up: %s", err)
		return console.ErrReported
	}
	if saved {
		return getFromVault(ctx, run, c, request, e)
	}
	if e == nil {
		if old := store.Renewable(entries, request, time.Now()); old != nil && offerRefresh(ctx, run, c, old) == nil {
			return nil
		}
	}
	w := &want{c: c, request: request, isSaid: envErr != nil}
	switch {
	case e != nil && (obstacle == store.BySetAside || obstacle == store.ByExpiry || obstacle == store.ByRefusal):
		w.old = e
		w.why, _ = advice.Obstacle(e, obstacle, request)
	case e != nil && obstacle == store.ByUsername:
		if several := store.Unnamed(entries, request, time.Now()); several != nil && request.Service == store.Git {
			return getOfAccount(ctx, run, c, request, several)
		}
		advice.Explain(run, e, obstacle, request)
		return noteQuestion(run, c, false)
	case e != nil:
		advice.Explain(run, e, obstacle, request)
		return noteQuestion(run, c, false)
	case env != nil:
		advice.ExplainUnfit(run, env, unfit, request)
		return noteQuestion(run, c, false)
	}
	result, err := ask(ctx, run, w)
	if result == answered || err != nil {
		return err
	}
	if w.old != nil && result != skipped {
		advice.Explain(run, e, obstacle, request)
	}
	if w.isFirst {
		sayProactive(run)
	}
	return noteQuestion(run, c, result == leadGit)
}

// offerRefresh hands the refresh token of a pair that has expired to the helper behind this one,
// which made it. The password stays here: git before 2.40 would use it.
func offerRefresh(ctx context.Context, run *program.Run, c *credential.Credential, e *store.Entry) error {
	secret, err := run.Store.Secret(ctx, e)
	if err != nil || secret.Refresh.Empty() {
		return errors.Join(err, tokens.ErrNotFound)
	}
	return leaveToGit(run, c, &credential.Credential{Username: e.Username, OAuthRefreshToken: credential.NewSecret(secret.Refresh.Reveal())})
}

// getSaved answers with a saved token, if there is one by now.
func getSaved(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request) (answered bool, err error) {
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
func environmentFor(run *program.Run, request store.Request) (*store.Environment, store.Obstacle, error) {
	env, err := store.FromEnvironment(run.Getenv)
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

func getFromVault(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request, e *store.Entry) error {
	secret, err := run.Store.Secret(ctx, e)
	if errors.Is(err, console.ErrInterrupted) {
		return err
	}
	if err != nil {
		if e.Kind.IsToken() {
			advice.ExplainVault(run, err, e)
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
func answer(run *program.Run, c *credential.Credential, request store.Request, e *store.Entry, secret tokens.Secret) error {
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

// readCredential reads what git wrote to the pipe. Without a protocol in it,
// git is not who wrote it.
func readCredential(run *program.Run, word string) (*credential.Credential, error) {
	c, err := credential.Parse(run.In)
	switch {
	case errors.Is(err, credential.ErrNoProtocol) && word == "store":
		err = console.WithHintf(console.Usagef("this input is not git's (it has no protocol line), and a token in it was not saved"),
			`printf '%%s\n' "$TOKEN" | git credential-bitbucket store --email YOU@EXAMPLE.COM`)
	case errors.Is(err, credential.ErrNoProtocol):
		err = console.Usagef("%s: this input is not git's: it has no protocol line", word)
	case err != nil:
		err = fmt.Errorf("read git's request: %w", err)
	}
	return c, err
}
