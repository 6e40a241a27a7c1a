package encrypted

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"filippo.io/age"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// The files of the encrypted store that hold no token: its identity, which opens
// all others, encrypted itself with the passphrase; and the identity's public half.
// Both are what age's own tools take (https://age-encryption.org/v1), so tokens can
// be had without this program: age -d -i identity.age ID.token.age
const (
	identityFile  = "identity.age"
	recipientFile = "recipient.txt"
)

// Why the encrypted store could not serve, for errors.Is.
var (
	ErrSealed          = hint.New("the encrypted store is locked", "git credential-bitbucket unlock")
	ErrNoIdentity      = hint.New("the encrypted store has not been made yet", "git credential-bitbucket store --in encrypted")
	ErrIdentityLost    = errors.New("there are tokens, but not the identity that opens them")
	ErrIdentityExists  = errors.New("the encrypted store is there already")
	ErrDamagedIdentity = hint.Case(tokens.ErrDamaged, "what opens the encrypted store is damaged", "")
	ErrWrongPassphrase = errors.New("wrong passphrase")
	ErrNoKernelKeyring = hint.New("the kernel's keyring cannot be used", "run git on a terminal, or export "+PassphraseFileVariable+"=FILE")
)

// HoldFor is the longest that the kernel keeps the identity.
const HoldFor = 12 * time.Hour

// identityWait is how long to wait for other processes to open the identity, which
// takes a second each and 256 MB of memory.
const identityWait = 60 * time.Second

// maxWorkFactor is the most that opening an identity may cost: a gigabyte and some
// seconds. Ours have 18, age's own choice.
const maxWorkFactor = 20

// Passphrase is what opens the encrypted store. It prints as nothing but that word.
type Passphrase struct{ text string }

// NewPassphrase wraps text, without the blanks around it.
func NewPassphrase(text string) Passphrase { return Passphrase{strings.TrimSpace(text)} }

// Empty reports whether there is no passphrase.
func (p Passphrase) Empty() bool { return p.text == "" }

// Format writes the masked form, whatever the verb.
func (p Passphrase) Format(state fmt.State, _ rune) { io.WriteString(state, p.String()) }

// String returns the masked form.
func (p Passphrase) String() string { return "passphrase" }

// errNoKey: the kernel's keyring works, but does not hold the identity.
var errNoKey = errors.New("not in the kernel's keyring")

// Exists reports whether the encrypted store has been made.
func (e *Vault) Exists() (bool, error) { return e.folder.Exists(identityFile) }

// Create makes the encrypted store: an identity that the passphrase opens. This
// process can use it then. ErrIdentityExists: there is one.
func (e *Vault) Create(ctx context.Context, p Passphrase) error {
	if p.Empty() {
		return fmt.Errorf("make the encrypted store: the passphrase is empty")
	}
	if err := e.folder.Make(); err != nil {
		return fmt.Errorf("make the encrypted store: %w", err)
	}
	unlock, err := e.alone(ctx, "identity.lock", identityWait)
	if err != nil {
		return err
	}
	defer unlock()
	exists, err := e.Exists()
	switch {
	case err != nil:
		return fmt.Errorf("make the encrypted store: %w", err)
	case exists:
		return ErrIdentityExists
	}
	// It may be away for a while only: then two identities would have tokens here.
	left, err := e.tokens()
	switch {
	case err != nil:
		return fmt.Errorf("make the encrypted store: %w", err)
	case left > 0:
		return hint.With(fmt.Errorf("%w: %s", ErrIdentityLost, e.folder.Path()), e.giveUp())
	}
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		return fmt.Errorf("make the encrypted store: %w", err)
	}
	// The public half comes second: nothing is ever encrypted to an identity that is
	// not safely on the disk.
	if err = e.writeIdentity(identity, p); err == nil {
		err = e.writeRecipient(identity)
	}
	if err != nil {
		return fmt.Errorf("make the encrypted store: %w", err)
	}
	e.remember(identity)
	return nil
}

// Unlock opens the identity for this process. ErrWrongPassphrase, ErrNoIdentity.
func (e *Vault) Unlock(ctx context.Context, p Passphrase) error {
	unlock, err := e.alone(ctx, "identity.lock", identityWait)
	if err != nil {
		return err
	}
	defer unlock()
	identity, err := e.readIdentity(p)
	if err != nil {
		return err
	}
	if recipient, err := e.recipient(); err != nil || recipient != identity.Recipient().String() {
		// In a home that is read only this process can do without.
		_ = e.writeRecipient(identity)
	}
	e.remember(identity)
	return nil
}

// ChangePassphrase encrypts the identity anew. No token is touched.
func (e *Vault) ChangePassphrase(ctx context.Context, old, changed Passphrase) error {
	if changed.Empty() {
		return fmt.Errorf("change the passphrase: the new one is empty")
	}
	unlock, err := e.alone(ctx, "identity.lock", identityWait)
	if err != nil {
		return err
	}
	defer unlock()
	identity, err := e.readIdentity(old)
	if err != nil {
		return err
	}
	if err := e.writeIdentity(identity, changed); err != nil {
		return fmt.Errorf("change the passphrase: %w", err)
	}
	return nil
}

// Hold lets the kernel keep the identity, which this process must have, for other
// processes of the same user: HoldFor at most. ErrNoKernelKeyring: it does not.
func (e *Vault) Hold(limit time.Duration) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.identity == nil {
		return ErrSealed
	}
	return holdKey(e.keyName(), []byte(e.identity.String()), min(limit, HoldFor))
}

