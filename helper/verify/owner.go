package verify

import (
	"context"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store/tokens"
)

// noAccount is a username that no account has: it is longer than one may be.
const noAccount = "x-git-credential-bitbucket-asks-whether-a-username-counts-at-all-here"

// IsNameOf reports whether an API token is of the account with that username: git's endpoint
// lets it in at "ws/repo" with the name, and not with a name that no account has
// (docs/bitbucket.md section 2). What cannot be found out is no.
func IsNameOf(ctx context.Context, client *bitbucket.Client, name string, token tokens.Token, repository string) bool {
	asked := func(name string) Finding {
		return Finding{Kind: token.Kind(), Repository: repository, Access: client.Probe(ctx, name, token, repository)}
	}
	return asked(name).GitTakesIt() && bitbucket.IsRefused(asked(noAccount).Access.Push)
}
