package helper

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/store"
)

// get answers git. It reads the environment, the index and one secret, and
// starts nothing; where it has no answer it says nothing, unless a Bitbucket
// token of ours would have been one.
func (a *app) get(args []string) error {
	if rest, err := parseArgs(flagSet("get", nil), args); err != nil || len(rest) > 0 {
		return orUsage(err, "get takes no arguments")
	}
	if isTerminal(a.in) {
		a.ui.say("git calls this; it reads lines such as protocol=https and host=bitbucket.org, up to a blank one")
		a.ui.hint("git credential-bitbucket list")
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
		return a.answer(c, request, &env.Entry, store.Secret{Token: env.Token})
	}
	return a.getAny(c, request, env, unfit)
}

// getAny answers with a saved token, or says why it does not.
func (a *app) getAny(c *credential.Credential, request store.Request, env *store.Environment, unfit store.Obstacle) error {
	entries, err := a.entriesForGit()
	if err != nil {
		return err
	}
	e, obstacle := store.Match(entries, request, time.Now())
	switch {
	case e != nil && obstacle == store.NoObstacle:
		return a.getFromVault(c, request, e)
	case e != nil:
		a.explain(e, obstacle, request)
	case env != nil:
		a.explainUnfit(env, unfit, request)
	case len(entries) == 0:
		return a.firstUse(c, request)
	}
	return nil
}

// getSaved answers with a saved token, if there is one by now.
func (a *app) getSaved(c *credential.Credential, request store.Request) error {
	entries, err := a.store.Entries()
	if err != nil {
		return err
	}
	if e, obstacle := store.Match(entries, request, time.Now()); e != nil && obstacle == store.NoObstacle {
		return a.getFromVault(c, request, e)
	}
	return nil
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
	if name := request.Username; unfit == store.NoObstacle && name != "" && !env.Entry.Knows(name) && !store.IsGitUsername(name) {
		// A name that it is not known by may be that of a saved entry.
		if entries, err := a.store.Entries(); err == nil && store.Known(entries, name) {
			unfit = store.ByUsername
		}
	}
	return env, unfit, nil
}

func (a *app) getFromVault(c *credential.Credential, request store.Request, e *store.Entry) error {
	secret, err := a.store.Secret(a.ctx, e)
	if err != nil {
		if e.Kind.IsToken() {
			a.explainVault(err, e)
		}
		return errSaid
	}
	if err := a.answer(c, request, e, secret); err != nil {
		return err
	}
	a.warnOfExpiry(e)
	return nil
}

// answer writes the pair for git, the pair for REST, or a Bearer token for REST.
func (a *app) answer(c *credential.Credential, request store.Request, e *store.Entry, secret store.Secret) error {
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
	case e.Kind == store.KindAccessToken:
		reply.Capabilities = append(reply.Capabilities, credential.CapabilityAuthtype)
		reply.AuthType, reply.Secret = "Bearer", password
	default:
		reply.Username, reply.Password = e.Email, password
	}
	if !secret.Refresh.Empty() {
		reply.OAuthRefreshToken = credential.NewSecret(secret.Refresh.Reveal())
	}
	if err := reply.Write(a.ui.out); err != nil {
		return fmt.Errorf("answer git: %w", err)
	}
	return nil
}

// statePrefix marks our own words among the state[] of all helpers.
const statePrefix = "bitbucket:"

