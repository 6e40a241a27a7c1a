package program

import (
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
)

// Client makes a client that reaches Bitbucket as git does by these settings.
// Without any it does as the environment says.
func (run *Run) Client(settings []git.Setting) (*bitbucket.Client, error) {
	way := func(address string) bitbucket.Network {
		h := git.HTTPFor(settings, address)
		return bitbucket.Network{Proxy: h.Proxy, ProxySet: h.ProxySet, CAFile: h.CAFile, CAPath: h.CAPath, Getenv: run.Getenv}
	}
	return bitbucket.NewClient(run.Version, way(bitbucket.RESTURL), way(bitbucket.GitURL))
}
