package store

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"filippo.io/age"

	"git-credential-bitbucket/store/private"
)

// Encrypted keeps secrets in files that only its identity can open (identity.go).
// Who has the disk or a backup cannot read them. While the kernel's keyring holds
// the identity, whoever can run programs as the same user can.
type Encrypted struct {
	// Ask returns the passphrase where the kernel's keyring does not hold the
	// identity; nil, or its error, leaves the store locked. It is asked again after a
	// wrong one, until it fails.
	Ask func(context.Context, Lack) (Passphrase, error)

	folder     private.Folder
	workFactor int // of scrypt, as a power of two; 0: age's own

	mu       sync.Mutex
	identity *age.X25519Identity // once this process has it
}

// KernelKeyring finds out whether the kernel would keep an identity:
// ErrNoKernelKeyring if not.
func KernelKeyring() error { return tryKey() }

// Lack is why a passphrase is wanted.
type Lack struct {
	Tried   int   // how many were wrong
	Keyring error // an ErrNoKernelKeyring, if that is why
}

// NewEncrypted returns the vault in the person's configuration folder. It touches
// nothing yet.
func NewEncrypted() *Encrypted { return &Encrypted{folder: folderBesideIndex("encrypted")} }

// Folder is where the files lie.
func (e *Encrypted) Folder() string { return e.folder.Path() }

// entryFile is the file of one secret. No id can make it that of the identity.
func entryFile(id string) string { return id + ".token.age" }

// Get implements Vault.
func (e *Encrypted) Get(ctx context.Context, id string) (Secret, error) {
	data, err := readSecretFile(ctx, e.folder, entryFile(id))
	if err != nil {
		return Secret{}, fmt.Errorf("read from the encrypted store: %w", err)
	}
	identity, err := e.open(ctx)
	if err != nil {
		return Secret{}, err
	}
	path := e.folder.File(entryFile(id))
	text, err := decrypt(data, identity)
	if err != nil {
		return Secret{}, fmt.Errorf("read from the encrypted store: %w: %s: %w", ErrDamaged, path, err)
	}
	return parseSecretFile(path, text)
}

// Set implements Vault.
func (e *Encrypted) Set(ctx context.Context, id string, secret Secret) error {
	identity, err := e.open(ctx)
	if err != nil {
		return err
	}
	if err := e.write(ctx, id, secret, identity); err != nil {
		return fmt.Errorf("write to the encrypted store: %w", err)
	}
	return nil
}

func (e *Encrypted) write(ctx context.Context, id string, secret Secret, identity *age.X25519Identity) error {
	text, err := secret.encode()
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
func (e *Encrypted) Delete(ctx context.Context, id string) error {
	return removeSecretFile(ctx, e.folder, entryFile(id))
}

// Ready finds out, before there is a secret, whether one could be saved, with the
// passphrase if need be. ErrNoIdentity: Create is wanted.
func (e *Encrypted) Ready(ctx context.Context) error {
	_, err := e.open(ctx)
	return err
}

// open returns the identity: this process's own, the kernel's, or one that a
// passphrase opens.
func (e *Encrypted) open(ctx context.Context) (*age.X25519Identity, error) {
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

// checkIdentity makes sure that there is something for a passphrase to open.
func (e *Encrypted) checkIdentity() error {
	exists, err := e.Exists()
	if err == nil && !exists {
		err = ErrNoIdentity
	}
	return err
}

// askForPassphrase unlocks the store, for other processes too where the kernel lets
// us. One process asks at a time: two could not tell what is typed apart.
func (e *Encrypted) askForPassphrase(ctx context.Context) error {
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
		p, err := e.Ask(ctx, Lack{Tried: tried, Keyring: keyring})
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
