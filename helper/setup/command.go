package setup

import (
	"context"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
)

// Command points git at this program for bitbucket.org, or takes that back.
func Command(ctx context.Context, run *program.Run, args []string) error {
	o := &Options{}
	rest, err := program.ParseArgs(program.FlagSet("setup", o.Flags), args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return console.Usagef("setup takes no arguments")
	}
	needsPath, err := run.Store.NeedsPath()
	if err != nil && !o.Undo {
		return err
	}
	return Run(ctx, run.UI, o, needsPath)
}
