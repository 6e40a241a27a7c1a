// Package check finds out why Bitbucket refuses. A check is a function of facts, which are
// gathered once, and of a prober, which asks what facts do not say.
package check

import (
	"context"

	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/program"
)

// check is one thing that is looked at.
type check struct {
	name string
	run  func(context.Context, *facts, *prober.Prober, *report.Results)
	// needsConfig: it is skipped if git's configuration cannot be read.
	needsConfig bool
	// concludes: it says what follows from what the others found, and runs after them.
	concludes bool
}

// checks are what check looks at, in the order of its lines.
var checks = []check{
	{name: "git", run: checkGit},
	{name: "program", run: checkProgram},
	{name: "configuration", run: checkConfiguration},
	{name: "helpers", run: checkHelpers, needsConfig: true},
	{name: "start", run: checkStart, needsConfig: true},
	{name: "editors", run: checkEditors, needsConfig: true},
	{name: "other helpers", run: checkOtherHelpers, needsConfig: true},
	{name: "netrc", run: checkNetrc},
	{name: "git-credentials", run: checkCredentialFiles},
	{name: "remotes", run: checkRemotes, needsConfig: true},
	{name: "rewriting", run: checkRewriting, needsConfig: true},
	{name: "headers", run: checkHeaders, needsConfig: true},
	{name: "proxy", run: checkProxy, needsConfig: true},
	{name: "vault", run: checkVaults},
	{name: "leftovers", run: checkLeftovers},
	{name: "tokens", run: checkTokens},
	{name: "answer", run: checkAnswer, needsConfig: true, concludes: true},
	{name: "path", run: checkPath, needsConfig: true},
	{name: "lfs", run: checkLFS, needsConfig: true},
	{name: "requests", run: checkRequests, needsConfig: true},
	{name: "retries", run: checkRetries, needsConfig: true},
	{name: "questions", run: checkQuestions, concludes: true},
}

// examine runs all checks on an address, or on the clone that this is.
func examine(ctx context.Context, run *program.Run, o *options, address string) (*facts, []report.Diagnosis, error) {
	x := gather(ctx, run, o)
	if err := x.aim(ctx, address); err != nil {
		return nil, nil, err
	}
	lines, err := survey(ctx, run, x)
	if err != nil {
		return nil, nil, err
	}
	ask := prober.New(ctx, run, prober.Subject{Entries: x.entries, Environment: x.env, Settings: x.settings, Repository: x.target.repository, Offline: o.offline})
	found := make([]report.Results, len(checks))
	first := report.Results{}
	for i, c := range checks {
		if found[i].Check = c.name; !c.concludes {
			c.look(ctx, x, ask, &found[i])
			if found[i].First != "" {
				first.UsesFirst(found[i].FirstRank, found[i].First)
			}
		}
	}
	for i, c := range checks {
		if c.concludes {
			found[i].First = first.First
			c.look(ctx, x, ask, &found[i])
		}
		lines = append(lines, found[i].Report...)
	}
	return x, lines, nil
}

func (c check) look(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	if c.needsConfig && x.settingErr != nil {
		out.Skipf("git's configuration cannot be read")
		return
	}
	c.run(ctx, x, ask, out)
}
