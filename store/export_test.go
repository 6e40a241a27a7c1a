package store

import (
	"context"
	"time"
)

// Cheapen makes the passphrase of a store that is made from now on cheap to try, so
// that tests need not wait.
func (e *Encrypted) Cheapen() { e.workFactor = 2 }

// Hasten makes a command's time shorter.
func (c *Command) Hasten(wait time.Duration) { c.wait = wait }

// MakeOld makes all loose secrets two hours old, as if nobody had swept since.
func (s *Store) MakeOld(ctx context.Context) error {
	return s.update(ctx, func(x *index) error {
		for i := range x.Loose {
			x.Loose[i].At = x.Loose[i].At.Add(-2 * time.Hour)
		}
		return nil
	})
}

// KindOfFailure is for a table of what the keychains return.
var KindOfFailure = kindOfFailure
