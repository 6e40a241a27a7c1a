package store

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel keeps small secrets in memory for a user, until their time is up or
// the machine restarts: keyrings(7), user-keyring(7), keyctl(2). KEYCHAIN.md
// section 5 tells where it does not.

// keyType is the kernel's own type of a key that holds bytes.
const keyType = "user"

// maxKey is the largest key that is read, in bytes; an identity has 74.
const maxKey = 256

// readKey returns the key of that name. errNoKey: there is none, or its time is
// up. ErrNoKernelKeyring: the kernel does not let us ask.
func readKey(name string) (payload []byte, err error) {
	err = withUserKeyring(func() error {
		id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, name, 0)
		if err == nil {
			payload, err = payloadOf(id)
		}
		return err
	})
	return payload, err
}

// holdKey lets the kernel keep a key for a while. One of that name that holds the
// same gets more time; another is emptied. A new key gets its time limit before
// anybody can find it.
func holdKey(name string, payload []byte, limit time.Duration) error {
	seconds := max(1, int(limit/time.Second))
	return withUserKeyring(func() error {
		if old, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, name, 0); err == nil {
			if held, err := payloadOf(old); err == nil && bytes.Equal(held, payload) {
				return setTimeout(old, seconds)
			}
			if err := empty(old); err != nil {
				return err
			}
		}
		id, err := unix.AddKey(keyType, name, payload, unix.KEY_SPEC_THREAD_KEYRING)
		if err == nil {
			err = setTimeout(id, seconds)
		}
		if err == nil {
			_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
		}
		return err
	})
}

// dropKey makes the kernel forget a key. errNoKey: there is none.
func dropKey(name string) error {
	return withUserKeyring(func() error {
		id, err := unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, name, 0)
		if err != nil {
			return err
		}
		return empty(id)
	})
}

func payloadOf(id int) ([]byte, error) {
	payload := make([]byte, maxKey)
	size, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, payload, 0)
	return payload[:max(0, min(size, maxKey))], err
}

func setTimeout(id, seconds int) error {
	_, err := unix.KeyctlInt(unix.KEYCTL_SET_TIMEOUT, id, seconds, 0, 0)
	return err
}

// empty takes away at once what a key holds, wherever else it is linked, and then
// its name.
func empty(id int) error {
	if _, err := unix.KeyctlInt(unix.KEYCTL_REVOKE, id, 0, 0, 0); err != nil {
		return err
	}
	_, err := unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	return err
}

// withUserKeyring lets this thread possess what is in the user's keyring, which
// not every session is linked to: without that, keys in it cannot be read. The
// link is gone with the thread.
func withUserKeyring(do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	_, err := unix.KeyctlInt(unix.KEYCTL_LINK, unix.KEY_SPEC_USER_KEYRING, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
	if err == nil {
		err = do()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.ENOKEY), errors.Is(err, unix.EKEYEXPIRED), errors.Is(err, unix.EKEYREVOKED):
		return errNoKey
	}
	return fmt.Errorf("%w: %w", ErrNoKernelKeyring, err)
}
