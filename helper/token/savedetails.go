package token

import (
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
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

// askChecked asks until the answer passes the check, three times at the most.
func (s *saving) askChecked(question, suggestion string, check func(string) error) error {
	var wrong error
	for range program.Tries {
		answer, err := s.run.UI.Ask(s.run.Term, question, suggestion)
		if err != nil {
			return err
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
	return s.askChecked("email of your Atlassian account (for REST; Enter skips)", s.entry.Email, func(answer string) error {
		s.entry.SetEmail(answer)
		return details.CheckEmail(answer)
	})
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
	return s.askChecked("Bitbucket username (Enter skips)", suggestion, func(answer string) error {
		s.entry.Username = details.KnownUsername(answer, s.entry.Kind)
		return details.CheckUsername(answer)
	})
}

func (s *saving) askFor() error {
	if s.options.given["for"] {
		return nil
	}
	suggestion := s.entry.For
	if suggestion == "" {
		suggestion = store.ForPath(git.RemotePath(s.remotes()))
	}
	question := "workspace or workspace/repository it is for (- for all of bitbucket.org)"
	return s.askChecked(question, suggestion, func(answer string) error {
		if s.options.given["for"] = true; answer == "-" {
			answer = ""
		}
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

// adviseOnGit says what git will do with the token, or what keeps it from that.
func (s *saving) adviseOnGit() {
	if s.entry.Vault == store.CommandVault {
		s.run.UI.Sayf(`saved no token, but where git gets "%s" from: %s`, s.entry.Name, console.ShellWords(s.entry.Command))
	} else {
		s.run.UI.Sayf(`saved the token "%s" %s`, s.entry.Name, program.PlaceOf(&s.entry).Words())
	}
	if s.entry.Vault == store.EncryptedVault {
		s.sayHowLong()
	}
	if s.entry.Guessed {
		s.run.UI.Sayf("when it expires is a guess: %s", s.entry.Expires.Format(time.DateOnly))
		s.run.UI.Hintf("git credential-bitbucket edit %s --expires DAY", console.ShellWord(s.entry.Name))
	}
	settings, err := s.gitSettings()
	if err != nil {
		s.run.UI.Sayf("git's configuration could not be read: %s", err)
		return
	}
	chain := git.Helpers(settings, bitbucket.GitURL)
	before, ours := git.SplitAt(chain, setup.IsThisProgram)
	switch {
	case ours == nil && len(chain) == 0:
		s.run.UI.Sayf("git does not ask this program yet")
		s.run.UI.Hintf("git credential-bitbucket setup")
	case ours == nil:
		s.run.UI.Sayf("git does not ask this program yet, but %s", setup.DescribeHelpers(chain))
		s.run.UI.Hintf("git credential-bitbucket setup")
	case len(before) > 0:
		s.run.UI.Sayf("for bitbucket.org git asks others before this program: %s", setup.DescribeHelpers(before))
		s.run.UI.Hintf("git credential-bitbucket setup")
	default:
		s.sayWhoAnswers()
	}
	if s.entry.For != "" && !git.Flag(settings, bitbucket.GitURL, "usehttppath") {
		s.run.UI.Sayf("git does not tell helpers yet which repository it asks for, so this token would not be found")
		s.run.UI.Hintf("%s", advice.UseHTTPPath(store.Git))
	}
}

// sayHowLong says for how long git can read the encrypted store.
func (s *saving) sayHowLong() {
	if held, err := s.run.Encrypted.Held(); held && err == nil {
		s.run.UI.Sayf("git can read it until that is locked, in %d hours at the latest", int(encrypted.HoldFor/time.Hour))
		s.run.UI.Hintf("to unlock it again: git credential-bitbucket unlock")
	}
}

// sayWhoAnswers says whether it is this token that git will get.
func (s *saving) sayWhoAnswers() {
	place := bitbucket.GitURL
	if s.entry.For != "" {
		place += "/" + s.entry.For
	}
	request := store.Request{Service: store.Git, Path: s.entry.For}
	if env, err := store.FromEnvironment(s.run.Getenv); err == nil && env != nil && env.Token != s.token {
		s.run.UI.Sayf("for %s git will use the token in %s, not this one", place, env.Source)
		s.run.UI.Hintf("unset %s", env.Source)
		return
	}
	entries, err := s.run.Store.Entries()
	if err != nil {
		return
	}
	if e, _ := store.Match(entries, request, time.Now()); e != nil && e.ID != s.entry.ID {
		s.run.UI.Sayf(`for %s git will use the token "%s", unless the URL has the username of this one`, place, e.Name)
		s.run.UI.Hintf("git credential-bitbucket edit %s --default", console.ShellWord(s.entry.Name))
		return
	}
	s.run.UI.Sayf("git will use it for %s", place)
}
