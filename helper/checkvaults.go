package helper

import (
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
func (x *examination) checkVaults() {
	if x.entriesErr != nil {
		x.wrong(causeVault, setup.Where{}, x.cureOf(x.entriesErr, toRead), "what is saved cannot be read: %v", x.entriesErr)
		return
	}
	var seen []string
	for i := range x.entries {
		e := &x.entries[i]
		if e.Vault == store.CommandVault {
			x.checkCommand(e)
		}
		if slices.Contains(seen, e.Vault) {
			continue
		}
		seen = append(seen, e.Vault)
		switch e.Vault {
		case store.KeychainVault:
			x.checkKeychain()
		case store.EncryptedVault:
			x.checkEncrypted()
		case store.FileVault:
			x.checkFolder()
		case store.CommandVault:
		default:
			x.wrong(causeVault, setup.Where{}, x.cureOf(store.ErrNoVault, toRead), "there is no vault named %s in this version", e.Vault)
		}
	}
	if len(seen) == 0 {
		x.ok(setup.Where{}, "nothing is saved")
	}
}

func (x *examination) checkKeychain() {
	locked, err := x.locked()
	switch {
	case err != nil:
		x.wrong(causeVault, setup.Where{}, x.cureOf(err, toRead), "the keychain cannot be used: %v", err)
	case locked && !x.keys.Display:
		x.wrong(causeVault, setup.Where{}, x.cureOf(keychain.ErrLocked, toRead), "the keychain cannot be used: %v", keychain.ErrLocked)
	case locked:
		x.warn(causeVault, setup.Where{}, x.cureOf(keychain.ErrLocked, toRead), "the keychain is locked; it opens a dialog when git asks")
	default:
		x.ok(setup.Where{}, "the keychain can be used")
	}
}

func (x *examination) checkEncrypted() {
	trouble := x.vaultTrouble(store.EncryptedVault)
	_, named, _ := encrypted.PassphraseFromFile(x.getenv)
	keyring := encrypted.KernelKeyring()
	switch {
	case errors.Is(trouble, encrypted.ErrSealed):
		x.wrong(causeVault, setup.Where{}, x.cureOf(trouble, toRead), "%v", trouble)
	case trouble != nil:
		x.wrong(causeVault, setup.Where{}, x.cureOf(trouble, toRead), "the encrypted store cannot be used: %v", trouble)
	case keyring == nil && named:
		x.ok(setup.Where{}, "the encrypted store opens with the passphrase in the file that %s names", encrypted.PassphraseFileVariable)
	case keyring == nil:
		x.ok(setup.Where{}, "the encrypted store is unlocked")
	case named:
		x.warn(causeVault, setup.Where{}, "", "the encrypted store opens with the passphrase in the file that %s names, which takes a second each time: %v",
			encrypted.PassphraseFileVariable, keyring)
	default:
		x.warn(causeVault, setup.Where{}, unattended,
			"the encrypted store wants its passphrase each time that git asks: %v", keyring)
	}
}

func (x *examination) checkFolder() {
	if err := x.vaultTrouble(store.FileVault); err != nil {
		x.wrong(causeVault, setup.Where{}, x.cureOf(err, toRead), "the tokens' files cannot be used: %v", err)
		return
	}
	x.ok(setup.Where{}, "tokens lie unencrypted in %s, which is closed to other users", console.Tilde(x.files.Folder()))
}

func (x *examination) checkCommand(e *store.Entry) {
	if x.options.offline {
		x.skip(`the command for "%s" was not run (--offline): %s`, e.Name, console.ShellWords(e.Command))
		return
	}
	x.ok(setup.Where{}, `the token "%s" comes from the command %s`, e.Name, console.ShellWords(e.Command))
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
func (x *examination) vaultTrouble(vault string) error {
	trouble, known := x.troubles[vault]
	if !known {
		trouble = x.findVaultTrouble(vault)
		x.troubles[vault] = trouble
	}
	return trouble
}

// noteVaultTrouble remembers what all tokens in the encrypted store would meet: what
// is no matter of one file.
func (x *examination) noteVaultTrouble(vault string, err error) {
	if vault == store.EncryptedVault && err != nil && !isLost(err) && !errors.Is(err, private.ErrUnsafe) {
		x.troubles[vault] = err
	}
}

func (x *examination) findVaultTrouble(vault string) error {
	switch vault {
	case store.KeychainVault:
		locked, err := x.locked()
		if err == nil && locked {
			err = keychain.ErrLocked
		}
		return err
	case store.EncryptedVault:
		return x.encryptedTrouble()
	case store.FileVault:
		return x.files.Check()
	case store.CommandVault:
		if x.options.offline {
			return errOffline
		}
	default:
		return store.ErrNoVault
	}
	return nil
}

func (x *examination) encryptedTrouble() error {
	exists, err := x.encrypted.Exists()
	switch {
	case err != nil:
		return err
	case !exists:
		return encrypted.ErrNoIdentity
	}
	held, err := x.encrypted.Held()
	_, named, fileErr := encrypted.PassphraseFromFile(x.getenv)
	switch {
	case held:
		return nil
	case named:
		return fileErr
	case err == nil:
		return encrypted.ErrSealed
	case !errors.Is(err, encrypted.ErrNoKernelKeyring):
		return err
	case x.asksNobody || !x.isWatched():
		return sealed(err)
	}
	return nil // it is asked for
}
