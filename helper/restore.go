package helper

import (
	"fmt"
	"time"

	"git-credential-bitbucket/store"
)

// restore puts back tokens that were set aside.
func (a *app) restore(args []string) error {
	rest, err := parseArgs(flagSet("restore", nil), args)
	if err != nil {
		return err
	}
	entries, err := a.allNamed("restore", rest)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := a.restoreOne(e); err != nil {
			return fmt.Errorf("restore \"%s\": %w", e.Name, err)
		}
	}
	return nil
}

func (a *app) restoreOne(e *store.Entry) error {
	if !e.HasEnded(time.Now()) {
		a.ui.Sayf(`the token "%s" is not set aside`, e.Name)
		return nil
	}
	restored, err := a.store.Restore(a.ctx, e.ID)
	if err == nil {
		a.ui.Sayf(`put back the token "%s"`, restored.Name)
	}
	return err
}
