package check

import (
	"context"
	"sync"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
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
