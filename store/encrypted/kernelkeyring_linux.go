package encrypted

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sys/unix"
)

// The kernel keeps small secrets in memory for a user, until their time is up or
// the machine restarts: keyrings(7), user-keyring(7), keyctl(2). docs/keychain.md
// section 5 tells where it does not.

// keyType is the kernel's own type of a key that holds bytes.
const keyType = "user"

// maxKey is the largest key that is read, in bytes; an identity has 74.
const maxKey = 256

// ofTheUser are a key's permissions: all, for the user. A new key may be read only by the
// sessions that possess it; any session of the user could possess it.
const ofTheUser = 0x3f3f0000

// readKey returns the key of that name. errNoKey: there is none, or its time is
// up. ErrNoKernelKeyring: it is not available, whatever the reason.
func readKey(name string) (payload []byte, err error) {
	err = untilQuiet(func() error {
		id, err := findKey(name)
		if err == nil {
			payload, err = payloadOf(id)
		}
		return err
	})
	return payload, noKeyring(err)
}

// holdKey lets the kernel keep a key for a while. One of that name that holds the
// same gets more time; another is emptied. A new key gets its time limit before
// it can be found.
func holdKey(name string, payload []byte, limit time.Duration) error {
	seconds := max(1, int(limit/time.Second))
	return noKeyring(untilQuiet(func() error {
		old, err := findKey(name)
		if err == nil {
			var held []byte
			if held, err = payloadOf(old); err == nil && bytes.Equal(held, payload) {
				return setTimeout(old, seconds)
			}
		}
		if err == nil {
			err = empty(old)
		}
		if err != nil && !isGone(err) {
			return err
		}
		return inThread(func() error { return addKey(name, payload, seconds) })
	}))
}

// addKey makes a key that only this thread knows, and lets the user find it when it
// is as it should be.
func addKey(name string, payload []byte, seconds int) error {
	id, err := unix.AddKey(keyType, name, payload, unix.KEY_SPEC_THREAD_KEYRING)
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_SETPERM, id, ofTheUser, 0, 0)
	}
	if err == nil {
		err = setTimeout(id, seconds)
	}
	if err == nil {
		_, err = unix.KeyctlInt(unix.KEYCTL_LINK, id, unix.KEY_SPEC_USER_KEYRING, 0, 0)
	}
	return err
}

// tryKey finds out whether the kernel would keep a key: it may refuse, or the user's
// quota may be used up.
func tryKey() error {
	return noKeyring(inThread(func() error {
		id, err := unix.AddKey(keyType, keyPrefix, []byte{0}, unix.KEY_SPEC_THREAD_KEYRING)
		if err == nil {
			_, err = unix.KeyctlInt(unix.KEYCTL_UNLINK, id, unix.KEY_SPEC_THREAD_KEYRING, 0, 0)
		}
		return err
	}))
}

// dropKey makes the kernel forget a key. errNoKey: there is none.
// ErrNoKernelKeyring: the kernel keeps none at all here.
func dropKey(name string) error {
	err := untilQuiet(func() error {
		id, err := findKey(name)
		if err != nil {
			return err
		}
		return empty(id)
	})
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS), errors.Is(err, unix.EOPNOTSUPP):
		return noKeyring(err)
	case err != nil && !errors.Is(err, errNoKey):
		return fmt.Errorf("take the key out of the kernel's keyring: %w", err)
	}
	return err
}

func findKey(name string) (id int, err error) {
	return unix.KeyctlSearch(unix.KEY_SPEC_USER_KEYRING, keyType, name, 0)
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
	if errors.Is(err, unix.ENOENT) {
		err = nil // another process was quicker
	}
	return err
}

// inThread does something with the keyring of a thread, which must stay the same one
// for it.
func inThread(do func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	return do()
}

// untilQuiet does something once more if another process has taken the key away in
// the middle of it. errNoKey: there is none of that name.
func untilQuiet(do func() error) error {
	const tries = 3
	for range tries {
		err := do()
		switch {
		case errors.Is(err, unix.ENOKEY):
			return errNoKey
		case !isGone(err):
			return err
		}
	}
	return errNoKey
}

// isGone reports whether a key is not there, or not any more.
func isGone(err error) bool {
	return errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYREVOKED) || errors.Is(err, unix.EKEYEXPIRED)
}

// noKeyring makes an ErrNoKernelKeyring of what is no errNoKey.
func noKeyring(err error) error {
	if err == nil || errors.Is(err, errNoKey) {
		return err
	}
	return fmt.Errorf("%w: %w", ErrNoKernelKeyring, err)
}
