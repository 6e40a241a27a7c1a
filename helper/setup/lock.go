package setup

import (
	"errors"
	"fmt"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/shell"
)

// WithLock adds what to do about a lock that is left.
func WithLock(err error, file string) error {
	if errors.Is(err, git.ErrBusy) {
		return console.WithHintf(err, "try again; if no git runs, %s", "rm "+shell.Path(file+".lock"))
	}
	if err != nil {
		return fmt.Errorf("%w; nothing in it was changed", err)
	}
	return nil
}
