package token

import (
	"context"
	"errors"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"

	"github.com/spf13/cobra"
)

// MoveCommand keeps tokens elsewhere from now on.
func MoveCommand(run *program.Run) *cobra.Command {
	in := ""
	c := run.Command("move NAME... --in PLACE", "store a token in another place",
		"Stores tokens in another place. A token is copied, read back, and only then removed.",
		func(ctx context.Context, args []string) error { return move(ctx, run, in, args) })
	c.Flags().StringVar(&in, "in", "", "the `PLACE` to store the token in: "+program.InUsage)
	c.ValidArgsFunction = completeNames(run)
	program.CompletePlaces(c, allPlaces...)
	return c
}

func move(ctx context.Context, run *program.Run, in string, args []string) error {
	if in == "" {
		return console.Usagef("move: no --in was given: %s", program.InUsage)
	}
	to, err := program.ParsePlace(in)
	if err != nil {
		return err
	}
	entries, err := allNamed(run, "move", args)
	if err != nil {
		return err
	}
	leave, err := run.OpenPrompt()
	if err != nil {
		return err
	}
	defer leave()
	if err := run.ReadyFor(ctx, to, program.ToMove); err != nil {
		return err
	}
	if err := oneByOne(run, "move", entries, func(e *store.Entry) error { return moveOne(ctx, run, e, to) }); err != nil {
		return err
	}
	_ = run.Store.RemoveUnused(ctx)
	if run.Unlocked {
		sayUnlocked(run)
	}
	return nil
}

// sayUnlocked says that the encrypted store stays unlocked.
func sayUnlocked(run *program.Run) {
	run.UI.Sayf("the encrypted store is unlocked now, for %d hours at the most", int(encrypted.HoldFor/time.Hour))
	run.UI.Hintf("to lock it before that: git credential-bitbucket lock")
}

func moveOne(ctx context.Context, run *program.Run, e *store.Entry, to program.Place) error {
	from := program.PlaceOf(e)
	moved, err := run.Store.Move(ctx, e, to.Vault, to.Command)
	switch {
	case errors.Is(err, store.ErrMovedAlready):
		run.UI.Sayf(`the token "%s" is stored %s already`, e.Name, to.Words())
		return nil
	case errors.Is(err, store.ErrCopyLeft):
		run.UI.Sayf("%s", err)
	case err != nil:
		return err
	}
	run.UI.Sayf(`moved the token "%s": it is now stored %s`, moved.Name, to.Words())
	if from.Vault == store.CommandVault {
		run.UI.Sayf("its command still prints it")
	}
	return nil
}
