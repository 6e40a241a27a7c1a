// Package program is one run of this program: its streams, what it keeps and where, and what
// may be asked of a person so that a vault opens.
package program

import (
	"os"
	"runtime"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
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

	read map[string]readSecret // by the entry's id, see SecretFor
}

// New is a run of this version on the program's own streams. getenv reads the environment.
func New(version string, getenv func(string) string) *Run {
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
	return run
}

// OpenPrompt opens the terminal for a command that may ask a person, if there is one.
func (run *Run) OpenPrompt() (leave func(), err error) {
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

// personPresent reports whether a person could answer a keychain's dialog.
func personPresent(getenv func(string) string) bool {
	return hasDisplay(getenv) && getenv("CI") == "" && !promptsAreOff()
}

// promptsAreOff reports whether the caller wants no question to be asked. Git reads this
// variable as a boolean, for which an empty value is false.
func promptsAreOff() bool {
	value, set := os.LookupEnv("GIT_TERMINAL_PROMPT")
	return set && git.IsFalse(value)
}

// HasBrowser reports whether a browser that is opened here is before the person's eyes.
func (run *Run) HasBrowser() bool {
	return hasDisplay(run.Getenv) && run.Getenv("SSH_CONNECTION") == "" && run.Getenv("SSH_TTY") == ""
}

func hasDisplay(getenv func(string) string) bool {
	switch runtime.GOOS {
	case "darwin", "windows":
		return true
	}
	return getenv("DISPLAY") != "" || getenv("WAYLAND_DISPLAY") != ""
}
