package token

import (
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/shell"
)

// adviseOnGit says what git will do with the token, or what keeps it from that.
func (s *saving) adviseOnGit() {
	if s.entry.Vault == store.CommandVault {
		s.run.UI.Sayf(`saved no token, but where git gets "%s" from: %s`, s.entry.Name, shell.Words(s.entry.Command))
	} else {
		s.run.UI.Sayf(`saved the token "%s" %s`, s.entry.Name, program.PlaceOf(&s.entry).Words())
	}
	if s.entry.Vault == store.EncryptedVault {
		s.sayHowLong()
	}
	if s.entry.Guessed {
		s.run.UI.Sayf("when it expires is a guess: %s", s.entry.Expires.Format(time.DateOnly))
		s.run.UI.Hintf("git credential-bitbucket edit %s --expires DAY", shell.Word(s.entry.Name))
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
		s.run.UI.Hintf("git credential-bitbucket edit %s --default", shell.Word(s.entry.Name))
		return
	}
	s.run.UI.Sayf("git will use it for %s", place)
}
