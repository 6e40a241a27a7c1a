// Package helper is the command line: git's own calls, and the table of the commands that a
// person types.
package helper

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/gitcredential"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2

	exitInterrupted = 130 // as a shell shows it
)

// Main runs the program with the arguments after its name and returns its exit
// code: 0 done, 1 failed, 2 wrong usage.
func Main(version string, args []string) int {
	disableCoreDumps()
	run := program.New(version, takeToken())
	if word, isGit := calledByGit(run, args); isGit {
		return exitCode(run, word, gitCall(context.Background(), run, word))
	}
	return typed(context.Background(), run, args)
}

// calledByGit reports whether this is a call of git's: one word, no options, and git's input
// on the pipe. git's get can be tried on a terminal.
func calledByGit(run *program.Run, args []string) (word string, isGit bool) {
	if len(args) != 1 || strings.HasPrefix(args[0], "-") {
		return "", false
	}
	word = args[0]
	if word == "get" {
		return word, true
	}
	onPipe := !console.IsTerminal(run.In) && !console.IsGitBash(run.In)
	return word, onPipe && (word == "store" || word == "erase")
}

func gitCall(ctx context.Context, run *program.Run, word string) error {
	switch word {
	case "store":
		return gitcredential.Store(ctx, run)
	case "erase":
		return gitcredential.Erase(ctx, run)
	}
	return gitcredential.Get(ctx, run)
}

// typed runs a command that a person typed.
func typed(ctx context.Context, run *program.Run, args []string) int {
	if len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help", "--version"}, args[0]) {
		args[0] = map[bool]string{true: "version", false: "help"}[args[0] == "--version"]
	}
	root := commands(run)
	if len(args) > 0 && strings.HasPrefix(args[0], "-") { // cobra would look for a command behind it
		return exitCode(run, "", unknown(run, root, args))
	}
	root.SetArgs(args)
	c, err := root.ExecuteContextC(ctx)
	return exitCode(run, strings.TrimSpace(strings.TrimPrefix(c.CommandPath(), root.CommandPath())), err)
}

// exitCode reports an error of a command, and returns what the program exits with.
func exitCode(run *program.Run, command string, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, console.ErrReported):
		return exitFailed
	case errors.Is(err, console.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, console.ErrUsage):
		run.UI.Fail(err)
		if hint.Of(err, "") == "" {
			run.UI.Hintf("git credential-bitbucket help %s", command)
		}
		return exitUsage
	}
	run.UI.Fail(run.WithHint(err, program.ToRead))
	return exitFailed
}

// unknown is for a word that is no command. Git calls a helper with one word, and a helper is
// to ignore the operations that it does not know.
func unknown(run *program.Run, root *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return console.WithHintf(console.Usagef("no command given"), "git credential-bitbucket help")
	case len(args) == 1 && !strings.HasPrefix(args[0], "-") && !console.IsTerminal(run.In) && !console.IsGitBash(run.In):
		return nil
	}
	err := console.Usagef("unknown command \"%s\"", args[0])
	if like := root.SuggestionsFor(args[0]); len(like) > 0 {
		return console.WithHintf(err, "did you mean this? git credential-bitbucket %s", shell.Word(like[0]))
	}
	return console.WithHintf(err, "git credential-bitbucket help")
}

// silenceCobra keeps cobra from printing: what is to be said goes through the console.
func silenceCobra(run *program.Run, root *cobra.Command) {
	root.SetOut(run.UI.Out)
	root.SetErr(io.Discard)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return console.Usagef("%v", err) })
}
