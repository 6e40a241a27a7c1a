package file_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func TestFilesContract(t *testing.T) {
	storetest.EmptyHome(t)
	storetest.Contract(t, file.New(store.Beside("files")))
}

// What is no secret of this program is an error that names the file, not a token for git.
func TestDamagedFiles(t *testing.T) {
	for name, text := range map[string]string{"empty": "", "one line feed": "\n", "too long": strings.Repeat("x", tokens.MaxSecret+2), "huge": strings.Repeat("x", 1<<20)} {
		storetest.EmptyHome(t)
		vault := file.New(store.Beside("files"))
		secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
		if err := vault.Set(t.Context(), "id", secret); err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(vault.Folder(), "id")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got, err := vault.Get(t.Context(), "id"); !errors.Is(err, tokens.ErrDamaged) || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

// What a killed write left behind goes with the secret.
func TestDeleteTakesWhatWasLeft(t *testing.T) {
	storetest.EmptyHome(t)
	vault := file.New(store.Beside("files"))
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	if err := errors.Join(vault.Set(t.Context(), "id", secret), vault.Set(t.Context(), "id-2", secret)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(vault.Folder(), ".id-123"), []byte(secret.Token.Reveal()), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := vault.Delete(t.Context(), "id"); err != nil {
		t.Fatal(err)
	}
	files, err := os.ReadDir(vault.Folder())
	if err != nil || len(files) != 1 || files[0].Name() != "id-2" {
		t.Errorf("left: %v, %v", files, err)
	}
}
