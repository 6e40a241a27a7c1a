package helper

import (
	"bytes"
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"git-credential-bitbucket/helper/check"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/gitcredential"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/token"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

// The groups in which help lists the commands.
const (
	everyday = "every day"
	vaults   = "the encrypted store"
	others   = "for git, shells and scripts"
)

// commands is the table of all commands. Help, completions and the manual page are made
// from it.
func commands(run *program.Run) *cobra.Command {
	cobra.EnableCommandSorting = false
	root := &cobra.Command{Use: console.Program, Args: cobra.ArbitraryArgs, DisableFlagParsing: true,
		SilenceErrors: true, SilenceUsage: true, CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
		SuggestionsMinimumDistance: 2}
	root.RunE = func(_ *cobra.Command, args []string) error { return unknown(run, root, args) }
	help := helpCommand(run, root)
	for _, group := range []struct {
		name     string
		commands []*cobra.Command
	}{
		{everyday, []*cobra.Command{setup.Command(run), token.StoreCommand(run), check.Command(run), token.ListCommand(run), token.RenewCommand(run), token.EditCommand(run),
			token.EraseCommand(run), token.RestoreCommand(run), token.MoveCommand(run)}},
		{vaults, []*cobra.Command{token.UnlockCommand(run), token.LockCommand(run), token.PassphraseCommand(run)}},
		{others, []*cobra.Command{getCommand(run), completionCommand(run), versionCommand(run), help}},
	} {
		root.AddGroup(&cobra.Group{ID: group.name, Title: group.name})
		for _, c := range group.commands {
			c.GroupID = group.name
			root.AddCommand(c)
		}
	}
	root.SetHelpCommand(help)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { _ = run.UI.PrintRaw([]byte(describe(c))) })
	silenceCobra(run, root)
	return root
}

// getCommand is git's get as a person sees it; with no argument it is answered before this
// table is made.
func getCommand(run *program.Run) *cobra.Command {
	return run.Command("get", "answer git, which calls this, store and erase",
		"Answers git, which calls it with the attributes of git-credential(1) on standard input.",
		program.NoArguments("get", func(ctx context.Context) error { return gitcredential.Get(ctx, run) }))
}

func versionCommand(run *program.Run) *cobra.Command {
	return run.Command("version", "print the version", "Prints the version.",
		program.NoArguments("version", func(context.Context) error { return run.UI.Printf("%s %s\n", console.Program, run.Version) }))
}

//go:embed completion/bash completion/zsh completion/fish
var completionScripts embed.FS

// shells are those that completions are made for.
var shells = []string{"bash", "zsh", "fish", "powershell"}

// completionCommand prints a shell's script. The script asks this program what may follow, by
// cobra's hidden command __complete. Cobra's own scripts do not serve behind "git", so only
// PowerShell's is used.
func completionCommand(run *program.Run) *cobra.Command {
	c := run.Command("completion SHELL", "print the completions for bash, zsh, fish or powershell",
		"Prints the script that completes these commands in bash, zsh, fish or PowerShell;\nin the first three also after git credential-bitbucket.", nil)
	c.ValidArgsFunction = cobra.FixedCompletions(shells, cobra.ShellCompDirectiveNoFileComp)
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 1 || !slices.Contains(shells, args[0]) {
			return console.Usagef("completion takes the name of a shell: %s", strings.Join(shells, ", "))
		}
		if args[0] == "powershell" {
			return c.Root().GenPowerShellCompletionWithDesc(run.UI.Out)
		}
		script, err := completionScripts.ReadFile("completion/" + args[0])
		if err != nil {
			return err
		}
		return run.UI.PrintRaw(script)
	}
	return c
}

func helpCommand(run *program.Run, root *cobra.Command) *cobra.Command {
	c := run.Command("help [COMMAND]", "print this, or the options of a command", "Prints the commands, or the options of one.",
		func(_ context.Context, args []string) error {
			c, more, err := root.Find(args)
			if err != nil || c == root && len(args) > 0 || len(more) > 0 {
				return console.WithHintf(console.Usagef("there is no command \"%s\"", strings.Join(args, " ")), "git credential-bitbucket help")
			}
			return run.UI.PrintRaw([]byte(describe(c)))
		})
	c.ValidArgsFunction = func(_ *cobra.Command, before []string, typed string) (names []cobra.Completion, _ cobra.ShellCompDirective) {
		for _, c := range root.Commands() {
			if len(before) == 0 && strings.HasPrefix(c.Name(), typed) {
				names = append(names, cobra.CompletionWithDesc(c.Name(), c.Short))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
	return c
}

// describe is the help of a command, or that of all.
func describe(c *cobra.Command) string {
	if !c.HasParent() {
		return overview(c)
	}
	text := "usage: git credential-bitbucket " + c.Use + "\n\n" + console.Paragraphs(c.Long) + "\n"
	if c.HasAvailableLocalFlags() {
		text += "\n" + c.LocalFlags().FlagUsagesWrapped(80)
	}
	return text
}

func overview(root *cobra.Command) string {
	var out bytes.Buffer
	out.WriteString("gives git the right username and token for https://bitbucket.org\n\n" +
		"usage: git credential-bitbucket COMMAND\n\nbegin with: git credential-bitbucket setup\n      then: git credential-bitbucket store\n")
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	for _, group := range root.Groups() {
		fmt.Fprintf(table, "\n%s:\n", group.Title)
		for _, c := range root.Commands() {
			if c.GroupID == group.ID {
				fmt.Fprintf(table, "  %s\t%s\n", c.Use, c.Short)
			}
		}
	}
	table.Flush()
	fmt.Fprintf(&out, "\nin the environment, %s or %s\n(with %s and %s)\n"+
		"holds a token that is used before any saved one and never saved;\n"+
		"%s opens the encrypted store unattended\n",
		store.TokenVariable, store.TokenFileVariable, store.EmailVariable, store.UsernameVariable, encrypted.PassphraseFileVariable)
	return out.String()
}
