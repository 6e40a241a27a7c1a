package token

import (
	"context"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"

	"github.com/spf13/cobra"
)

// RestoreCommand puts back tokens that were set aside.
func RestoreCommand(run *program.Run) *cobra.Command {
	c := run.Command("restore NAME...", "put back a token that was set aside", "Puts back tokens that were set aside.",
		func(ctx context.Context, args []string) error { return restore(ctx, run, args) })
	c.ValidArgsFunction = completeNames(run)
	return c
}

func restore(ctx context.Context, run *program.Run, args []string) error {
	entries, err := allNamed(run, "restore", args)
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
