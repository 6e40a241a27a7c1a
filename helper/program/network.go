package program

import (
	"context"
	"net/url"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
)

// Client makes a client that reaches Bitbucket as git does by these settings, its endpoint
// as git reaches a repository ("ws/repo", or "" for none). Without any settings it does as
// the environment says.
func (run *Run) Client(ctx context.Context, settings []git.Setting, repository string) (*bitbucket.Client, error) {
	way := func(address string) (bitbucket.Network, error) {
		h, err := git.HTTPFor(ctx, settings, address)
		return bitbucket.Network{Proxy: h.Proxy, ProxySet: h.ProxySet, CAFile: h.CAFile, CAPath: h.CAPath, Cert: h.Cert, Key: h.Key, Pinned: h.Pinned,
			Getenv: run.Getenv, Login: proxyLogin}, err
	}
	rest, err := way(bitbucket.RESTURL)
	if err != nil {
		return nil, err
	}
	endpoint, err := way(bitbucket.RepositoryURL(repository))
	if err != nil {
		return nil, err
	}
	client, err := bitbucket.NewClient(run.Version, rest, endpoint)
	if err == nil {
		client.ViaGit = git.AskPair
	}
	return client, err
}

// proxyLogin asks git's helpers for the password of a proxy.
func proxyLogin(ctx context.Context, proxy *url.URL) (username, password string, err error) {
	return git.ProxyLogin(ctx, proxy.Scheme, proxy.Host, proxy.User.Username())
}
