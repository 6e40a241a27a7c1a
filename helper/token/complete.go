package token

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"git-credential-bitbucket/helper/program"
)

// completeNames completes the names of what is saved, except those that a shell could not
// show on one line. What cannot be read has none.
func completeNames(run *program.Run) cobra.CompletionFunc {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		entries, err := run.Store.Entries()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		var names []cobra.Completion
		for _, e := range entries {
			if strings.HasPrefix(e.Name, typed) && strings.IndexFunc(e.Name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
				names = append(names, cobra.CompletionWithDesc(e.Name, fmt.Sprintf("%s %s", e.Kind, program.PlaceOf(&e).Words())))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
