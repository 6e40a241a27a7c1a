package helper

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"git-credential-bitbucket/store"
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
		return usage("move: say where to, with --in: %s", inUsage)
	}
	to, err := parsePlace(o.in)
	if err != nil {
		return err
	}
	entries, err := a.allNamed("move", rest)
	if err != nil {
		return err
	}
	leave, err := a.sitDown()
	if err != nil {
		return err
	}
	defer leave()
	if err := a.ready(to); err != nil {
		return a.withCure(err, toMove)
	}
	a.sayPlace(to)
	for i, e := range entries {
		if err := a.moveOne(e, to); err != nil {
			return notTried(a.withCure(fmt.Errorf("move \"%s\": %w", e.Name, err), noWayOut), entries[i+1:])
		}
	}
	_ = a.store.Sweep(a.ctx)
	if a.unlocked {
		a.sayUnlocked()
	}
	return nil
}

// notTried adds the names of those that come behind one that failed.
func notTried(err error, rest []*store.Entry) error {
	if len(rest) == 0 {
		return err
	}
	var names []string
	for _, e := range rest {
		names = append(names, string(shellWord(e.Name)))
	}
	return fmt.Errorf("%w; not tried: %s", err, strings.Join(names, " "))
}

// sayUnlocked says that the encrypted store stays unlocked.
func (a *app) sayUnlocked() {
	a.ui.say("the encrypted store is unlocked now, for %d hours at the most", int(store.HoldFor/time.Hour))
	a.ui.hint("to lock it before that: git credential-bitbucket lock")
}

func (a *app) moveOne(e *store.Entry, to place) error {
	from := placeOf(e)
	moved, err := a.store.Move(a.ctx, e, to.vault, to.command)
	switch {
	case errors.Is(err, store.ErrMovedAlready):
		a.ui.say(`the token "%s" is kept %s already`, e.Name, to.words())
		return nil
	case errors.Is(err, store.ErrCopyLeft):
		a.ui.say("%s", err)
	case err != nil:
		return err
	}
	a.ui.say(`moved the token "%s"; from now on it is kept %s`, moved.Name, to.words())
	if from.vault == store.CommandVault {
		a.ui.say("it lies where the command took it from as well")
	}
	return nil
}
