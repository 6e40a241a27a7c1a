package token

import (
	"context"
	"fmt"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"

	"github.com/spf13/cobra"
)

type editOptions struct {
	entryOptions
	first bool
}

// EditCommand changes what is known about a token.
func EditCommand(run *program.Run) *cobra.Command {
	o := &editOptions{}
	c := run.Command("edit NAME [options]", "change what is known about a token", "Changes what is known about a token, without the token.",
		func(ctx context.Context, args []string) error { return edit(ctx, run, o, args) })
	o.flags(c.Flags())
	c.Flags().BoolVar(&o.first, "default", false, "use it before others that fit as well")
	c.ValidArgsFunction = completeNames(run)
	return c
}

// edit changes an entry. The token itself is shown only once by the page that made it, so
// it need not be at hand.
func edit(ctx context.Context, run *program.Run, o *editOptions, args []string) error {
	err := o.read()
	switch {
	case err != nil:
		return err
	case len(args) != 1:
		return console.Usagef("edit takes the name of one token")
	case len(o.given) == 0:
		return console.Usagef("edit: nothing to change was given")
	}
	e, err := named(run, args[0])
	if err != nil {
		return err
	}
	edited, err := run.Store.Edit(ctx, e.ID, o.first, o.apply)
	if err != nil {
		return fmt.Errorf("edit \"%s\": %w", e.Name, err)
	}
	run.UI.Sayf(`changed the token "%s"`, edited.Name)
	return nil
}

// named finds a saved entry by its name.
func named(run *program.Run, name string) (*store.Entry, error) {
	if name == store.EnvironmentName {
		return nil, fmt.Errorf("that token is in the environment (%s or %s), not saved", store.TokenVariable, store.TokenFileVariable)
	}
	entries, err := run.Store.Entries()
	if err != nil {
		return nil, err
	}
	if e := store.Named(entries, name); e != nil {
		return e, nil
	}
	err = fmt.Errorf("no token is named \"%s\"", name)
	if len(entries) == 0 {
		return nil, console.WithHintf(err, "git credential-bitbucket store")
	}
	return nil, console.WithHintf(err, "the names are: %s", nameList(entries))
}

// nameList is the names as they could be typed.
func nameList(entries []store.Entry) hint.Line {
	var list []string
	for _, e := range entries {
		list = append(list, e.Name)
	}
	return shell.Words(list)
}

// allNamed finds several entries before anything is done to one.
func allNamed(run *program.Run, command string, list []string) ([]*store.Entry, error) {
	if len(list) == 0 {
		entries, err := run.Store.Entries()
		if err != nil || len(entries) == 0 {
			return nil, console.Usagef("%s takes the name of a token", command)
		}
		return nil, console.WithHintf(console.Usagef("%s takes the name of a token", command), "git credential-bitbucket %s NAME; the names are: %s",
			command, nameList(entries))
	}
	var found []*store.Entry
	for _, name := range list {
		e, err := named(run, name)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(found, func(o *store.Entry) bool { return o.ID == e.ID }) {
			found = append(found, e)
		}
	}
	return found, nil
}

// oneByOne does something to each of the entries until it fails, and names those
// that were not tried then.
func oneByOne(run *program.Run, command string, entries []*store.Entry, do func(*store.Entry) error) error {
	for i, e := range entries {
		err := do(e)
		if err == nil {
			continue
		}
		err = run.WithHint(fmt.Errorf("%s \"%s\": %w", command, e.Name, err), program.NoWayOut)
		var rest []string
		for _, e := range entries[i+1:] {
			rest = append(rest, e.Name)
		}
		if len(rest) > 0 {
			err = fmt.Errorf("%w; not tried: %s", err, string(shell.Words(rest)))
		}
		return err
	}
	return nil
}
