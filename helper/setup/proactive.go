package setup

import (
	"context"
	"errors"
	"slices"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
)

// How git is made to send the token at once, and how that is taken back.
const (
	OnProactive  hint.Line = "git credential-bitbucket setup --proactive"
	OffProactive           = OnProactive + "=false"
)

// mayBeProactive says why git should not send a token before it is asked for one: it is too
// old to, or there is none that is good for every repository.
func mayBeProactive(ctx context.Context, run *program.Run) error {
	version, err := git.ReadVersion(ctx)
	if err != nil {
		return err
	}
	if !KnowsProactive(version) {
		return console.WithHintf(errors.New("this is git "+version.Text+", and --proactive needs 2.46 or later; nothing was changed"),
			"git credential-bitbucket setup")
	}
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	if !HasTokenForAll(entries) {
		return console.WithHintf(errors.New("--proactive needs a token for all of bitbucket.org, and none is saved; nothing was changed"),
			"git credential-bitbucket store")
	}
	return nil
}

// KnowsProactive reports whether a git knows http.proactiveAuth (docs/protocol.md section 3).
func KnowsProactive(version git.Version) bool { return version.AtLeast(2, 46) }

// HasTokenForAll reports whether a token is saved that answers for every repository.
func HasTokenForAll(entries []store.Entry) bool {
	now := time.Now()
	return slices.ContainsFunc(entries, func(e store.Entry) bool {
		return e.Kind.IsToken() && e.For == "" && !e.IsSetAside(now) && !e.IsExpired(now)
	})
}
