package setup

import (
	"context"

	"github.com/spf13/cobra"

	"git-credential-bitbucket/helper/program"
)

// Command points git at this program for bitbucket.org, or takes that back.
func Command(run *program.Run) *cobra.Command {
	o := &Options{}
	var c *cobra.Command
	c = run.Command("setup [options]", "tell git to ask this program for bitbucket.org",
		`Tells git to ask this program for https://bitbucket.org, by some lines that it
shows and writes to your global configuration. Git then says which repository it
asks for, and Git LFS sends the token. With --proactive git sends the token with
its first request: one request less at each fetch and push, but a public
repository then needs a token as well.`,
		program.NoArguments("setup", func(ctx context.Context) error {
			needsPath, err := run.Store.NeedsPath()
			if err != nil && !o.Undo {
				return err
			}
			if o.proactiveGiven = c.Flags().Changed("proactive"); o.proactive {
				if err := mayBeProactive(ctx, run); err != nil {
					return err
				}
			}
			return Run(ctx, run.UI, o, needsPath)
		}))
	set := c.Flags()
	set.BoolVar(&o.Undo, "undo", false, "remove what setup wrote, and nothing else")
	set.BoolVar(&o.print, "print", false, "print the lines and write nothing")
	set.BoolVar(&o.keepOthers, "keep-others", false, "leave the helpers that git asks already; they get every token that worked")
	set.BoolVar(&o.proactive, "proactive", false, "let git send the token at once, which saves a request at each fetch and push; =false takes it back")
	set.BoolVar(&o.system, "system", false, "for all users of this machine, not only for you")
	set.BoolVar(&o.local, "local", false, "only for this clone")
	return c
}
