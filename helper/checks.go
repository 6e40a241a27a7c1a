package helper

import "context"

// check is one thing that is looked at.
type check struct {
	name string
	run  func(context.Context, *facts, *prober, *results)
	// needsConfig: it says nothing where git's configuration cannot be read.
	needsConfig bool
	// concludes: it says what follows from what the others found, and runs after them.
	concludes bool
}

// checks are what check looks at, in the order of its report.
var checks = []check{
	{name: "git", run: checkGit},
	{name: "program", run: checkProgram},
	{name: "configuration", run: checkConfiguration},
	{name: "helpers", run: checkHelpers, needsConfig: true},
	{name: "start", run: checkStart, needsConfig: true},
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
	{name: "retries", run: checkRetries, needsConfig: true},
	{name: "questions", run: checkQuestions, concludes: true},
}

// examine runs all checks on an address, or on the clone that this is.
func examine(ctx context.Context, run *Run, o *checkOptions, address string) (*facts, []diagnosis, error) {
	x := gather(ctx, run, o)
	ask := newProber(ctx, run, x)
	if err := x.aim(address); err != nil {
		return nil, nil, err
	}
	report, err := survey(ctx, run, x)
	if err != nil {
		return nil, nil, err
	}
	found := make([]results, len(checks))
	first := results{}
	for i, c := range checks {
		if found[i].check = c.name; !c.concludes {
			c.look(ctx, x, ask, &found[i])
			if found[i].first != "" {
				first.usesFirst(found[i].firstRank, found[i].first)
			}
		}
	}
	for i, c := range checks {
		if c.concludes {
			found[i].first = first.first
			c.look(ctx, x, ask, &found[i])
		}
		report = append(report, found[i].report...)
	}
	return x, report, nil
}

func (c check) look(ctx context.Context, x *facts, ask *prober, out *results) {
	if c.needsConfig && x.settingErr != nil {
		out.skip("git's configuration cannot be read")
		return
	}
	c.run(ctx, x, ask, out)
}
