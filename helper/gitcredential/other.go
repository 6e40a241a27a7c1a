package gitcredential

import (
	"context"
	"slices"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
)

// mostOthers is how many other tokens are tried where one was refused: too many refused logins
// lock an account.
const mostOthers = 3

// acceptedInstead finds another saved token that git's endpoint lets in at a place where this one
// was refused, and what makes git get it there; nil if there is none. Tokens in other vaults
// are not read: that may open a dialog.
func acceptedInstead(ctx context.Context, run *program.Run, refused *store.Entry, place string) (other *store.Entry, cure hint.Line) {
	entries, err := run.Store.Entries()
	if err != nil || place == "" || refused.Vault == store.CommandVault {
		return nil, ""
	}
	request := store.Request{Service: store.Git, Path: place}
	others := slices.DeleteFunc(entries, func(e store.Entry) bool {
		_, obstacle := store.Match([]store.Entry{e}, request, time.Now())
		return e.ID == refused.ID || e.Vault != refused.Vault && refused.Vault != store.EnvironmentName || !e.Kind.IsToken() ||
			obstacle != store.NoObstacle || e.IsSetAside(time.Now())
	})
	settings, _ := git.Settings(ctx, ".")
	client, err := run.Client(ctx, settings, place)
	if err != nil {
		return nil, ""
	}
	for i := range others[:min(len(others), mostOthers)] {
		e := &others[i]
		secret, err := run.Store.Secret(ctx, e)
		if err != nil {
			continue
		}
		f := verify.Finding{Kind: e.Kind, Repository: place, Access: client.Probe(ctx, e.GitUsername(), secret.Token, place)}
		if f.GitTakesIt() {
			return e, advice.Prefer(e, refused, place)
		}
	}
	return nil, ""
}
