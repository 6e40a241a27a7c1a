package helper

import (
	"context"
	"errors"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
)

// setUpGit points git at this program for bitbucket.org, or takes that back.
func setUpGit(ctx context.Context, run *Run, args []string) error {
	o := &setup.Options{}
	rest, err := parseArgs(flagSet("setup", o.Flags), args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return console.Usagef("setup takes no arguments")
	}
	needsPath, err := needsPath(run)
	if err != nil && !o.Undo {
		return err
	}
	return setup.Run(ctx, run.UI, o, needsPath)
}

// needsPath reports whether a saved token is for one workspace or repository, so that git
// has to say which it asks for.
func needsPath(run *Run) (bool, error) {
	entries, err := run.Store.Entries()
	if errors.Is(err, store.ErrNoFolder) {
		err = nil
	}
	return slices.ContainsFunc(entries, func(e store.Entry) bool { return e.For != "" }), err
}
