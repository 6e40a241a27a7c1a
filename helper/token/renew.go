package token

import (
	"context"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"

	"github.com/spf13/cobra"
)

// RenewCommand puts a new token in the place of one that ends.
func RenewCommand(run *program.Run) *cobra.Command {
	o := &saveOptions{}
	c := run.Command("renew NAME [options]", "replace a token that ends by a new one",
		`Replaces a saved token by a new one and keeps its name, email, username and what
it is for. On a terminal it opens the page that makes one, and asks for it; in a
script the token comes on standard input. Bitbucket is asked whether the new one
works before the old one goes.`,
		func(ctx context.Context, args []string) error { return renew(ctx, run, o, args) })
	c.Flags().StringVar(&o.expires, "expires", "", "last `DAY` the new one works: 2027-01-31, 90d or, for access tokens, never")
	c.Flags().BoolVar(&o.yes, "yes", false, "answer questions with yes")
	c.Flags().BoolVar(&o.noVerify, "no-verify", false, "do not ask Bitbucket about the token")
	o.set = c.Flags()
	c.ValidArgsFunction = completeNames(run)
	return c
}

func renew(ctx context.Context, run *program.Run, o *saveOptions, args []string) error {
	all, err := allNamed(run, "renew", args)
	switch {
	case err != nil:
		return err
	case len(all) > 1:
		return console.Usagef("renew takes the name of one token")
	case console.IsGitBash(run.In):
		return console.WithHintf(console.Usagef("Windows programs cannot use this terminal directly"), "winpty git credential-bitbucket renew %s", shell.Word(args[0]))
	}
	if err := o.read(); err != nil {
		return err
	}
	old := all[0]
	switch {
	case old.Vault == store.CommandVault:
		return comesFromCommand(old)
	case !old.Kind.IsToken():
		return fmt.Errorf(`"%s" is a password that another program saved, and that one renews it`, old.Name)
	}
	s := newSaving(ctx, run, o)
	s.renews = old
	s.keepDetails()
	if err := s.work(ctx); err != nil {
		return err
	}
	s.sayRenewed()
	return nil
}

// keepDetails answers in advance what is known about the old token.
func (s *saving) keepDetails() {
	o, e := s.options, s.renews
	o.name, o.email, o.username, o.place = e.Name, e.Email, e.Username, e.For
	o.given["name"], o.given["for"] = true, true
	o.given["email"], o.given["username"] = e.Email != "", e.Username != ""
}

// judgeRenewal refuses a token that cannot take the place of the old one.
func (s *saving) judgeRenewal() error {
	e := s.renews
	switch {
	case e == nil:
		return nil
	case s.token.Fingerprint() == e.Fingerprint:
		return hint.With(fmt.Errorf(`this is the token that is saved as "%s" already; %w`, e.Name, errNotSaved), makeOne(e.Kind))
	case s.token.Kind().IsToken() && s.token.Kind() != e.Kind:
		return console.WithHintf(fmt.Errorf(`"%s" is an %s, and this is an %s; %w`, e.Name, string(e.Kind), string(s.token.Kind()), errNotSaved),
			"git credential-bitbucket store")
	}
	return nil
}

func makeOne(kind tokens.Kind) hint.Line { return hint.Line(advice.WhereToRenew(kind)) }

// sayRenewed says what became of the old token.
func (s *saving) sayRenewed() {
	s.run.UI.Sayf(`the token "%s" is the new one now, %s`, s.entry.Name, program.PlaceOf(&s.entry).Words())
	if s.entry.Guessed {
		s.run.UI.Sayf("its last day is a guess: %s", s.entry.Expires.Format(time.DateOnly))
	}
	if s.entry.Kind == tokens.KindAccessToken {
		s.run.UI.Sayf("if the old one was rotated, it ends %d minutes after that; else it can be revoked now, where it was made (%s)",
			bitbucket.RotationMinutes, bitbucket.AccessTokenPlace)
		return
	}
	s.run.UI.Sayf("the old one can be revoked now, at %s", bitbucket.TokenPage)
}
