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

// app is one run of the program.
type app struct {
	ctx     context.Context
	version string
	in      *os.File
	ui      *console.Console
	getenv  func(string) string
	store   *store.Store

	keys      *keychain.Vault
	encrypted *encrypted.Vault
	files     *file.Vault

	term          *console.Terminal // while a command that may ask a person runs on one
	asksNobody    bool              // whatever the terminal is
	madeEncrypted bool              // the encrypted store, in this run
	unlocked      bool              // the encrypted store, by a person in this run

	read map[string]readSecret // by the entry's id, see secretFor
}

// subcommand is a word that may follow the program's name.
type subcommand struct {
	name    string
	args    string // as usage shows them
	summary string
	run     func(a *app, args []string) error
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
		{"store", "[options]", "save a token; asks for it on a terminal, takes it from standard input in a script", (*app).storeCommand, (&saveOptions{}).flags},
		{"list", "[--json | --names]", "list what is saved, without any secret", (*app).list, (&listOptions{}).flags},
		{"edit", "NAME [options]", "change what is known about a token", (*app).edit, (&editOptions{}).flags},
		{"erase", "NAME... [--yes]", "destroy a token for good", (*app).eraseCommand, (&eraseOptions{}).flags},
		{"restore", "NAME...", "put back a token that was set aside", (*app).restore, nil},
		{"move", "NAME... --in PLACE", "keep a token elsewhere from now on", (*app).move, (&moveOptions{}).flags},
		{"unlock", "[--for TIME]", "let git use the encrypted store for up to 12 hours (scripts: passphrase on standard input)", (*app).unlock, (&unlockOptions{}).flags},
		{"lock", "", "lock the encrypted store before its time is up", (*app).lock, nil},
		{"passphrase", "", "change the encrypted store's passphrase (scripts: old and new on standard input, one a line)", (*app).changePassphrase, nil},
		{"check", "[URL] [options]", "find out why Bitbucket refuses, and mend it with --fix", (*app).check, (&checkOptions{}).flags},
		{"setup", "[options]", "point git at this program for bitbucket.org", (*app).setup, (&setup.Options{}).Flags},
		{"completion", "SHELL", "print the script that completes these commands in bash, zsh or fish", (*app).completion, nil},
		{"get", "", "answer git; git calls this, as it calls store and erase", (*app).get, nil},
		{"version", "", "print the version", (*app).printVersion, nil},
		{"help", "[COMMAND]", "print this, or the options of a command", (*app).help, nil},
	}
}

// Main runs the program with the arguments after its name and returns its exit
// code: 0 done, 1 failed, 2 wrong usage.
func Main(version string, args []string) int {
	disableCoreDumps()
	getenv := takeToken()
	keys := &keychain.Vault{Display: hasDisplay(getenv), Person: personPresent(getenv)}
	a := &app{
		ctx:     context.Background(),
		version: version,
		in:      os.Stdin,
		ui:      &console.Console{Out: os.Stdout, Err: os.Stderr},
		getenv:  getenv,

		keys:      keys,
		encrypted: encrypted.New(store.Beside("encrypted")),
		files:     file.New(store.Beside("files")),
	}
	a.store = store.Open(map[string]tokens.Vault{store.KeychainVault: keys, store.EncryptedVault: a.encrypted, store.FileVault: a.files})
	a.encrypted.Ask = a.passphrase
	keys.Waiting = func() { a.ui.Sayf("waiting for the keychain; it may have opened a dialog") }
	return a.run(args)
}

func (a *app) run(args []string) int {
	if len(args) == 0 {
		a.ui.Sayf("a command is missing")
		a.ui.Hintf("git credential-bitbucket help")
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
			return a.exitCode(c, c.run(a, args[1:]))
		}
	}
	if !console.IsTerminal(a.in) && !console.IsGitBash(a.in) {
		// Git may learn new operations; a helper is to ignore them.
		return exitOK
	}
	a.ui.Sayf("unknown command \"%s\"", word)
	a.ui.Hintf("git credential-bitbucket help")
	return exitUsage
}

func (a *app) exitCode(c subcommand, err error) int {
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		a.help([]string{c.name})
		return exitOK
	case errors.Is(err, console.ErrReported):
		return exitFailed
	case errors.Is(err, console.ErrInterrupted):
		return exitInterrupted
	case errors.Is(err, console.ErrUsage):
		a.ui.Fail(err)
		var hinted *console.HintedError
		if !errors.As(err, &hinted) {
			a.ui.Hintf("git credential-bitbucket help %s", c.name)
		}
		return exitUsage
	}
	a.ui.Fail(a.withCure(err, toRead))
	return exitFailed
}

// openPrompt opens the terminal for a command that may ask a person, if there is one.
func (a *app) openPrompt() (leave func(), err error) {
	if !console.IsTerminal(a.in) {
		return func() {}, nil
	}
	if a.term, err = console.OpenTerminal(); err != nil {
		return nil, err
	}
	return func() {
		a.term.Close()
		a.term = nil
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
func (a *app) readCredential(word string) (*credential.Credential, error) {
	c, err := credential.Parse(a.in)
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
