package store

import (
	"context"
	"time"
)

// MakeOld makes all loose secrets two hours old, as if none had been swept since.
func (s *Store) MakeOld(ctx context.Context) error {
	return s.update(ctx, func(x *index) error {
		for i := range x.Loose {
			x.Loose[i].At = x.Loose[i].At.Add(-2 * time.Hour)
		}
		return nil
	})
}
