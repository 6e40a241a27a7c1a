package gitcredential

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/caller"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// Store takes note of git's report that Bitbucket has just accepted a secret.
// store/belief.go says what follows from that. A token that is known costs no look at the
// keychain, and no list of processes.
func Store(ctx context.Context, run *program.Run) error {
	run.NoQuestions = true // git is done, and no question of this program may keep it
	c, err := readCredential(run, "store")
	if err != nil {
		return err
	}
	service := store.ServiceAt(c.Protocol, c.Host)
	token := tokens.New(c.Password.Reveal())
	if service == store.Nowhere || !toBeSaved(c, token) || environmentWith(run, token) != nil {
		return nil
	}
	entries, err := entriesForGit(run)
	if err != nil {
		return err
	}
	proof, named := proofInState(c, entries, token)
	report := reportOf(c, service, token, proof)
	belief, e := store.BelieveStore(entries, report, time.Now())
	if belief != store.Confirm && belief != store.PutBack && proof == store.NoProof { // the caller may prove more, or less
		report.Proof, named = proofOfCaller(run)
		belief, e = store.BelieveStore(entries, report, time.Now())
	}
	switch belief {
	case store.Confirm, store.PutBack:
		_ = run.Store.Confirm(ctx, e, report) // git has got in; that it cannot be noted, get says if it matters
	case store.Learn:
		return learn(ctx, run, c, service, report, named, e)
	case store.TooMany:
		run.UI.Advise("git was given a token, and it was not saved: too many from git are saved already",
			"git credential-bitbucket list, and then erase those that you do not need")
	case store.Remember, store.NoteIfSame:
		if service == store.Git {
			return remember(ctx, run, c, report, e, belief == store.NoteIfSame)
		}
	}
	return nil
}

// reportOf is what git says with its store or erase.
func reportOf(c *credential.Credential, service store.Service, token tokens.Token, proof store.Proof) store.Report {
	r := store.Report{Token: token, Username: c.Username, Expires: expiryOf(c), Refresh: c.OAuthRefreshToken.Given(), Proof: proof}
	if service == store.Git {
		r.Place = store.ForPath(c.Path)
	}
	return r
}

// proofInState reads what git from 2.46 on repeats: our answer, if the secret is indeed the
// one of that entry, for git hands us other helpers' secrets with the same words; or our
// question. named: that had a username in it.
func proofInState(c *credential.Credential, entries []store.Entry, token tokens.Token) (proof store.Proof, named bool) {
	proof = store.NoProof
	for _, state := range c.State {
		word, ours := strings.CutPrefix(state, statePrefix)
		switch {
		case !ours:
		case word == askedState, word == askedNamedState:
			return store.Asked, word == askedNamedState
		case slices.ContainsFunc(entries, func(e store.Entry) bool { return e.ID == word && e.Fingerprint == token.Fingerprint() }):
			proof = store.HandedOut
		}
	}
	return proof, false
}

// proofOfCaller is for git before 2.46, and for programs that hand over what they have.
func proofOfCaller(run *program.Run) (proof store.Proof, named bool) {
	from, known := caller.Find()
	if !known {
		return store.NoProof, false
	}
	if asked, named := run.Store.TakeQuestion(from.ID); asked {
		return store.Asked, named
	}
	if from.Seeds {
		return store.Seeded, false
	}
	return store.Unasked, false
}

// noteQuestion lets git repeat, or notes for a git that does not, that this program had no
// answer: git asks on, and what it reports then was typed by a person or is another helper's.
// lead: git is to ask for the token alone, so it is told the username that goes with most.
func noteQuestion(run *program.Run, c *credential.Credential, lead bool) error {
	reply := &credential.Credential{}
	if lead && c.Username == "" {
		reply.Username = tokens.KindAPIToken.GitUsername()
	}
	return leaveToGit(run, c, reply)
}

// leaveToGit answers with what is known short of a password, and notes that git asks on.
func leaveToGit(run *program.Run, c *credential.Credential, reply *credential.Credential) error {
	named := c.Username != "" && !tokens.IsGitUsername(c.Username)
	if c.Can(credential.CapabilityState) {
		word := askedState
		if named {
			word = askedNamedState
		}
		reply.Capabilities, reply.State = []string{credential.CapabilityState}, []string{statePrefix + word}
	} else if from, known := caller.Find(); known {
		_ = run.Store.NoteQuestion(from.ID, named) // without it git's own prompt works as well, but saves nothing here
	}
	if reply.Username == "" && reply.State == nil && !reply.OAuthRefreshToken.Given() {
		return nil
	}
	if err := reply.Write(run.UI.Out); err != nil {
		return fmt.Errorf("answer git: %w", err)
	}
	return nil
}

