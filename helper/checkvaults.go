package helper

import (
	"context"
	"errors"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/private"
)

// checkVaults tells of each vault that holds a token whether it can be read.
func checkVaults(_ context.Context, x *facts, ask *prober, out *results) {
	if x.entriesErr != nil {
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(x.entriesErr, toRead), "what is saved cannot be read: %v", x.entriesErr)
		return
	}
	var seen []string
	for i := range x.entries {
		e := &x.entries[i]
		if e.Vault == store.CommandVault {
			checkVaultCommand(x, out, e)
		}
		if slices.Contains(seen, e.Vault) {
			continue
		}
		seen = append(seen, e.Vault)
		switch e.Vault {
		case store.KeychainVault:
			checkKeychain(ask, out)
		case store.EncryptedVault:
			checkEncrypted(x, ask, out)
		case store.FileVault:
			checkFolder(x, ask, out)
		case store.CommandVault:
		default:
			out.wrong(causeVault, setup.Where{}, ask.run.cureOf(store.ErrNoVault, toRead), "there is no vault named %s in this version", e.Vault)
		}
	}
	if len(seen) == 0 {
		out.ok(setup.Where{}, "nothing is saved")
	}
}

func checkKeychain(ask *prober, out *results) {
	locked, err := ask.locked()
	switch {
	case err != nil:
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(err, toRead), "the keychain cannot be used: %v", err)
	case locked && !ask.run.Keychain.Display:
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(keychain.ErrLocked, toRead), "the keychain cannot be used: %v", keychain.ErrLocked)
	case locked:
		out.warn(causeVault, setup.Where{}, ask.run.cureOf(keychain.ErrLocked, toRead), "the keychain is locked; it opens a dialog when git asks")
	default:
		out.ok(setup.Where{}, "the keychain can be used")
	}
}

func checkEncrypted(x *facts, ask *prober, out *results) {
	trouble := ask.vaultTrouble(store.EncryptedVault)
	_, named, _ := encrypted.PassphraseFromFile(ask.run.Getenv)
	keyring := encrypted.KernelKeyring()
	switch {
	case errors.Is(trouble, encrypted.ErrSealed):
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(trouble, toRead), "%v", trouble)
	case trouble != nil:
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(trouble, toRead), "the encrypted store cannot be used: %v", trouble)
	case keyring == nil && named:
		out.ok(setup.Where{}, "the encrypted store opens with the passphrase in the file that %s names", encrypted.PassphraseFileVariable)
	case keyring == nil:
		out.ok(setup.Where{}, "the encrypted store is unlocked")
	case named:
		out.warn(causeVault, setup.Where{}, "", "the encrypted store opens with the passphrase in the file that %s names, which takes a second each time: %v",
			encrypted.PassphraseFileVariable, keyring)
	default:
		out.warn(causeVault, setup.Where{}, unattended,
			"the encrypted store wants its passphrase each time that git asks: %v", keyring)
	}
}

func checkFolder(x *facts, ask *prober, out *results) {
	if err := ask.vaultTrouble(store.FileVault); err != nil {
		out.wrong(causeVault, setup.Where{}, ask.run.cureOf(err, toRead), "the tokens' files cannot be used: %v", err)
		return
	}
	out.ok(setup.Where{}, "tokens lie unencrypted in %s, which is closed to other users", console.Tilde(ask.run.Files.Folder()))
}

func checkVaultCommand(x *facts, out *results, e *store.Entry) {
	if x.options.offline {
		out.skip(`the command for "%s" was not run (--offline): %s`, e.Name, console.ShellWords(e.Command))
		return
	}
	out.ok(setup.Where{}, `the token "%s" comes from the command %s`, e.Name, console.ShellWords(e.Command))
}

// sources name the vaults as what a token is read from.
var sources = map[string]string{
	store.KeychainVault:  "from the keychain",
	store.EncryptedVault: "from the encrypted store",
	store.FileVault:      "from its file",
	store.CommandVault:   "without running its command",
}

var errOffline = errors.New("not run (--offline)")

// vaultTrouble is why what lies in a vault cannot be read now without a dialog, or
// should not be; nil if it can.
func (ask *prober) vaultTrouble(vault string) error {
	trouble, known := ask.troubles[vault]
	if !known {
		trouble = ask.findVaultTrouble(vault)
		ask.troubles[vault] = trouble
	}
	return trouble
}

// noteVaultTrouble remembers what all tokens in the encrypted store would meet: what
// is no matter of one file.
func (ask *prober) noteVaultTrouble(vault string, err error) {
	if vault == store.EncryptedVault && err != nil && !isLost(err) && !errors.Is(err, private.ErrUnsafe) {
		ask.troubles[vault] = err
	}
}

func (ask *prober) findVaultTrouble(vault string) error {
	switch vault {
	case store.KeychainVault:
		locked, err := ask.locked()
		if err == nil && locked {
			err = keychain.ErrLocked
		}
		return err
	case store.EncryptedVault:
		return ask.encryptedTrouble()
	case store.FileVault:
		return ask.run.Files.Check()
	case store.CommandVault:
		if ask.facts.options.offline {
			return errOffline
		}
	default:
		return store.ErrNoVault
	}
	return nil
}

func (ask *prober) encryptedTrouble() error {
	exists, err := ask.run.Encrypted.Exists()
	switch {
	case err != nil:
		return err
	case !exists:
		return encrypted.ErrNoIdentity
	}
	held, err := ask.run.Encrypted.Held()
	_, named, fileErr := encrypted.PassphraseFromFile(ask.run.Getenv)
	switch {
	case held:
		return nil
	case named:
		return fileErr
	case err == nil:
		return encrypted.ErrSealed
	case !errors.Is(err, encrypted.ErrNoKernelKeyring):
		return err
	case ask.run.NoQuestions || !ask.run.isWatched():
		return sealed(err)
	}
	return nil // it is asked for
}
