package helper

import (
	"context"
	"errors"
	"flag"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

type moveOptions struct{ in string }

func (o *moveOptions) flags(set *flag.FlagSet) {
	set.StringVar(&o.in, "in", "", "the `PLACE` to keep the token in: "+inUsage)
}

// move keeps tokens elsewhere from now on.
func move(ctx context.Context, run *Run, args []string) error {
	o := &moveOptions{}
	rest, err := parseArgs(flagSet("move", o.flags), args)
	if err != nil {
		return err
	}
	if o.in == "" {
		return console.Usagef("move: say where to, with --in: %s", inUsage)
	}
	to, err := parsePlace(o.in)
	if err != nil {
		return err
	}
	entries, err := allNamed(run, "move", rest)
	if err != nil {
		return err
	}
	leave, err := run.openPrompt()
	if err != nil {
		return err
	}
	defer leave()
	if err := run.readyFor(ctx, to, toMove); err != nil {
		return err
	}
	if err := oneByOne(run, "move", entries, func(e *store.Entry) error { return moveOne(ctx, run, e, to) }); err != nil {
		return err
	}
	_ = run.Store.Sweep(ctx)
	if run.Unlocked {
		sayUnlocked(run)
	}
	return nil
}

// sayUnlocked says that the encrypted store stays unlocked.
func sayUnlocked(run *Run) {
	run.UI.Sayf("the encrypted store is unlocked now, for %d hours at the most", int(encrypted.HoldFor/time.Hour))
	run.UI.Hintf("to lock it before that: git credential-bitbucket lock")
}

func moveOne(ctx context.Context, run *Run, e *store.Entry, to place) error {
	from := placeOf(e)
	moved, err := run.Store.Move(ctx, e, to.vault, to.command)
	switch {
	case errors.Is(err, store.ErrMovedAlready):
		run.UI.Sayf(`the token "%s" is kept %s already`, e.Name, to.words())
		return nil
	case errors.Is(err, store.ErrCopyLeft):
		run.UI.Sayf("%s", err)
	case err != nil:
		return err
	}
	run.UI.Sayf(`moved the token "%s"; from now on it is kept %s`, moved.Name, to.words())
	if from.vault == store.CommandVault {
		run.UI.Sayf("it lies where the command took it from as well")
	}
	return nil
}