// Held reports whether the kernel keeps the identity, and lets this process use it
// then. ErrNoKernelKeyring: it cannot.
func (e *Vault) Held() (bool, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	err := e.takeHeld()
	if errors.Is(err, errNoKey) {
		return false, nil
	}
	return err == nil, err
}

// Lock makes the kernel and this process forget the identity, and reports whether the
// kernel had it.
func (e *Vault) Lock() (was bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.identity = nil
	if err := e.folder.Known(); err != nil {
		return false, err
	}
	err = dropKey(e.keyName())
	if errors.Is(err, errNoKey) {
		return false, nil
	}
	return err == nil, err
}

// keyPrefix begins the names of this program's keys.
const keyPrefix = "git-credential-bitbucket"

// keyName is the identity's name in the kernel's keyring. The folder in it tells the
// stores of several homes apart.
func (e *Vault) keyName() string { return keyPrefix + ":" + e.folder.Path() }

// takeHeld takes the identity from the kernel's keyring: errNoKey, if it is not there.
func (e *Vault) takeHeld() error {
	recipient, err := e.recipient()
	if err != nil {
		return err
	}
	payload, err := readKey(e.keyName())
	if err != nil {
		return err
	}
	identity, err := age.ParseX25519Identity(string(payload))
	if err != nil || identity.Recipient().String() != recipient {
		return errNoKey // of a store that was there before this one
	}
	e.identity = identity
	return nil
}

func (e *Vault) remember(identity *age.X25519Identity) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.identity = identity
}

// alone lets one process at a time go on. Where a lock cannot be had, as in a home
// that is read only, they do without.
func (e *Vault) alone(ctx context.Context, name string, wait time.Duration) (unlock func(), err error) {
	if err := e.folder.Check(); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	unlock, err = private.Lock(ctx, e.folder.File(name), wait)
	switch {
	case errors.Is(err, private.ErrBusy), errors.Is(err, private.ErrUnsafe), ctx.Err() != nil:
		return nil, err
	case err != nil:
		return func() {}, nil
	}
	return unlock, nil
}

func (e *Vault) readIdentity(p Passphrase) (*age.X25519Identity, error) {
	data, err := e.folder.Read(identityFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNoIdentity
	}
	if err != nil {
		return nil, fmt.Errorf("unlock the encrypted store: %w", err)
	}
	scrypt, err := age.NewScryptIdentity(p.text)
	if err != nil {
		return nil, ErrWrongPassphrase // it is empty
	}
	scrypt.SetMaxWorkFactor(maxWorkFactor)
	text, err := decrypt(data, scrypt)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) && slices.Contains(none.StanzaTypes, "scrypt") {
		return nil, ErrWrongPassphrase
	}
	identity, parseErr := age.ParseX25519Identity(strings.TrimSpace(string(text)))
	if err != nil || parseErr != nil {
		// What the second has to say might tell of the identity.
		return nil, hint.With(fmt.Errorf("%w: %s", ErrDamagedIdentity, e.folder.File(identityFile)), e.giveUp())
	}
	return identity, nil
}

func (e *Vault) writeIdentity(identity *age.X25519Identity, p Passphrase) error {
	scrypt, err := age.NewScryptRecipient(p.text)
	if err != nil {
		return err
	}
	if e.workFactor != 0 {
		scrypt.SetWorkFactor(e.workFactor)
	}
	// What a killed process left, another passphrase may open.
	if err := private.RemoveTemporaries(e.folder.File(identityFile)); err != nil {
		return err
	}
	data, err := encrypt([]byte(identity.String()+"\n"), scrypt)
	if err != nil {
		return err
	}
	return e.folder.Write(identityFile, data)
}

// giveUp is what to do where nothing opens the encrypted store any more.
func (e *Vault) giveUp() hint.Line {
	return "put identity.age back from a backup, or give up its tokens: " + e.GiveUpCommand()
}

// GiveUpCommand takes away an encrypted store that nothing opens any more.
func (e *Vault) GiveUpCommand() hint.Line {
	return "git credential-bitbucket erase NAME, and then rm -r " + shell.Path(e.folder.Path())
}

// recipient is the public half of the identity. ErrNoIdentity: nothing was made yet.
func (e *Vault) recipient() (string, error) {
	data, err := e.folder.Read(recipientFile)
	if errors.Is(err, fs.ErrNotExist) {
		exists, err := e.Exists()
		switch {
		case err != nil:
			return "", err
		case exists:
			return "", errNoKey // unlocking writes it again
		}
		return "", ErrNoIdentity
	}
	if err != nil {
		return "", err
	}
	return string(bytes.TrimSpace(data)), nil
}

// tokens counts the files of tokens.
func (e *Vault) tokens() (count int, err error) {
	files, err := os.ReadDir(e.folder.Path())
	for _, file := range files {
		if strings.HasSuffix(file.Name(), entryFile("")) {
			count++
		}
	}
	return count, err
}

func (e *Vault) writeRecipient(identity *age.X25519Identity) error {
	return e.folder.Write(recipientFile, []byte(identity.Recipient().String()+"\n"))
}

func encrypt(text []byte, to age.Recipient) ([]byte, error) {
	var data bytes.Buffer
	w, err := age.Encrypt(&data, to)
	if err == nil {
		_, err = w.Write(text)
	}
	if err == nil {
		err = w.Close()
	}
	return data.Bytes(), err
}

func decrypt(data []byte, with age.Identity) ([]byte, error) {
	r, err := age.Decrypt(bytes.NewReader(data), with)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(io.LimitReader(r, private.MaxFile))
}
