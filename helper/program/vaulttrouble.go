package program

import (
	"errors"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/keychain"
)

// VaultTrouble is why what is in a vault cannot be read now without a dialog; nil if it
// can. locked reports whether the keychain is.
func (run *Run) VaultTrouble(vault string, locked func() (bool, error)) error {
	switch vault {
	case store.KeychainVault:
		isLocked, err := locked()
		if err == nil && isLocked {
			err = keychain.ErrLocked
		}
		return err
	case store.EncryptedVault:
		return run.encryptedTrouble()
	case store.FileVault:
		return run.Files.Check()
	case store.CommandVault:
		return nil
	}
	return store.ErrNoVault
}

func (run *Run) encryptedTrouble() error {
	exists, err := run.Encrypted.Exists()
	switch {
	case err != nil:
		return err
	case !exists:
		return encrypted.ErrNoIdentity
	}
	held, err := run.Encrypted.Held()
	_, named, fileErr := encrypted.PassphraseFromFile(run.Getenv)
	switch {
	case held:
		return nil
	case named:
		return fileErr
	case err == nil:
		return encrypted.ErrSealed
	case !errors.Is(err, encrypted.ErrNoKernelKeyring):
		return err
	case run.NoQuestions || !run.IsWatched():
		return sealed(err)
	}
	return nil // it is asked for
}
