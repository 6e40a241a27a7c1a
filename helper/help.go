package helper

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"strings"
	"text/tabwriter"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

func printVersion(_ context.Context, run *program.Run, args []string) error {
	if rest, err := program.ParseArgs(program.FlagSet("version", nil), args); err != nil || len(rest) > 0 {
		return console.OrUsage(err, "version takes no arguments")
	}
	return run.UI.Printf("git-credential-bitbucket %s\n", run.Version)
}

func help(_ context.Context, run *program.Run, args []string) error {
	var out bytes.Buffer
	if len(args) == 0 {
		writeOverview(&out)
		return run.UI.PrintRaw(out.Bytes())
	}
	for _, c := range commands() {
		if c.name == args[0] {
			c.describe(&out)
			return run.UI.PrintRaw(out.Bytes())
		}
	}
	return console.WithHintf(console.Usagef("there is no command \"%s\"", args[0]), "git credential-bitbucket help")
}

func writeOverview(out *bytes.Buffer) {
	out.WriteString("git-credential-bitbucket gives git the right username and token for https://bitbucket.org\n\n" +
		"usage: git credential-bitbucket COMMAND\n\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, c := range commands() {
		fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	}
	table.Flush()
	fmt.Fprintf(out, "\nin the environment, %s or %s (with %s and %s)\n"+
		"holds a token that is used before any saved one and never saved;\n"+
		"%s opens the encrypted store unattended\n",
		store.TokenVariable, store.TokenFileVariable, store.EmailVariable, store.UsernameVariable, encrypted.PassphraseFileVariable)
}

// describe writes a command's usage and its options.
func (c subcommand) describe(out *bytes.Buffer) {
	fmt.Fprintf(out, "usage: git credential-bitbucket %s\n\n%s\n", strings.TrimSpace(c.name+" "+c.args), c.summary)
	if c.flags == nil {
		return
	}
	out.WriteString("\n")
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	program.FlagSet(c.name, c.flags).VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		fmt.Fprintf(table, "  %s\t%s\n", strings.TrimSpace("--"+f.Name+" "+value), text)
	})
	table.Flush()
}
