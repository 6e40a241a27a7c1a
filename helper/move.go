package helper

import (
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
func (a *app) move(args []string) error {
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
	entries, err := a.allNamed("move", rest)
	if err != nil {
		return err
	}
	leave, err := a.openPrompt()
	if err != nil {
		return err
	}
	defer leave()
	if err := a.readyFor(to, toMove); err != nil {
		return err
	}
	if err := a.oneByOne("move", entries, func(e *store.Entry) error { return a.moveOne(e, to) }); err != nil {
		return err
	}
	_ = a.store.Sweep(a.ctx)
	if a.unlocked {
		a.sayUnlocked()
	}
	return nil
}

// sayUnlocked says that the encrypted store stays unlocked.
func (a *app) sayUnlocked() {
	a.ui.Sayf("the encrypted store is unlocked now, for %d hours at the most", int(encrypted.HoldFor/time.Hour))
	a.ui.Hintf("to lock it before that: git credential-bitbucket lock")
}

func (a *app) moveOne(e *store.Entry, to place) error {
	from := placeOf(e)
	moved, err := a.store.Move(a.ctx, e, to.vault, to.command)
	switch {
	case errors.Is(err, store.ErrMovedAlready):
		a.ui.Sayf(`the token "%s" is kept %s already`, e.Name, to.words())
		return nil
	case errors.Is(err, store.ErrCopyLeft):
		a.ui.Sayf("%s", err)
	case err != nil:
		return err
	}
	a.ui.Sayf(`moved the token "%s"; from now on it is kept %s`, moved.Name, to.words())
	if from.vault == store.CommandVault {
		a.ui.Sayf("it lies where the command took it from as well")
	}
	return nil
}
