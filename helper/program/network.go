package program

import (
	"context"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
)

// Client makes a client that reaches Bitbucket as git does by these settings, its endpoint
// as git reaches a repository ("ws/repo", or "" for none). Without any settings it does as
// the environment says.
func (run *Run) Client(ctx context.Context, settings []git.Setting, repository string) (*bitbucket.Client, error) {
	way := func(address string) (bitbucket.Network, error) {
		h, err := git.HTTPFor(ctx, settings, address)
		return bitbucket.Network{Proxy: h.Proxy, ProxySet: h.ProxySet, CAFile: h.CAFile, CAPath: h.CAPath, Getenv: run.Getenv}, err
	}
	rest, err := way(bitbucket.RESTURL)
	if err != nil {
		return nil, err
	}
	endpoint, err := way(bitbucket.RepositoryURL(repository))
	if err != nil {
		return nil, err
	}
	return bitbucket.NewClient(run.Version, rest, endpoint)
}
