package check

import (
	"context"
	"errors"
	"sync"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// asksInAll bounds all questions to Bitbucket of one check.
const asksInAll = 60 * time.Second

// prober asks Bitbucket, the vaults and other helpers, each question once.
type prober struct {
	run   *program.Run
	facts *facts

	locked   func() (bool, error) // whether the keychain is
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

func newProber(ctx context.Context, run *program.Run, x *facts) *prober {
	ask := &prober{run: run, facts: x, until: time.Now().Add(asksInAll), troubles: map[string]error{}, answers: map[pair]gitAnswer{},
		verdicts: map[tokens.Token]found.Verdict{}, unasked: map[pair]bool{}, alive: map[string]verify.Finding{}}
	ask.locked = sync.OnceValues(func() (bool, error) { return run.Keychain.Locked(ctx) })
	if !x.options.offline {
		ask.client, ask.clientErr = run.Client(ctx, x.settings, x.target.repository)
	}
	return ask
}

// finding is what Bitbucket says of an entry's token: REST, and git's endpoint about the
// target if the token is for it. Each is asked about once; asked is false where Bitbucket
// could not be asked.
func (ask *prober) finding(ctx context.Context, e *store.Entry) (f verify.Finding, asked bool) {
	if f, asked = ask.alive[e.ID]; asked {
		return f, true
	}
	if ask.client == nil || !e.Kind.IsToken() { // a password may lock its account
		return verify.Finding{Kind: e.Kind}, false
	}
	token, err := ask.tokenOf(ctx, e)
	if err != nil {
		return verify.Finding{Kind: e.Kind}, false
	}
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	f = ask.askAboutToken(ctx, e, token)
	ask.alive[e.ID] = f
	return f, true
}

// tokenOf reads an entry's token, from the environment or its vault.
func (ask *prober) tokenOf(ctx context.Context, e *store.Entry) (tokens.Token, error) {
	if e.Vault == store.EnvironmentName {
		return ask.facts.env.Token, nil
	}
	if err := ask.vaultTrouble(e.Vault); err != nil {
		return tokens.Token{}, err
	}
	secret, err := ask.run.SecretFor(ctx, e)
	ask.noteVaultTrouble(e.Vault, err)
	return secret.Token, err
}

// askAboutToken asks REST, and git's endpoint about the target if the token is for it.
// Once Bitbucket could not be reached it is not waited for again.
func (ask *prober) askAboutToken(ctx context.Context, e *store.Entry, token tokens.Token) verify.Finding {
	f := verify.Finding{Kind: e.Kind, EmailProven: !e.Checked.IsZero()}
	if verify.IsAskable(e.Kind, e.Email) {
		f.Asked = true
		if f.Refusal = ask.down; f.Refusal == nil {
			f.Account, f.Refusal = ask.client.Ask(ctx, e.Kind, e.Email, token)
			ask.noteTrouble(f.Refusal)
		}
	}
	if ask.facts.target.repository != "" && ask.facts.isFor(e) && (f.Refusal == nil || bitbucket.IsRefused(f.Refusal)) {
		f.Repository = ask.facts.target.repository
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
func (ask *prober) noteTrouble(err error) {
	if errors.Is(err, bitbucket.ErrUnreachable) || errors.Is(err, bitbucket.ErrTLS) || errors.Is(err, bitbucket.ErrProxy) {
		ask.down = err
	}
}
