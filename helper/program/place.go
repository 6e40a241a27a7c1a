package program

// The places where a token can be kept, as a person names and reads them.

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/shell"
)

// Place is a vault, with the command if it is one.
type Place struct {
	Vault   string
	Command []string
}

// CommandPrefix is before a command in --in.
const CommandPrefix = store.CommandVault + ":"

// InUsage is what --in takes.
const InUsage = "keychain, encrypted, file or 'command:COMMAND', whose output's first line is the token"

// ParsePlace reads what --in says.
func ParsePlace(in string) (Place, error) {
	switch in {
	case store.KeychainVault, store.EncryptedVault, store.FileVault:
		return Place{Vault: in}, nil
	}
	line, isCommand := strings.CutPrefix(in, CommandPrefix)
	if !isCommand {
		return Place{}, console.WithHintf(console.Usagef(`--in: there is no place "%s"`, in), "--in takes %s", hint.Line(InUsage))
	}
	argv, err := command.Parse(line)
	if err != nil {
		return Place{}, console.WithHintf(console.Usagef("--in: %v", err), "%s", commandExample(line, err))
	}
	return Place{store.CommandVault, argv}, nil
}

// commandExample shows what a command may look like.
func commandExample(line string, err error) hint.Line {
	if errors.Is(err, command.ErrNeedsShell) && !strings.ContainsAny(line, `'"`) {
		return `let a shell run it: --in 'command:sh -c "` + hint.Line(console.Escape(line)) + `"'`
	}
	return "a program and its arguments, such as --in 'command:pass show bitbucket'"
}

// PlaceOf is where an entry's secret is.
func PlaceOf(e *store.Entry) Place { return Place{e.Vault, e.Command} }

// Words tell where a token is kept.
func (p Place) Words() string {
	switch p.Vault {
	case store.EncryptedVault:
		return "in the encrypted store"
	case store.FileVault:
		return "in a plain file, not encrypted"
	case store.CommandVault:
		return "by the command " + string(shell.Words(p.Command))
	case store.EnvironmentName:
		return "in the environment"
	}
	return "in the " + p.Vault
}

// Column is the same for a table.
func (p Place) Column() string {
	switch p.Vault {
	case store.FileVault:
		return "file, not encrypted"
	case store.CommandVault:
		return "command: " + string(shell.Words(p.Command))
	}
	return p.Vault
}

// Ready finds out whether a token could be kept in a place, before there is one. The
// encrypted store is unlocked, or made, with a passphrase if need be.
func (run *Run) Ready(ctx context.Context, p Place) error {
	switch p.Vault {
	case store.KeychainVault:
		err := run.Keychain.Ready(ctx)
		if errors.Is(err, keychain.ErrNoKeyring) && run.Keychain.Person {
			err = run.makeKeyring(ctx)
		}
		if err != nil {
			return fmt.Errorf("the keychain cannot be used: %w", err)
		}
		return nil
	case store.EncryptedVault:
		err := run.Encrypted.Ready(ctx)
		if errors.Is(err, encrypted.ErrNoIdentity) {
			err = run.MakeEncrypted(ctx)
		}
		return err
	case store.FileVault:
		return run.Files.Ready()
	case store.CommandVault:
		return nil // it is tried when the token is read
	}
	return fmt.Errorf("%w in this version: %s", store.ErrNoVault, p.Vault)
}

// makeKeyring lets a keychain that is used for the first time make a keyring.
func (run *Run) makeKeyring(ctx context.Context) error {
	run.UI.Sayf("the keychain has no keyring yet; its dialog asks for a password for a new one")
	err := run.Keychain.MakeKeyring(ctx)
	if errors.Is(err, keychain.ErrDismissed) || errors.Is(err, keychain.ErrLocked) {
		return fmt.Errorf("%w, and its dialog for a new one was closed", keychain.ErrNoKeyring)
	}
	return err
}

// ReadyFor is Ready for a person who chose the vault, and is told what it is not good
// for.
func (run *Run) ReadyFor(ctx context.Context, p Place, way wayOut) error {
	if err := run.Ready(ctx, p); err != nil {
		return run.WithHint(err, way)
	}
	run.SayPlace(p)
	return nil
}

// SayPlace says in so many words what a place is not good for.
func (run *Run) SayPlace(p Place) {
	switch p.Vault {
	case store.FileVault:
		run.UI.Sayf("the token is stored unencrypted in %s: every program you run can read it, and so can anyone with the disk or a backup", shell.Tilde(run.Files.Folder()))
	case store.EncryptedVault:
		run.sayNoKernelKeyring()
	}
}

// sayNoKernelKeyring says how git opens the encrypted store if the kernel does not
// keep what opens it.
func (run *Run) sayNoKernelKeyring() {
	err := encrypted.KernelKeyring()
	path := run.Getenv(encrypted.PassphraseFileVariable)
	switch {
	case err == nil:
	case path != "":
		run.UI.Sayf("%s, so git opens the encrypted store with the passphrase in %s each time", err, shell.Tilde(path))
	default:
		run.UI.Sayf("%s, so the passphrase is asked for each time that git needs the token", err)
		run.UI.Hintf("%s", Unattended)
	}
}
