package check

import (
	"cmp"
	"context"
	"slices"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// naming returns the advice and the steps for a username that no saved token has: the token that
// Bitbucket accepts with that name gets it; else the user may give it to the only token there is.
func (x *facts) naming(ctx context.Context, ask *prober.Prober, e *store.Entry, request store.Request) (hint.Line, []fix.Step) {
	several := store.Unnamed(x.entries, request, time.Now())
	for _, e := range several {
		if ask.IsOf(ctx, e, request.Username) {
			return report.FixCommand, []fix.Step{fix.AddAlso{ID: e.ID, Entry: e.Name, Name: request.Username, Own: true}}
		}
	}
	if several != nil {
		return "git credential-bitbucket edit TOKEN --username " + shell.Word(request.Username), nil
	}
	return report.FixCommand, []fix.Step{fix.AddAlso{ID: e.ID, Entry: e.Name, Of: cmp.Or(e.Username, e.Email), Name: request.Username, Known: slices.Clone(e.Also)}}
}

// acceptedInstead finds another token that git's endpoint lets in at the target, where this one is
// refused, and what makes git get it there; nil if there is none.
func (x *facts) acceptedInstead(ctx context.Context, ask *prober.Prober, refused *store.Entry) (*store.Entry, hint.Line) {
	for i := range x.entries {
		e := &x.entries[i]
		if e.ID == refused.ID || !e.Kind.IsToken() || e.IsSetAside(time.Now()) || e.IsExpired(time.Now()) || ask.VaultTrouble(e.Vault) != nil {
			continue
		}
		if f, asked := ask.Finding(ctx, e); !asked || f.Repository == "" || !f.GitTakesIt() {
			continue
		}
		switch next, _ := store.Match(x.entries, x.request(), time.Now()); {
		case refused.Vault == store.EnvironmentName:
			return e, hint.Line("unset " + x.env.Source)
		case next != nil && next.ID == e.ID:
			return e, ""
		}
		return e, advice.Prefer(e, refused, x.target.repository)
	}
	return nil, ""
}
