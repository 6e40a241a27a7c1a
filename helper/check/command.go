package check

import (
	"context"
	"errors"
	"slices"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"

	"github.com/spf13/cobra"
)

type options struct {
	fix, yes, offline, json, verbose bool
	under, in                        string
	place                            program.Place // that in means
}

// Command finds out why Bitbucket refuses, and with --fix mends what can be mended.
// Without it nothing is changed.
func Command(run *program.Run) *cobra.Command {
	o := &options{}
	c := run.Command("check [URL] [options]", "find out why Bitbucket refuses; --fix mends it",
		`Finds out why Bitbucket refuses: git's configuration, other helpers, ~/.netrc,
the remotes of this clone and the saved tokens, each with what to type. It exits
with 1 if something is wrong. What --fix removes from a file stays in a copy
beside it.`,
		func(ctx context.Context, args []string) error { return look(ctx, run, o, args) })
	set := c.Flags()
	set.BoolVar(&o.fix, "fix", false, "mend what can be mended, after showing the plan and a question")
	set.BoolVar(&o.yes, "yes", false, "with --fix: do not ask")
	set.StringVar(&o.in, "in", store.KeychainVault, "with --fix: the `PLACE` to store a token in that is found unprotected: keychain, encrypted or file")
	set.StringVar(&o.under, "under", "", "look at every clone in `DIR` and below it, not only at this one")
	set.BoolVar(&o.offline, "offline", false, "make no connection")
	set.BoolVar(&o.verbose, "verbose", false, "every line, also what is ok; without a terminal all are shown anyway")
	set.BoolVar(&o.json, "json", false, "as JSON, an object whose names and meanings stay")
	program.CompletePlaces(c, store.KeychainVault, store.EncryptedVault, store.FileVault)
	_ = c.MarkFlagDirname("under") // it fails where the command has no such option
	return c
}

func look(ctx context.Context, run *program.Run, o *options, args []string) error {
	switch {
	case len(args) > 1:
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
	if len(args) > 0 {
		url = args[0]
	}
	x, lines, err := examine(ctx, run, o, url)
	if err != nil {
		return err
	}
	if o.fix {
		return mend(ctx, run, x, lines, url)
	}
	if o.json {
		err = report.ShowJSON(run.UI, lines)
	} else if err = report.Show(run.UI, lines, o.verbose); err == nil {
		err = report.ShowNextSteps(run.UI, lines, o.offline)
	}
	return orTrouble(err, lines)
}

// checkPlace reads where tokens are to be saved.
func (o *options) checkPlace() (err error) {
	o.place, err = program.ParsePlace(o.in)
	switch {
	case err != nil:
		return err
	case o.place.Vault == store.CommandVault:
		return console.Usagef("--in: no token can be put into a command")
	case o.place.Vault != store.KeychainVault && !o.fix:
		return console.Usagef("--in goes with --fix")
	}
	return nil
}

// preparePlace finds out whether the tokens of a plan can be saved where they are to
// be. The keychain, which is the default, says so when it is wanted.
func preparePlace(ctx context.Context, run *program.Run, o *options, plan []fix.Step) error {
	savesOne := slices.ContainsFunc(plan, func(s fix.Step) bool { _, saves := s.(fix.SaveToken); return saves })
	if !savesOne || o.place.Vault == store.KeychainVault {
		return nil
	}
	leave, err := run.OpenPrompt()
	if err != nil {
		return err
	}
	defer leave()
	return run.ReadyFor(ctx, o.place, program.ToMend)
}

// orTrouble fails if one of the lines is an error.
func orTrouble(err error, lines []report.Diagnosis) error {
	if err == nil && report.CountOf(lines, report.Error) > 0 {
		return console.ErrReported
	}
	return err
}

// mend shows the whole plan, asks once, carries it out, and looks once more.
func mend(ctx context.Context, run *program.Run, x *facts, lines []report.Diagnosis, url string) error {
	o := x.options
	plan := fix.Plan(report.StepsOf(lines), x.entries)
	if len(plan) == 0 {
		run.UI.Sayf("there is nothing to mend")
		if err := report.Show(run.UI, report.Troubles(lines), true); err != nil {
			return err
		}
		return orTrouble(report.ShowNextSteps(run.UI, lines, o.offline), lines)
	}
	if err := fix.Show(run, plan); err != nil {
		return err
	}
	if err := run.AgreeTo(o.yes, errNotMended, "do all this?", "to do it without a question, add --yes"); err != nil {
		return err
	}
	if err := preparePlace(ctx, run, o, plan); err != nil {
		return err
	}
	tried, failed := fix.CarryOut(ctx, run, plan)
	_, again, err := examine(ctx, run, o, url)
	if err != nil {
		return err
	}
	again = report.WithoutTried(again, tried)
	if err := report.Show(run.UI, report.Troubles(again), true); err != nil {
		return err
	}
	if err := report.ShowNextSteps(run.UI, again, o.offline); err != nil || failed {
		return orReported(err)
	}
	return orTrouble(nil, again)
}

func orReported(err error) error {
	if err == nil {
		return console.ErrReported
	}
	return err
}

var errNotMended = errors.New("nothing was changed")
