package token

import (
	"context"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
)

// Restore puts back tokens that were set aside.
func Restore(ctx context.Context, run *program.Run, args []string) error {
	rest, err := program.ParseArgs(program.FlagSet("restore", nil), args)
	if err != nil {
		return err
	}
	entries, err := allNamed(run, "restore", rest)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := restoreOne(ctx, run, e); err != nil {
			return fmt.Errorf("restore \"%s\": %w", e.Name, err)
		}
	}
	return nil
}

func restoreOne(ctx context.Context, run *program.Run, e *store.Entry) error {
	if !e.HasEnded(time.Now()) {
		run.UI.Sayf(`the token "%s" is not set aside`, e.Name)
		return nil
	}
	restored, err := run.Store.Restore(ctx, e.ID)
	if err == nil {
		run.UI.Sayf(`put back the token "%s"`, restored.Name)
	}
	return err
}
