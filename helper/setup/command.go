package setup

import (
	"context"

	"github.com/spf13/cobra"

	"git-credential-bitbucket/helper/program"
)

// Command points git at this program for bitbucket.org, or takes that back.
func Command(run *program.Run) *cobra.Command {
	o := &Options{}
	c := run.Command("setup [options]", "point git at this program for bitbucket.org",
		`Points git at this program for https://bitbucket.org, by two or three lines that it shows
and writes to your global configuration.`,
		program.NoArguments("setup", func(ctx context.Context) error {
			needsPath, err := run.Store.NeedsPath()
			if err != nil && !o.Undo {
				return err
			}
			return Run(ctx, run.UI, o, needsPath)
		}))
	set := c.Flags()
	set.BoolVar(&o.Undo, "undo", false, "take away what setup wrote, and nothing else")
	set.BoolVar(&o.print, "print", false, "print the lines and write nothing")
	set.BoolVar(&o.keepOthers, "keep-others", false, "leave the helpers that git asks already; they are handed every token that worked")
	set.BoolVar(&o.system, "system", false, "for everybody on this machine, not for you alone")
	set.BoolVar(&o.local, "local", false, "for this clone alone")
	return c
}
