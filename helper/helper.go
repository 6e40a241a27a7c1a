// Package helper is what a person or git may ask this program for: one table of
// commands, one file a command; what it says goes through the package console.
package helper

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/tokens"
)

// Run is one run of the program: its streams, what it keeps, and where.
type Run struct {
	Version string
	In      *os.File
	UI      *console.Console
	Getenv  func(string) string
	Store   *store.Store

	Keychain  *keychain.Vault
	Encrypted *encrypted.Vault
	Files     *file.Vault

	Term          *console.Terminal // while a command that may ask a person runs on one
	NoQuestions   bool              // whatever the terminal is
	MadeEncrypted bool              // the encrypted store, in this run
	Unlocked      bool              // the encrypted store, by a person in this run

	read map[string]readSecret // by the entry's id, see secretFor
}

// subcommand is a word that may follow the program's name.
type subcommand struct {
	name    string
	args    string // as usage shows them
	summary string
	run     func(ctx context.Context, run *Run, args []string) error
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
		{"store", "[options]", "save a token; asks for it on a terminal, takes it from standard input in a script", storeCommand, (&saveOptions{}).flags},
		{"list", "[--json | --names]", "list what is saved, without any secret", list, (&listOptions{}).flags},
		{"edit", "NAME [options]", "change what is known about a token", edit, (&editOptions{}).flags},
		{"erase", "NAME... [--yes]", "destroy a token for good", eraseCommand, (&eraseOptions{}).flags},
		{"restore", "NAME...", "put back a token that was set aside", restore, nil},
		{"move", "NAME... --in PLACE", "keep a token elsewhere from now on", move, (&moveOptions{}).flags},
		{"unlock", "[--for TIME]", "let git use the encrypted store for up to 12 hours (scripts: passphrase on standard input)", unlock, (&unlockOptions{}).flags},
		{"lock", "", "lock the encrypted store before its time is up", lock, nil},
		{"passphrase", "", "change the encrypted store's passphrase (scripts: old and new on standard input, one a line)", changePassphrase, nil},
		{"check", "[URL] [options]", "find out why Bitbucket refuses, and mend it with --fix", checkClone, (&checkOptions{}).flags},
		{"setup", "[options]", "point git at this program for bitbucket.org", setUpGit, (&setup.Options{}).Flags},
		{"completion", "SHELL", "print the script that completes these commands in bash, zsh or fish", completion, nil},
		{"get", "", "answer git; git calls this, as it calls store and erase", get, nil},
		{"version", "", "print the version", printVersion, nil},
		{"help", "[COMMAND]", "print this, or the options of a command", help, nil},
	}
}

// Main runs the program with the arguments after its name and returns its exit
// code: 0 done, 1 failed, 2 wrong usage.
func Main(version string, args []string) int {
	disableCoreDumps()
	getenv := takeToken()
	keys := &keychain.Vault{Display: hasDisplay(getenv), Person: personPresent(getenv)}
	run := &Run{
		Version: version,
		In:      os.Stdin,
		UI:      &console.Console{Out: os.Stdout, Err: os.Stderr},
		Getenv:  getenv,

		Keychain:  keys,
		Encrypted: encrypted.New(store.Beside("encrypted")),
		Files:     file.New(store.Beside("files")),
	}
	run.Store = store.Open(map[string]tokens.Vault{store.KeychainVault: keys, store.EncryptedVault: run.Encrypted, store.FileVault: run.Files})
	run.Encrypted.Ask = run.passphrase
	keys.Waiting = func() { run.UI.Sayf("waiting for the keychain; it may have opened a dialog") }
	return dispatch(context.Background(), run, args)
}

func dispatch(ctx context.Context, run *Run, args []string) int {
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

func exitCode(ctx context.Context, run *Run, c subcommand, err error) int {
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
	run.UI.Fail(run.withCure(err, toRead))
	return exitFailed
}

// openPrompt opens the terminal for a command that may ask a person, if there is one.
func (run *Run) openPrompt() (leave func(), err error) {
	if !console.IsTerminal(run.In) {
		return func() {}, nil
	}
	if run.Term, err = console.OpenTerminal(); err != nil {
		return nil, err
	}
	return func() {
		run.Term.Close()
		run.Term = nil
	}, nil
}

// personPresent reports whether somebody could answer a keychain's dialog.
func personPresent(getenv func(string) string) bool {
	return hasDisplay(getenv) && getenv("CI") == "" && !promptsAreOff()
}

// promptsAreOff reports whether the caller wants nobody to be asked. Git reads this
// variable as a boolean, for which an empty value is false.
func promptsAreOff() bool {
	value, set := os.LookupEnv("GIT_TERMINAL_PROMPT")
	return set && git.IsFalse(value)
}

func hasDisplay(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "darwin", "windows":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}

// readCredential reads what git wrote to the pipe. Without a protocol in it,
// git is not who wrote it.
func readCredential(run *Run, word string) (*credential.Credential, error) {
	c, err := credential.Parse(run.In)
	switch {
	case errors.Is(err, credential.ErrNoProtocol) && word == "store":
		err = console.WithHintf(console.Usagef("this input is not git's (it has no protocol line), and a token in it was not saved"),
			`printf '%%s\n' "$TOKEN" | git credential-bitbucket store --email YOU@EXAMPLE.COM`)
	case errors.Is(err, credential.ErrNoProtocol):
		err = console.Usagef("%s: this input is not git's: it has no protocol line", word)
	case err != nil:
		err = fmt.Errorf("read git's request: %w", err)
	}
	return c, err
}

// parseArgs parses options before, between and after the other arguments, and
// returns those. Everything after "--" is one of them.
func parseArgs(set *flag.FlagSet, args []string) ([]string, error) {
	var rest, literal []string
	for i, arg := range args {
		if arg == "--" {
			args, literal = args[:i], args[i+1:]
			break
		}
	}
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, console.Usagef("%v", err)
		}
		if set.NArg() == 0 {
			return append(rest, literal...), nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}

// flagSet makes a silent set of options: errors are reported by exitCode alone.
func flagSet(name string, add func(*flag.FlagSet)) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	if add != nil {
		add(set)
	}
	return set
}

// names is an option that may be given several times.
type names []string

func (n *names) String() string     { return strings.Join(*n, ",") }
func (n *names) Set(v string) error { *n = append(*n, v); return nil }
