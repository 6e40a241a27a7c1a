// Package prober asks Bitbucket and the vaults what a check wants to know, each question once.
package prober

import (
	"context"
	"errors"
	"sync"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// asksInAll bounds all questions to Bitbucket of one check.
const asksInAll = 60 * time.Second

// Subject is what the questions are about.
type Subject struct {
	Entries     []store.Entry
	Environment *store.Environment // nil for none
	Settings    []git.Setting      // git's, as they hold here
	Repository  string             // "ws/repo" that git is to reach; "" for none
	Offline     bool               // neither Bitbucket nor a command is asked
}

// Prober asks, and remembers the answers.
type Prober struct {
	Run     *program.Run
	subject Subject

	Locked   func() (bool, error) // whether the keychain is
	troubles map[string]error     // of the vaults, once they are known

	client    *bitbucket.Client // nil: Bitbucket is not asked
	clientErr error
	until     time.Time                      // Bitbucket is asked
	down      error                          // why Bitbucket cannot be reached, once that is known
	answers   map[pair]gitAnswer             // of git's endpoint, by who asked
	verdicts  map[tokens.Token]found.Verdict // of REST, about tokens that were found
	questions int                            // about secrets that were found
	unasked   map[pair]bool                  // for which there were too many
	alive     map[string]verify.Finding
}

// New returns a prober for one check.
func New(ctx context.Context, run *program.Run, subject Subject) *Prober {
	ask := &Prober{Run: run, subject: subject, until: time.Now().Add(asksInAll), troubles: map[string]error{}, answers: map[pair]gitAnswer{},
		verdicts: map[tokens.Token]found.Verdict{}, unasked: map[pair]bool{}, alive: map[string]verify.Finding{}}
	ask.Locked = sync.OnceValues(func() (bool, error) { return run.Keychain.Locked(ctx) })
	if !subject.Offline {
		ask.client, ask.clientErr = run.Client(ctx, subject.Settings, subject.Repository)
	}
	return ask
}

// Trouble is why Bitbucket cannot be asked at all; nil if it can, or is not to be.
func (ask *Prober) Trouble() error {
	if ask.client == nil && !ask.subject.Offline {
		return ask.clientErr
	}
	return nil
}

// Finding is what Bitbucket says of an entry's token: REST, and git's endpoint about the
// target if the token is for it. Each is asked about once; asked is false where Bitbucket
// could not be asked.
func (ask *Prober) Finding(ctx context.Context, e *store.Entry) (f verify.Finding, asked bool) {
	if f, asked = ask.alive[e.ID]; asked {
		return f, true
	}
	if ask.client == nil || !e.Kind.IsToken() { // a password may lock its account
		return verify.Finding{Kind: e.Kind}, false
	}
	token, err := ask.TokenOf(ctx, e)
	if err != nil {
		return verify.Finding{Kind: e.Kind}, false
	}
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	f = ask.askAboutToken(ctx, e, token)
	ask.alive[e.ID] = f
	return f, true
}

// IsOf finds out whether an API token is of the account with a username, at the repository that
// git is to reach.
func (ask *Prober) IsOf(ctx context.Context, e *store.Entry, name string) bool {
	if f, asked := ask.Finding(ctx, e); !asked || e.Kind != tokens.KindAPIToken || f.Repository == "" || !f.GitTakesIt() || ask.down != nil {
		return false
	}
	token, err := ask.TokenOf(ctx, e)
	if err != nil {
		return false
	}
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	return verify.IsNameOf(ctx, ask.client, name, token, ask.subject.Repository)
}

// TokenOf reads an entry's token, from the environment or its vault.
func (ask *Prober) TokenOf(ctx context.Context, e *store.Entry) (tokens.Token, error) {
	if e.Vault == store.EnvironmentName {
		return ask.subject.Environment.Token, nil
	}
	if err := ask.VaultTrouble(e.Vault); err != nil {
		return tokens.Token{}, err
	}
	secret, err := ask.Run.SecretFor(ctx, e)
	ask.noteVaultTrouble(e.Vault, err)
	return secret.Token, err
}

// askAboutToken asks REST, and git's endpoint about the target if the token is for it.
// Once Bitbucket could not be reached it is not waited for again.
func (ask *Prober) askAboutToken(ctx context.Context, e *store.Entry, token tokens.Token) verify.Finding {
	f := verify.Finding{Kind: e.Kind, EmailProven: !e.Checked.IsZero()}
	if verify.IsAskable(e.Kind, e.Email) {
		f.Asked = true
		if f.Refusal = ask.down; f.Refusal == nil {
			f.Account, f.Refusal = ask.client.Ask(ctx, e.Kind, e.Email, token)
			ask.noteTrouble(f.Refusal)
		}
	}
	if ask.subject.Repository != "" && ask.isFor(e) && f.CanAskGit() {
		f.Repository = ask.subject.Repository
		if ask.down != nil {
			f.Access = bitbucket.Access{Read: ask.down, Push: ask.down}
			return f
		}
		f.Access = ask.client.Probe(ctx, e.GitUsername(), token, f.Repository)
		ask.noteTrouble(f.Access.Read)
	}
	return f
}

// noteTrouble remembers that Bitbucket could not be reached.
func (ask *Prober) noteTrouble(err error) {
	if bitbucket.OnlyGitGetsThrough(err) {
		return
	}
	if errors.Is(err, bitbucket.ErrUnreachable) || errors.Is(err, bitbucket.ErrTLS) || errors.Is(err, bitbucket.ErrProxy) {
		ask.down = err
	}
}

// isFor reports whether the entry may be for the repository, whatever git sends.
func (ask *Prober) isFor(e *store.Entry) bool {
	found, obstacle := store.Match([]store.Entry{*e}, store.Request{Service: store.Git, Path: ask.subject.Repository}, time.Now())
	return found != nil && obstacle == store.NoObstacle
}
