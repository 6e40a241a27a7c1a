package keychain_test

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/danieljoos/wincred"

	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func TestCredentialManagerContract(t *testing.T) { storetest.Contract(t, &keychain.Vault{}) }

// TestCredentialManager shows what is there, as another program sees it.
func TestCredentialManager(t *testing.T) {
	vault := &keychain.Vault{}
	token := storetest.APIToken()
	if err := vault.Set(t.Context(), "an-id", tokens.Secret{Token: tokens.New(token)}); err != nil {
		t.Fatal(err)
	}
	kept, err := wincred.GetGenericCredential("git-credential-bitbucket:an-id")
	if err != nil || string(kept.CredentialBlob) != token || kept.UserName != "an-id" {
		t.Fatalf("%v, %v", kept, err)
	}
	if err := vault.SetLabel(t.Context(), "an-id", "work (git-credential-bitbucket)"); err != nil {
		t.Fatal(err)
	}
	kept, err = wincred.GetGenericCredential("git-credential-bitbucket:an-id")
	if err != nil || string(kept.CredentialBlob) != token || kept.UserName != "work (git-credential-bitbucket)" {
		t.Fatalf("with a label: %v, %v", kept, err)
	}
	// The next process finds it: it is kept until it is deleted.
	cmd := exec.Command(os.Args[0], "-test.run=^TestReadTheOthers$", "-test.v")
	cmd.Env = append(os.Environ(), "EXPECTED_TOKEN="+token)
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestReadTheOthers") {
		t.Errorf("%v\n%s", err, out)
	}
	if err := vault.Delete(t.Context(), "an-id"); err != nil {
		t.Error(err)
	}
	if _, err := wincred.GetGenericCredential("git-credential-bitbucket:an-id"); !errors.Is(err, wincred.ErrElementNotFound) {
		t.Errorf("after Delete: %v", err)
	}
}

func TestReadTheOthers(t *testing.T) {
	expected := os.Getenv("EXPECTED_TOKEN")
	if expected == "" {
		return // TestCredentialManager runs it
	}
	got, err := (&keychain.Vault{}).Get(t.Context(), "an-id")
	if err != nil || got.Token.Reveal() != expected {
		t.Errorf("%v, %v", got, err)
	}
}

func TestCommandContractOnWindows(t *testing.T) {
	t.Setenv("USERPROFILE", t.TempDir())
	path := filepath.Join(t.TempDir(), "to ken")
	vault := command.New([]string{"cmd.exe", "/c", "type", path})
	storetest.ReadOnlyContract(t, vault, func(secret tokens.Secret) {
		if err := os.WriteFile(path, []byte(secret.Token.Reveal()+"\r\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	})
}