// learn saves a token that a person typed to git, or a program handed over, and says so in
// one line. A name that was in the request is not the person's word.
func learn(ctx context.Context, run *program.Run, c *credential.Credential, service store.Service, report store.Report, named bool, ended *store.Entry) error {
	e := entryFromGit(c, service, report, named)
	if !saveFromGit(ctx, run, &e, secretOf(c, report.Token), ended) {
		return console.ErrReported
	}
	run.UI.Advise(`saved the %s that git was given, as "%s"`, "to forget it: git credential-bitbucket erase %s",
		string(e.Kind), e.Name, shell.Word(e.Name))
	return nil
}

// saveFromGit saves without a message, and reports whether it did: git's store runs at every
// fetch, and where there is no keychain another helper may well keep the secret.
func saveFromGit(ctx context.Context, run *program.Run, e *store.Entry, secret tokens.Secret, replaces *store.Entry) bool {
	if e.Vault == store.KeychainVault && run.Keychain.Ready(ctx) != nil {
		return false
	}
	saved, err := run.Store.Save(ctx, *e, secret, replaces)
	switch {
	case err == nil:
		*e = saved
	case errors.Is(err, tokens.ErrTooLarge):
		run.UI.Sayf("the password that git was given for %s was not saved: %s", e.Username, err)
	}
	return err == nil
}

// entriesForGit returns the entries for a call of git's, which is not bothered
// with a home that is missing: nothing can be saved there.
func entriesForGit(run *program.Run) ([]store.Entry, error) {
	entries, err := run.Store.Entries()
	if errors.Is(err, store.ErrNoFolder) {
		return nil, nil
	}
	return entries, err
}

// toBeSaved leaves out what is not to be saved, or is not a password at all:
// another helper's answer with authtype has none. A token in the username's
// place would be open in the index.
func toBeSaved(c *credential.Credential, token tokens.Token) bool {
	return !token.Empty() && !c.Ephemeral && token.Kind().Saveable() && len(token.Reveal()) <= tokens.MaxSecret &&
		(token.Kind().IsToken() || store.PlausibleUsername(c.Username))
}

// environmentWith returns the environment's token if it is this one, or nil.
func environmentWith(run *program.Run, token tokens.Token) *store.Environment {
	env, err := store.FromEnvironment(run.Getenv)
	if err != nil || env == nil || env.Token != token {
		return nil
	}
	return env
}

// entryFromGit makes an entry of what git knows. named: the username was in the request,
// so that it may be a repository's and not the person's.
func entryFromGit(c *credential.Credential, service store.Service, report store.Report, named bool) store.Entry {
	e := store.Entry{Vault: store.KeychainVault, Kind: report.Token.Kind(), Source: store.FromGit, Accepted: store.Now()}
	if report.Place != "" {
		e.Worked = []string{report.Place}
	}
	switch {
	case !e.Kind.IsToken():
		e.Username = c.Username
	case named, e.Kind == tokens.KindAccessToken, !store.PlausibleUsername(c.Username), tokens.IsGitUsername(c.Username):
	case !strings.Contains(c.Username, "@"): // of an email nothing shows whose it is
		e.Username = c.Username
	}
	if service == store.Git && e.Kind != tokens.KindAPIToken {
		e.For = report.Place
	}
	if e.Expires = report.Expires; e.Expires.IsZero() && e.Kind.IsToken() {
		e.Expires, e.Guessed = details.GuessedExpiry(), true
	}
	e.Name = details.NameFor(&e)
	return e
}

func secretOf(c *credential.Credential, token tokens.Token) tokens.Secret {
	return tokens.Secret{Token: token, Refresh: tokens.New(c.OAuthRefreshToken.Reveal())}
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

// remember saves a secret of a kind that only its vault can compare. It takes the place of
// an older one, in its vault; but keep leaves that as it is.
func remember(ctx context.Context, run *program.Run, c *credential.Credential, report store.Report, old *store.Entry, keep bool) error {
	e := entryFromGit(c, store.Git, report, false)
	if !report.Proof.IsFirstHand() {
		e.Source = store.FromReport
	}
	secret := secretOf(c, report.Token)
	if old != nil && tokens.SameName(old.For, e.For) && tokens.SameName(old.Username, e.Username) {
		e.Name, e.Vault = old.Name, old.Vault
		known, err := run.Store.Secret(ctx, old)
		switch {
		case err != nil || known.Token != report.Token:
		case report.Refresh && known.Refresh != secret.Refresh:
			e.Expires = later(e.Expires, old.Expires)
		default:
			return run.Store.Confirm(ctx, old, report)
		}
	}
	if !keep && !saveFromGit(ctx, run, &e, secret, old) {
		return console.ErrReported
	}
	return nil
}

// later prefers what the caller says over what was known.
func later(said, known time.Time) time.Time {
	if said.IsZero() {
		return known
	}
	return said
}
