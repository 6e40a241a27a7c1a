package store

import (
	"errors"
	"fmt"
	"os"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
)

// ErrNotRun: root does not run what another user may have written.
var ErrNotRun = hint.New("the index is another user's, whose command root does not run", "run git as that user")

// checkCommandSource refuses to run what another user may have written into the
// index: for root that is its owner too, whose home root works in.
func (s *Store) checkCommandSource() error {
	err := private.CheckTrusted(s.indexPath())
	if err != nil {
		return fmt.Errorf("run a command from the index: %w", err)
	}
	for _, path := range []string{s.dir, s.indexPath()} {
		if info, err := os.Stat(path); err != nil || !private.OwnedByUser(info) {
			return errors.Join(ErrNotRun, err)
		}
	}
	return nil
}