// explain says in one line why a token did not answer.
func (a *app) explain(e *store.Entry, obstacle store.Obstacle, request store.Request) {
	switch obstacle {
	case store.BySetAside:
		if e.SetAside.Reason == store.ReasonDead || e.SetAside.Reason == store.ReasonRefused && neverWorked(e) {
			a.ui.line(`the token "%s" is set aside since %s (%s); make a new one at %s`, "git credential-bitbucket store",
				e.Name, e.SetAside.At.Format(time.DateOnly), setAsideWords(e), bitbucket.TokenPage)
			return
		}
		a.ui.line(`the token "%s" is set aside since %s (%s)`, "git credential-bitbucket restore %s",
			e.Name, e.SetAside.At.Format(time.DateOnly), setAsideWords(e), shellWord(e.Name))
	case store.ByExpiry:
		a.ui.line(`the token "%s" expired on %s; make a new one at %s`, "git credential-bitbucket store",
			e.Name, e.Expires.Format(time.DateOnly), bitbucket.TokenPage)
	case store.ByForm:
		if e.Kind == store.KindAccessToken {
			a.ui.line(`the access token "%s" serves api.bitbucket.org only from git 2.46 on`, "update git", e.Name)
			return
		}
		a.ui.line(`the token "%s" serves api.bitbucket.org only with your Atlassian account's email`,
			"git credential-bitbucket edit %s --email YOU@EXAMPLE.COM", e.Name, shellWord(e.Name))
	case store.ByMissingPath:
		a.ui.line(`the token "%s" is for %s, but git does not say which repository it asks for`,
			"%s", e.Name, e.For, useHTTPPath(request.Service))
	case store.ByUsername:
		a.ui.line(`the token "%s" is not known to be for the username %s`,
			"git credential-bitbucket edit %s --also %s", e.Name, request.Username, shellWord(e.Name), shellWord(request.Username))
	}
}

// useHTTPPath is the command that makes git send helpers the path of a repository.
func useHTTPPath(service store.Service) commandLine {
	address := bitbucket.GitURL
	if service == store.REST {
		address = bitbucket.RESTURL
	}
	return commandLine("git config --global credential." + address + ".useHttpPath true")
}

// warningWait bounds what a warning may cost git.
const warningWait = 200 * time.Millisecond

// warnOfExpiry speaks once a day, to somebody who can read it.
func (a *app) warnOfExpiry(e *store.Entry) {
	now := time.Now().UTC()
	if !e.ExpiresSoon(now) || e.Warned == now.Format(time.DateOnly) || !e.Kind.IsToken() || !a.isWatched() {
		return
	}
	ctx, cancel := context.WithTimeout(a.ctx, warningWait)
	defer cancel()
	if a.store.Warned(ctx, e.ID) {
		a.ui.line(`the token "%s" %s; make a new one at %s`, "git credential-bitbucket store",
			e.Name, expiryWords(e, now), bitbucket.TokenPage)
	}
}

// isWatched tells whether somebody is likely to read what is said now: there is a
// terminal, and nobody has said that this runs unattended.
func (a *app) isWatched() bool {
	return a.ui.speaksToTerminal() && a.getenv("CI") == "" && !promptsAreOff() && !isBackground(a.getenv)
}

// isBackground tells whether git was started with credential.interactive off, as
// its background maintenance is. Git hands its -c options on in this variable.
func isBackground(getenv func(string) string) bool {
	options := getenv("GIT_CONFIG_PARAMETERS")
	for _, off := range []string{"false", "never", "no", "off", "0"} {
		if strings.Contains(options, "'credential.interactive'='"+off+"'") {
			return true
		}
	}
	return false
}

func expiryWords(e *store.Entry, now time.Time) string {
	verb := "expires"
	if e.Guessed {
		verb = "probably expires"
	}
	switch days := e.DaysLeft(now); {
	case days < 0:
		return "has probably expired on " + e.Expires.Format(time.DateOnly)
	case days == 0:
		return verb + " today"
	case days == 1:
		return verb + " tomorrow"
	default:
		return fmt.Sprintf("%s in %d days, on %s", verb, days, e.Expires.Format(time.DateOnly))
	}
}

func setAsideWords(e *store.Entry) string {
	switch e.SetAside.Reason {
	case store.ReasonForgotten:
		return "git was told to forget it"
	case store.ReasonDead:
		return "Bitbucket says that it is dead"
	}
	return "Bitbucket refused it"
}

// shellWord quotes a text for a command that a person may copy. What cannot be
// typed is shown as a question mark.
func shellWord(text string) commandLine {
	text = strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, store.Redact(text))
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./@%+=:,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return commandLine(text)
	}
	return commandLine("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
}
