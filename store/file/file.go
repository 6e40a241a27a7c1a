// Package file keeps tokens as they are, in files that only their owner can read.
package file

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// Vault keeps each secret in a file of its own. Any program of the same user can read it,
// and so can the owner of the disk or of a backup. A person chooses that; it is never a
// fallback.
type Vault struct{ folder private.Folder }

// New returns the vault in a folder. It touches nothing yet.
func New(folder private.Folder) *Vault { return &Vault{folder} }

// Folder is where the files are.
func (f *Vault) Folder() string { return f.folder.Path() }

// Ready finds out, before there is a secret, whether one could be saved: it makes
// the folder. See private.UnsafeError.
func (f *Vault) Ready() error {
	if err := f.folder.Make(); err != nil {
		return fmt.Errorf("make the folder for tokens: %w", err)
	}
	return nil
}

// Check finds out whether the folder, if there is one, is closed to others.
func (f *Vault) Check() error {
	err := f.folder.Check()
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// Get implements Vault.
func (f *Vault) Get(ctx context.Context, id string) (tokens.Secret, error) {
	data, err := ReadSecret(ctx, f.folder, id)
	if err != nil {
		return tokens.Secret{}, fmt.Errorf("read the token's file: %w", err)
	}
	return ParseSecret(f.folder.File(id), data)
}

// Set implements Vault.
func (f *Vault) Set(ctx context.Context, id string, secret tokens.Secret) error {
	text, err := secret.Encode()
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
func (f *Vault) Delete(ctx context.Context, id string) error {
	return RemoveSecret(ctx, f.folder, id)
}

// ReadSecret reads a file of a folder. ErrNotFound: it is not there.
func ReadSecret(ctx context.Context, folder private.Folder, name string) ([]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	data, err := folder.Read(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		err = tokens.ErrNotFound
	case errors.Is(err, private.ErrTooLarge):
		err = fmt.Errorf("%w: %w", tokens.ErrDamaged, err)
	}
	return data, err
}

// RemoveSecret takes a file of a folder away. ErrNotFound: it is not there.
func RemoveSecret(ctx context.Context, folder private.Folder, name string) error {
	err := ctx.Err()
	if err == nil {
		err = folder.Remove(name)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = tokens.ErrNotFound
	}
	if err != nil {
		return fmt.Errorf("delete the token's file: %w", err)
	}
	return nil
}

// ParseSecret reads a secret in the form in which Set writes it; it takes away the line feed that makes a secret a line.
func ParseSecret(path string, data []byte) (tokens.Secret, error) {
	secret := tokens.Decode(strings.TrimSuffix(string(data), "\n"))
	if secret.Token.Empty() || len(data) > tokens.MaxSecret+1 {
		return tokens.Secret{}, fmt.Errorf("read the token's file: %w: %s", tokens.ErrDamaged, path)
	}
	return secret, nil
}
