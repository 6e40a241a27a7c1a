package token

import (
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// askFirst asks the person for what Bitbucket is to be asked with.
func (s *saving) askFirst() error {
	switch s.entry.Kind {
	case tokens.KindAPIToken:
		return s.askEmail()
	case tokens.KindAccessToken:
		return s.askFor()
	}
	return s.askUsername()
}

// askRest asks for what only the person knows.
func (s *saving) askRest() error {
	switch s.entry.Kind {
	case tokens.KindAPIToken:
		if err := s.askUsername(); err != nil {
			return err
		}
		return s.askExpiry()
	case tokens.KindAccessToken:
		return s.askExpiry()
	}
	return nil
}

// askChecked asks until the answer passes the check, three times at most. Enter takes the
// suggestion, and a dash says that it is not so.
func (s *saving) askChecked(question, suggestion string, check func(string) error) error {
	var wrong error
	for range program.Tries {
		answer, err := s.run.UI.Ask(s.run.Term, question, suggestion)
		if err != nil {
			return err
		}
		if answer == "-" && suggestion != "" {
			answer = ""
		}
		if wrong = check(answer); wrong == nil {
			return nil
		}
		s.run.UI.Tellf("%s", wrong)
	}
	return wrong
}

func (s *saving) askEmail() error {
	if s.options.given["email"] {
		return nil
	}
	question := "email of your Atlassian account (checks the token now; Enter skips)"
	if s.entry.Email != "" {
		question = "email of your Atlassian account (checks the token now; - for none)"
	}
	return s.askChecked(question, s.entry.Email, func(answer string) error {
		s.entry.SetEmail(answer)
		return details.CheckEmail(answer)
	})
}

// askEmailAgain asks for the email of a token that Bitbucket refused with it: it may have been
// mistyped. again: it was.
func (s *saving) askEmailAgain(f verify.Finding) (again bool, err error) {
	if s.run.Term == nil || s.entry.Kind != tokens.KindAPIToken || s.entry.Email == "" || s.options.given["email"] || !bitbucket.IsRefused(f.Refusal) {
		return false, nil
	}
	was := s.entry.Email
	s.run.UI.Tellf("Bitbucket refuses the token with the email %s", was)
	err = s.askChecked("email, if that one was mistyped (Enter: it is right)", "", func(answer string) error {
		if answer == "" {
			return nil
		}
		err := details.CheckEmail(answer)
		if err == nil {
			s.entry.SetEmail(answer)
		}
		return err
	})
	return s.entry.Email != was, err
}

func (s *saving) askUsername() error {
	if s.options.given["username"] || s.learned {
		return nil
	}
	suggestion := s.entry.Username
	if suggestion == "" {
		suggestion = usernameOf(s.entries, s.entry.Email)
	}
	if suggestion == "" {
		suggestion = details.KnownUsername(git.RemoteUsername(s.remotes()), tokens.KindAPIToken)
	}
	if !store.PlausibleUsername(suggestion) {
		suggestion = ""
	}
	question := "Bitbucket username"
	if other := s.otherUnnamed(); other != nil {
		question += `, which tells this token from "` + other.Name + `"`
	}
	if suggestion == "" {
		question += " (Enter skips)"
	} else {
		question += " (- for none)"
	}
	return s.askChecked(question, suggestion, func(answer string) error {
		s.entry.Username = details.KnownUsername(answer, s.entry.Kind)
		return details.CheckUsername(answer)
	})
}

// otherUnnamed is another API token that only a username would tell from this one; nil for none.
func (s *saving) otherUnnamed() *store.Entry {
	for i := range s.entries {
		e := &s.entries[i]
		if e.Kind == tokens.KindAPIToken && e.Username == "" && !e.IsSetAside(time.Now()) && (s.old == nil || e.ID != s.old.ID) {
			return e
		}
	}
	return nil
}

func (s *saving) askFor() error {
	if s.options.given["for"] {
		return nil
	}
	suggestion := s.entry.For
	if suggestion == "" {
		suggestion = store.ForPath(git.RemotePath(s.remotes()))
	}
	question := "workspace or workspace/repository it is for (Enter: all of bitbucket.org)"
	if suggestion != "" {
		question = "workspace or workspace/repository it is for (- for all of bitbucket.org)"
	}
	return s.askChecked(question, suggestion, func(answer string) error {
		s.options.given["for"] = true
		s.entry.For, _ = store.ParseFor(answer)
		return details.CheckFor(answer)
	})
}

func (s *saving) askExpiry() error {
	if s.options.given["expires"] || !s.entry.Expires.IsZero() && !s.entry.Guessed {
		return nil
	}
	// fillRest guesses it.
	question := "last day it works, such as 2027-01-31 or 90d (Enter: probably in 365 days)"
	return s.askChecked(question, "", func(answer string) error {
		if answer == "" {
			s.entry.Expires, s.entry.Guessed = time.Time{}, false
			return nil
		}
		return details.SetExpiry(&s.entry, answer)
	})
}

// remotes returns the remotes on bitbucket.org of the clone we are in, if we are
// in one and git can tell.
func (s *saving) remotes() []git.Remote {
	settings, err := s.gitSettings()
	if err != nil {
		return nil
	}
	return git.At(git.Remotes(settings), store.GitHost)
}
