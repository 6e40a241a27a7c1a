package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/store/private"
)

// What the callers of this package know of files that are not safe.
type (
	UnsafeError = private.UnsafeError
	Problem     = private.Problem
)

// The problems of an UnsafeError.
const (
	IsLoose     = private.IsLoose
	IsAnothers  = private.IsAnothers
	IsLink      = private.IsLink
	IsOtherType = private.IsOtherType
)

// folderBesideIndex is a private folder of that name.
func folderBesideIndex(name string) private.Folder {
	dir, err := userFolder()
	return private.NewFolder(filepath.Join(dir, name), err)
}

// Files keeps secrets as they are, each in a file of its own that only its owner
// can read. Whoever can run programs as the same user, or has the disk or a
// backup of it, can read them. A person chooses that; it is never a fallback.
type Files struct{ folder private.Folder }

// NewFiles returns the vault in the person's configuration folder. It touches
// nothing yet.
func NewFiles() *Files { return &Files{folderBesideIndex("files")} }

// Folder is where the files lie.
func (f *Files) Folder() string { return f.folder.Path() }

// Ready finds out, before there is a secret, whether one could be saved: it makes
// the folder. See UnsafeError.
func (f *Files) Ready() error {
	if err := f.folder.Make(); err != nil {
		return fmt.Errorf("make the folder for tokens: %w", err)
	}
	return nil
}

// Check finds out whether the folder, if there is one, is closed to others.
func (f *Files) Check() error {
	err := f.folder.Check()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Get implements Vault.
func (f *Files) Get(ctx context.Context, id string) (Secret, error) {
	data, err := readSecretFile(ctx, f.folder, id)
	if err != nil {
		return Secret{}, fmt.Errorf("read the token's file: %w", err)
	}
	return parseSecretFile(f.folder.File(id), data)
}

// Set implements Vault.
func (f *Files) Set(ctx context.Context, id string, secret Secret) error {
	text, err := secret.encode()
	if err == nil {
		err = ctx.Err()
	}
	if err == nil {
		err = f.folder.Write(id, []byte(text+"\n"))
	}
	if err != nil {
		return fmt.Errorf("write the token's file: %w", err)
	}
	return nil
}

// Delete implements Vault.
func (f *Files) Delete(ctx context.Context, id string) error {
	return removeSecretFile(ctx, f.folder, id)
}

func readSecretFile(ctx context.Context, folder private.Folder, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := folder.Read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = ErrNotFound
	case errors.Is(err, private.ErrTooLarge):
		err = fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return data, err
}

func removeSecretFile(ctx context.Context, folder private.Folder, name string) error {
	err := ctx.Err()
	if err == nil {
		err = folder.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete the token's file: %w", err)
	}
	return nil
}

// parseSecretFile takes away the line feed that makes a secret a line.
func parseSecretFile(path string, data []byte) (Secret, error) {
	secret := decodeSecret(strings.TrimSuffix(string(data), "\n"))
	if secret.Token.Empty() || len(data) > MaxSecret+1 {
		return Secret{}, fmt.Errorf("read the token's file: %w: %s", ErrDamaged, path)
	}
	return secret, nil
}
