package storetest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"filippo.io/age"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

// Words are the passphrase of the encrypted stores that are made here.
const Words = "some words"

// EmptyHome makes a configuration folder of the test's own and returns it.
func EmptyHome(t *testing.T) (config string) {
	t.Helper()
	config = t.TempDir()
	for _, variable := range []string{"XDG_CONFIG_HOME", "AppData"} { // on Linux, on Windows
		t.Setenv(variable, config)
	}
	return config
}

// HasModes: files have modes that others can be shut out with.
const HasModes = runtime.GOOS != "windows"

// NewEncrypted makes an encrypted store in a configuration folder of the test's own.
func NewEncrypted(t *testing.T) *encrypted.Vault {
	t.Helper()
	EmptyHome(t)
	vault := OpenEncrypted()
	if err := MakeEncrypted(vault.Folder(), Words); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { vault.Lock() })
	return vault
}

// OpenEncrypted opens the encrypted store that is there; it answers each question for the
// passphrase with Words.
func OpenEncrypted() *encrypted.Vault {
	vault := encrypted.New(store.Beside("encrypted"))
	vault.Ask = func(context.Context, encrypted.PromptReason) (encrypted.Passphrase, error) {
		return encrypted.NewPassphrase(Words), nil
	}
	return vault
}

// MakeEncrypted does what the program's own unlock does the first time, with the least
// work for scrypt, so that tests need not wait.
func MakeEncrypted(folder, passphrase string) error {
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return err
	}
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return err
	}
	recipient.SetWorkFactor(2)
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return err
	}
	_, err = io.WriteString(w, identity.String()+"\n")
	return errors.Join(err, w.Close(), os.MkdirAll(folder, 0o700),
		os.WriteFile(filepath.Join(folder, "identity.age"), sealed.Bytes(), 0o600),
		os.WriteFile(filepath.Join(folder, "recipient.txt"), []byte(identity.Recipient().String()+"\n"), 0o600))
}
