package private

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"
)

// Lock takes the lock that a file stands for, in the order in which processes came,
// and returns what gives it back. ErrBusy: it was not available in time. A link in
// the file's place is refused.
func Lock(ctx context.Context, path string, wait time.Duration) (unlock func(), err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	if err := makeLock(path); err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	waited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	lock := flock.New(path, flock.SetFlag(lockFlags()), flock.SetPermissions(fileMode))
	taken := make(chan error, 1)
	go func() { taken <- lock.Lock() }()
	select {
	case err := <-taken:
		if err != nil {
			return nil, fmt.Errorf("lock %s: %w", path, linkError(path, err))
		}
		return func() { lock.Unlock() }, nil
	case <-waited.Done():
		// The wait cannot be called off; what it gets in the end is given back.
		go func() {
			if <-taken == nil {
				lock.Unlock()
			}
		}()
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%w: %s", ErrBusy, path)
	}
}

// makeLock makes the file of a lock, with its folder's owner, unless it is there.
func makeLock(path string) error {
	info, err := os.Lstat(path)
	if err == nil {
		return check(path, info, fileMode, 0)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|noFollow, fileMode)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil // another process was quicker
	case err != nil:
		return err
	}
	err = errors.Join(giveOwner(f, path, nil), f.Close())
	if err != nil {
		os.Remove(path)
	}
	return err
}
