package helper

import (
	"context"
	"errors"
	"flag"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
)

type checkOptions struct {
	fix, yes, offline, json bool
	under, in               string
	place                   place // that in means
}

func (o *checkOptions) flags(set *flag.FlagSet) {
	set.BoolVar(&o.fix, "fix", false, "mend what can be mended, after showing the plan and a question")
	set.BoolVar(&o.yes, "yes", false, "with --fix: do not ask")
	set.StringVar(&o.in, "in", store.KeychainVault, "with --fix: the `PLACE` to keep a token in that is found in the open: keychain, encrypted or file")
	set.StringVar(&o.under, "under", "", "look at every clone in `DIR` and below it, not only at this one")
	set.BoolVar(&o.offline, "offline", false, "make no connection")
	set.BoolVar(&o.json, "json", false, "as JSON, with stable names")
}

// check finds out why Bitbucket refuses, and with --fix mends what can be mended.
// Without it nothing is changed.
func checkClone(ctx context.Context, run *Run, args []string) error {
	o := &checkOptions{}
	rest, err := parseArgs(flagSet("check", o.flags), args)
	switch {
	case err != nil:
		return err
	case len(rest) > 1:
		return console.Usagef("check takes one URL at the most")
	case o.fix && o.json:
		return console.Usagef("--fix and --json do not go together")
	case o.yes && !o.fix:
		return console.Usagef("--yes goes with --fix")
	}
	if err := o.checkPlace(); err != nil {
		return err
	}
	run.NoQuestions = o.json
	url := ""
	if len(rest) > 0 {
		url = rest[0]
	}
	x, report, err := examine(ctx, run, o, url)
	if err != nil {
		return err
	}
	if o.fix {
		return fix(ctx, run, x, report, url)
	}
	if o.json {
		err = showJSON(run, report)
	} else if err = showReport(run, report); err == nil {
		err = showNextSteps(run, report, o.offline)
	}
	return orTrouble(err, report)
}

// checkPlace reads where tokens are to be saved.
func (o *checkOptions) checkPlace() (err error) {
	o.place, err = parsePlace(o.in)
	switch {
	case err != nil:
		return err
	case o.place.vault == store.CommandVault:
		return console.Usagef("--in: no token can be put into a command")
	case o.place.vault != store.KeychainVault && !o.fix:
		return console.Usagef("--in goes with --fix")
	}
	return nil
}

// preparePlace finds out whether the tokens of a plan can be saved where they are to
// be. The keychain, which nobody chose, says so when it is wanted.
func preparePlace(ctx context.Context, run *Run, o *checkOptions, plan []step) error {
	savesOne := slices.ContainsFunc(plan, func(s step) bool { _, saves := s.(saveToken); return saves })
	if !savesOne || o.place.vault == store.KeychainVault {
		return nil
	}
	leave, err := run.openPrompt()
	if err != nil {
		return err
	}
	defer leave()
	return run.readyFor(ctx, o.place, toMend)
}

// orTrouble fails if the report has an error in it.
func orTrouble(err error, report []diagnosis) error {
	if err == nil && countOf(report, resultError) > 0 {
		return console.ErrReported
	}
	return err
}

// fix shows the whole plan, asks once, carries it out, and looks once more.
func fix(ctx context.Context, run *Run, x *facts, report []diagnosis, url string) error {
	o := x.options
	plan := planOf(report, x.entries)
	if len(plan) == 0 {
		run.UI.Sayf("there is nothing to mend")
		if err := showReport(run, troubles(report)); err != nil {
			return err
		}
		return orTrouble(showNextSteps(run, report, o.offline), report)
	}
	if err := showPlan(run, plan); err != nil {
		return err
	}
	if err := run.agreeTo(o.yes, errNotMended, "do all this?", "to do it without a question, add --yes"); err != nil {
		return err
	}
	if err := preparePlace(ctx, run, o, plan); err != nil {
		return err
	}
	tried, failed := carryOut(ctx, run, plan)
	_, again, err := examine(ctx, run, o, url)
	if err != nil {
		return err
	}
	again = withoutTried(again, tried)
	if err := showReport(run, troubles(again)); err != nil {
		return err
	}
	if err := showNextSteps(run, again, o.offline); err != nil || failed {
		return orSaid(err)
	}
	return orTrouble(nil, again)
}

func orSaid(err error) error {
	if err == nil {
		return console.ErrReported
	}
	return err
}

var errNotMended = errors.New("nothing was changed")

// troubles leaves the lines with something to do.
func troubles(report []diagnosis) []diagnosis {
	var left []diagnosis
	for _, d := range report {
		if d.isTrouble() {
			left = append(left, d)
		}
	}
	return left
}
