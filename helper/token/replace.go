package token

// Which saved token a person's store takes the place of, and what the new one
// keeps of it.

import (
	"context"
	"fmt"
	"slices"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/shell"
)

// inherit keeps what is known about a token that is renewed or saved once more,
// unless the person has said otherwise.
func (s *saving) inherit() {
	if s.old == nil || s.old.Kind != s.entry.Kind {
		return
	}
	keep := func(option string, field *string, known string) {
		if !s.options.given[option] && *field == "" {
			*field = known
		}
	}
	keep("name", &s.entry.Name, s.old.Name)
	keep("email", &s.entry.Email, s.old.Email)
	keep("username", &s.entry.Username, s.old.Username)
	keep("for", &s.entry.For, s.old.For)
	if !s.options.given["also"] {
		s.entry.Also = slices.Clone(s.old.Also)
	}
	if s.isKnownToken() {
		s.inheritTokenFields()
	}
}

// isKnownToken reports whether this very token is saved already.
func (s *saving) isKnownToken() bool {
	return s.old != nil && s.old.Fingerprint != "" && s.old.Fingerprint == s.token.Fingerprint()
}

func (s *saving) inheritTokenFields() {
	s.entry.Scopes, s.entry.Accepted = s.old.Scopes, s.old.Accepted
	if s.entry.Email == s.old.Email {
		s.entry.Checked = s.old.Checked
	}
	if !s.options.given["expires"] && !s.old.IsExpired(time.Now()) {
		s.entry.Expires, s.entry.Guessed = s.old.Expires, s.old.Guessed
	}
}

// settleName finds the name and, if an entry has it, checks that a person
// wants that one replaced. What no longer works is replaced without a question.
func (s *saving) settleName(context.Context) error {
	if s.entry.Name == "" {
		s.entry.Name = details.NameFor(&s.entry)
	}
	other := store.Named(s.entries, s.entry.Name)
	switch {
	case s.isKnownToken():
		if other != nil && other.ID != s.old.ID {
			return console.WithHintf(fmt.Errorf(`this token is saved as "%s", and another has the name "%s"; %w`, s.old.Name, other.Name, errNotSaved),
				"git credential-bitbucket edit %s --name NAME", shell.Word(s.old.Name))
		}
		return nil
	case other != nil && other.Kind != s.entry.Kind && !s.options.given["name"]:
		s.old = nil // a name that was only made up is made up anew
		return nil
	}
	s.old = other
	s.inherit()
	if s.old == nil || s.options.yes || s.renews != nil || s.isSpent() {
		return nil
	}
	return s.askToReplace()
}

// isSpent reports whether the entry to replace is a token of the same kind that
// does not work any more.
func (s *saving) isSpent() bool {
	now := time.Now()
	return s.old.Kind == s.entry.Kind && (s.old.IsSetAside(now) || s.old.IsExpired(now))
}

func (s *saving) askToReplace() error {
	saved := fmt.Sprintf(`a token named "%s" was saved on %s`, s.old.Name, s.old.Saved.Format(time.DateOnly))
	if s.run.Term == nil {
		return console.WithHintf(fmt.Errorf("%s; %w", saved, errNotSaved), "add --yes to replace it, or --name NAME to keep both")
	}
	s.run.UI.Tellf("%s", saved)
	yes, err := s.run.UI.Confirmf(s.run.Term, "replace it?")
	if err == nil && !yes {
		err = console.WithHintf(errNotSaved, "git credential-bitbucket store --name NAME")
	}
	return err
}
