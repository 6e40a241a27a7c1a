package helper

import (
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
func (a *app) check(args []string) error {
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
	a.asksNobody = o.json
	url := ""
	if len(rest) > 0 {
		url = rest[0]
	}
	x, err := a.examine(o, url)
	if err != nil {
		return err
	}
	if o.fix {
		return a.fix(x, url)
	}
	if o.json {
		err = a.showJSON(x.report)
	} else if err = a.showReport(x.report); err == nil {
		err = a.showNextSteps(x.report, o.offline)
	}
	return orTrouble(err, x.report)
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
func (a *app) preparePlace(o *checkOptions, plan []step) error {
	savesOne := slices.ContainsFunc(plan, func(s step) bool { _, saves := s.(saveToken); return saves })
	if !savesOne || o.place.vault == store.KeychainVault {
		return nil
	}
	leave, err := a.openPrompt()
	if err != nil {
		return err
	}
	defer leave()
	return a.readyFor(o.place, toMend)
}

// orTrouble fails if the report has an error in it.
func orTrouble(err error, report []diagnosis) error {
	if err == nil && countOf(report, resultError) > 0 {
		return console.ErrReported
	}
	return err
}

// fix shows the whole plan, asks once, carries it out, and looks once more.
func (a *app) fix(x *examination, url string) error {
	o := x.options
	plan := planOf(x.report)
	if len(plan) == 0 {
		a.ui.Sayf("there is nothing to mend")
		if err := a.showReport(troubles(x.report)); err != nil {
			return err
		}
		return orTrouble(a.showNextSteps(x.report, o.offline), x.report)
	}
	if err := a.showPlan(plan); err != nil {
		return err
	}
	if err := a.agreeTo(o.yes, errNotMended, "do all this?", "to do it without a question, add --yes"); err != nil {
		return err
	}
	if err := a.preparePlace(o, plan); err != nil {
		return err
	}
	tried, failed := a.carryOut(plan)
	again, err := a.examine(o, url)
	if err != nil {
		return err
	}
	again.report = withoutTried(again.report, tried)
	if err := a.showReport(troubles(again.report)); err != nil {
		return err
	}
	if err := a.showNextSteps(again.report, o.offline); err != nil || failed {
		return orSaid(err)
	}
	return orTrouble(nil, again.report)
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
