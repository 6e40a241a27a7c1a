// Package encrypted keeps tokens in files that only a passphrase opens (age). After an
// unlock the Linux kernel keeps the key for some hours.
package encrypted

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"filippo.io/age"

	"git-credential-bitbucket/store/file"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// Vault keeps secrets in files that only its identity can open (identity.go).
// The disk or a backup alone shows nothing of them. While the kernel's keyring holds
// the identity, any program of the same user can read them.
type Vault struct {
	// Ask returns the passphrase where the kernel's keyring does not hold the
	// identity; nil, or its error, leaves the store locked. It is asked again after a
	// wrong one, until it fails.
	Ask func(context.Context, PromptReason) (Passphrase, error)

	folder     private.Folder
	workFactor int // of scrypt, as a power of two; 0: age's own

	mu       sync.Mutex
	identity *age.X25519Identity // once this process has it
}

// KernelKeyring finds out whether the kernel would keep an identity:
// ErrNoKernelKeyring if not.
func KernelKeyring() error { return tryKey() }

// questionWait is how long to wait for another process that asks for the passphrase.
const questionWait = 2 * time.Minute

// PromptReason is why a passphrase is wanted.
type PromptReason struct {
	Tried   int   // how many were wrong
	Keyring error // an ErrNoKernelKeyring, if that is why
}

// New returns the vault in a folder. It touches nothing yet.
func New(folder private.Folder) *Vault { return &Vault{folder: folder} }

// Folder is where the files are.
func (e *Vault) Folder() string { return e.folder.Path() }

// entryFile is the file of one secret. No id can make it that of the identity.
func entryFile(id string) string { return id + ".token.age" }

// Get implements Vault.
func (e *Vault) Get(ctx context.Context, id string) (tokens.Secret, error) {
	data, err := file.ReadSecret(ctx, e.folder, entryFile(id))
	if err != nil {
		return tokens.Secret{}, fmt.Errorf("read from the encrypted store: %w", err)
	}
	identity, err := e.open(ctx)
	if err != nil {
		return tokens.Secret{}, err
	}
	path := e.folder.File(entryFile(id))
	text, err := decrypt(data, identity)
	if err != nil {
		return tokens.Secret{}, fmt.Errorf("read from the encrypted store: %w: %s: %w", tokens.ErrDamaged, path, err)
	}
	return file.ParseSecret(path, text)
}

// Set implements Vault.
func (e *Vault) Set(ctx context.Context, id string, secret tokens.Secret) error {
	identity, err := e.open(ctx)
	if err != nil {
		return err
	}
	if err := e.write(ctx, id, secret, identity); err != nil {
		return fmt.Errorf("write to the encrypted store: %w", err)
	}
	return nil
}

func (e *Vault) write(ctx context.Context, id string, secret tokens.Secret, identity *age.X25519Identity) error {
	text, err := secret.Encode()
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return err
	}
	// What only the kernel could open would be lost with it.
	if err := e.checkIdentity(); err != nil {
		return err
	}
	data, err := encrypt([]byte(text+"\n"), identity.Recipient())
	if err != nil {
		return err
	}
	return e.folder.Write(entryFile(id), data)
}

// Delete implements Vault. It needs no passphrase.
func (e *Vault) Delete(ctx context.Context, id string) error {
	return file.RemoveSecret(ctx, e.folder, entryFile(id))
}

// Ready finds out, before there is a secret, whether one could be saved, with the
// passphrase if need be. ErrNoIdentity: Create is wanted.
func (e *Vault) Ready(ctx context.Context) error {
	_, err := e.open(ctx)
	return err
}

// open returns the identity: this process's own, the kernel's, or one that a
// passphrase opens.
func (e *Vault) open(ctx context.Context) (*age.X25519Identity, error) {
	e.mu.Lock()
	identity := e.identity
	e.mu.Unlock()
	if identity != nil {
		return identity, nil
	}
	if held, err := e.Held(); !held {
		if err != nil && !errors.Is(err, ErrNoKernelKeyring) {
			return nil, err
		}
		if err := e.checkIdentity(); err != nil {
			return nil, err
		}
		if err := e.askForPassphrase(ctx); err != nil {
			return nil, err
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.identity == nil {
		return nil, ErrSealed
	}
	return e.identity, nil
}

// checkIdentity checks that there is something for a passphrase to open.
func (e *Vault) checkIdentity() error {
	exists, err := e.Exists()
	if err == nil && !exists {
		err = ErrNoIdentity
	}
	return err
}

// askForPassphrase unlocks the store, for other processes too where the kernel lets
// us. One process asks at a time: two could not tell what is typed apart.
func (e *Vault) askForPassphrase(ctx context.Context) error {
	if e.Ask == nil {
		return ErrSealed
	}
	unlock, err := e.alone(ctx, "question.lock", questionWait)
	if err != nil {
		return err
	}
	defer unlock()
	if held, err := e.Held(); held || errors.Is(err, ErrNoIdentity) {
		return err // the answer to another's question
	}
	keyring := KernelKeyring()
	for tried := 0; ; tried++ {
		p, err := e.Ask(ctx, PromptReason{Tried: tried, Keyring: keyring})
		if err != nil {
			return err
		}
		err = e.Unlock(ctx, p)
		if errors.Is(err, ErrWrongPassphrase) {
			continue
		}
		if err == nil && keyring == nil {
			err = e.Hold(HoldFor)
		}
		return err
	}
}
