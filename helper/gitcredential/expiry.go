package gitcredential

import (
	"context"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
)

// warningWait bounds what a warning may cost git.
const warningWait = 200 * time.Millisecond

// warnOfExpiry speaks once a day. What an editor or a server may have hidden is said once more
// where a person reads it.
func warnOfExpiry(ctx context.Context, run *program.Run, e *store.Entry) {
	now := time.Now().UTC()
	if !e.ExpiresSoon(now) || !e.Kind.IsToken() || run.IsBackground() {
		return
	}
	watched := run.IsWatched()
	if e.IsWarned(now, watched) {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, warningWait)
	defer cancel()
	if run.Store.Warned(ctx, e.ID, watched) {
		run.UI.Advise(`the token "%s" %s; make a new one at %s`, "%s",
			e.Name, advice.Expiry(e, now), bitbucket.TokenPage, advice.RenewInTime(e))
	}
}
