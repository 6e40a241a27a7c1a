// Package helper is what a person or git may ask this program for: one table of
// commands, one file a command; what it says goes through the package console.
package helper

import (
	"context"
	"errors"
	"flag"

	"git-credential-bitbucket/helper/check"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/gitcredential"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/token"
)

// subcommand is a word that may follow the program's name.
type subcommand struct {
	name    string
	args    string // as usage shows them
	summary string
	run     func(ctx context.Context, run *program.Run, args []string) error
	// flags adds the command's options to a set, for help; nil: it has none.
	flags func(*flag.FlagSet)
}

// The exit codes.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2

	exitInterrupted = 130 // as a shell shows it
)

func commands() []subcommand {
	return []subcommand{
		{"store", "[options]", "save a token; asks for it on a terminal, takes it from standard input in a script", storeOfGitOrPerson, (&token.SaveOptions{}).Flags},
		{"list", "[--json | --names]", "list what is saved, without any secret", token.List, (&token.ListOptions{}).Flags},
		{"edit", "NAME [options]", "change what is known about a token", token.Edit, (&token.EditOptions{}).Flags},
		{"erase", "NAME... [--yes]", "destroy a token for good", eraseOfGitOrPerson, (&token.EraseOptions{}).Flags},
		{"restore", "NAME...", "put back a token that was set aside", token.Restore, nil},
		{"move", "NAME... --in PLACE", "keep a token elsewhere from now on", token.Move, (&token.MoveOptions{}).Flags},
		{"unlock", "[--for TIME]", "let git use the encrypted store for up to 12 hours (scripts: passphrase on standard input)", token.Unlock, (&token.UnlockOptions{}).Flags},
		{"lock", "", "lock the encrypted store before its time is up", token.Lock, nil},
		{"passphrase", "", "change the encrypted store's passphrase (scripts: old and new on standard input, one a line)", token.ChangePassphrase, nil},
		{"check", "[URL] [options]", "find out why Bitbucket refuses, and mend it with --fix", check.Run, (&check.CheckOptions{}).Flags},
		{"setup", "[options]", "point git at this program for bitbucket.org", setup.Command, (&setup.Options{}).Flags},
		{"completion", "SHELL", "print the script that completes these commands in bash, zsh or fish", completion, nil},
		{"get", "", "answer git; git calls this, as it calls store and erase", gitcredential.Get, nil},
		{"version", "", "print the version", printVersion, nil},
		{"help", "[COMMAND]", "print this, or the options of a command", help, nil},
	}
}

// Main runs the program with the arguments after its name and returns its exit
// code: 0 done, 1 failed, 2 wrong usage.
func Main(version string, args []string) int {
	disableCoreDumps()
	getenv := takeToken()
	run := program.New(version, getenv)
	return dispatch(context.Background(), run, args)
}

func dispatch(ctx context.Context, run *program.Run, args []string) int {
	if len(args) == 0 {
		run.UI.Sayf("a command is missing")
		run.UI.Hintf("git credential-bitbucket help")
		return exitUsage
	}
	word := args[0]
	switch word {
	case "-h", "-help", "--help":
		word = "help"
	case "--version":
		word = "version"
	}
	for _, c := range commands() {
		if c.name == word {
			return exitCode(ctx, run, c, c.run(ctx, run, args[1:]))
		}
	}
	if !console.IsTerminal(run.In) && !console.IsGitBash(run.In) {
		// Git may learn new operations; a helper is to ignore them.
		return exitOK
	}
	run.UI.Sayf("unknown command \"%s\"", word)
	run.UI.Hintf("git credential-bitbucket help")
	return exitUsage
}

func exitCode(ctx context.Context, run *program.Run, c subcommand, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		help(ctx, run, []string{c.name})
		return exitOK
	case errors.Is(err, console.ErrReported):
		return exitFailed
	case errors.Is(err, console.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, console.ErrUsage):
		run.UI.Fail(err)
		var hinted *console.HintedError
		if !errors.As(err, &hinted) {
			run.UI.Hintf("git credential-bitbucket help %s", c.name)
		}
		return exitUsage
	}
	run.UI.Fail(run.WithCure(err, program.ToRead))
	return exitFailed
}

// storeOfGitOrPerson is git's store if git is on the pipe, and a person's otherwise.
func storeOfGitOrPerson(ctx context.Context, run *program.Run, args []string) error {
	if len(args) > 0 || console.IsTerminal(run.In) {
		return token.Save(ctx, run, args)
	}
	if console.IsGitBash(run.In) {
		return console.WithHintf(console.Usagef("this terminal hides from Windows programs that somebody is typing"),
			"winpty git credential-bitbucket store")
	}
	return gitcredential.Store(ctx, run)
}

// eraseOfGitOrPerson is git's erase if git is on the pipe, and a person's otherwise.
func eraseOfGitOrPerson(ctx context.Context, run *program.Run, args []string) error {
	if len(args) == 0 && !console.IsTerminal(run.In) && !console.IsGitBash(run.In) {
		return gitcredential.Erase(ctx, run)
	}
	return token.Erase(ctx, run, args)
}
