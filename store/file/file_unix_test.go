//go:build unix

package file_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// A vault of files says of each file that others could use what is wrong with it,
// and neither reads nor writes it.
func TestPrivateFiles(t *testing.T) {
	secret := tokens.Secret{Token: tokens.New(storetest.APIToken())}
	elsewhere := filepath.Join(t.TempDir(), "elsewhere")
	moveAway := func(t *testing.T, path string) {
		t.Helper()
		if err := errors.Join(os.RemoveAll(elsewhere), os.Rename(path, elsewhere), os.Symlink(elsewhere, path)); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name    string
		breakIt func(t *testing.T, folder, file string) error
		problem private.Problem
		folder  bool // is what is wrong
	}{
		{"a file that others can read", func(_ *testing.T, _, file string) error { return os.Chmod(file, 0o604) }, private.IsLoose, false},
		{"a file that a group can write", func(_ *testing.T, _, file string) error { return os.Chmod(file, 0o620) }, private.IsLoose, false},
		{"a folder that others can enter", func(_ *testing.T, folder, _ string) error { return os.Chmod(folder, 0o711) }, private.IsLoose, true},
		{"a named pipe in place of the file", func(_ *testing.T, _, file string) error {
			return errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600))
		}, private.IsOtherType, false},
		{"a folder that others can read", func(_ *testing.T, folder, _ string) error { return os.Chmod(folder, 0o755) }, private.IsLoose, true},
		{"a link in place of the file", func(t *testing.T, _, file string) error { moveAway(t, file); return nil }, private.IsLink, false},
		{"a link in place of the folder", func(t *testing.T, folder, _ string) error { moveAway(t, folder); return nil }, private.IsLink, true},
		{"a folder in place of the file", func(_ *testing.T, _, file string) error {
			return errors.Join(os.Remove(file), os.Mkdir(file, 0o700))
		}, private.IsOtherType, false},
		{"a file in place of the folder", func(_ *testing.T, folder, _ string) error {
			return errors.Join(os.RemoveAll(folder), os.WriteFile(folder, nil, 0o600))
		}, private.IsOtherType, true},
		{"another user's file", func(_ *testing.T, _, file string) error { return os.Chown(file, 1, 1) }, private.IsAnothers, false},
		{"another user's folder", func(_ *testing.T, folder, _ string) error { return os.Chown(folder, 1, 1) }, private.IsAnothers, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.problem == private.IsAnothers && os.Geteuid() != 0 {
				t.Skip("only root can give a file away")
			}
			storetest.EmptyHome(t)
			vault := file.New(store.Beside("files"))
			if err := vault.Set(t.Context(), "id", secret); err != nil {
				t.Fatal(err)
			}
			path := filepath.Join(vault.Folder(), "id")
			if err := test.breakIt(t, vault.Folder(), path); err != nil {
				t.Fatal(err)
			}
			if test.folder {
				path = vault.Folder()
			}
			_, getErr := vault.Get(t.Context(), "id")
			for doing, err := range map[string]error{"Get": getErr, "Set": vault.Set(t.Context(), "id", secret)} {
				var unsafe *private.UnsafeError
				if !errors.As(err, &unsafe) || !errors.Is(err, private.ErrUnsafe) || unsafe.Problem != test.problem || unsafe.Path != path {
					t.Errorf("%s: %v", doing, err)
				}
			}
		})
	}
}

func TestFilesAreClosed(t *testing.T) {
	config := storetest.EmptyHome(t)
	vault := file.New(store.Beside("files"))
	if err := vault.Set(t.Context(), "id", tokens.Secret{Token: tokens.New(storetest.APIToken())}); err != nil {
		t.Fatal(err)
	}
	modes := map[string]fs.FileMode{"": 0o700, "files": 0o700, "files/id": 0o600}
	for name, want := range modes {
		info, err := os.Stat(filepath.Join(config, "git-credential-bitbucket", name))
		if err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", name, info.Mode(), err)
		}
	}
}
