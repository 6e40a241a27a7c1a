package program

import (
	"context"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"git-credential-bitbucket/helper/console"
)

// Command makes a command of the table. usage is its name and its arguments, summary one
// line for the list of commands, about what help and the manual page say of it besides.
func (run *Run) Command(usage, summary, about string, do func(ctx context.Context, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: usage, Short: summary, Long: about, DisableFlagsInUseLine: true, SilenceErrors: true, SilenceUsage: true,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE:              func(c *cobra.Command, args []string) error { return do(c.Context(), args) }}
	c.Flags().SortFlags = false
	return c
}

// NoArguments is do for a command that takes no arguments.
func NoArguments(name string, do func(ctx context.Context) error) func(context.Context, []string) error {
	return func(ctx context.Context, args []string) error {
		if len(args) > 0 {
			return console.Usagef("%s takes no arguments", name)
		}
		return do(ctx)
	}
}

// Given are the options that were given, by name.
func Given(set *pflag.FlagSet) map[string]bool {
	given := map[string]bool{}
	set.Visit(func(f *pflag.Flag) { given[f.Name] = true })
	return given
}

// CompletePlaces completes --in.
func CompletePlaces(c *cobra.Command, places ...string) {
	// It fails where the command has no such option.
	_ = c.RegisterFlagCompletionFunc("in", cobra.FixedCompletions(places, cobra.ShellCompDirectiveNoFileComp))
}
