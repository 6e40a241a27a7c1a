package token

import (
	"context"
	"strings"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
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
		s.run.UI.Sayf("its last day is a guess: %s", s.entry.Expires.Format(time.DateOnly))
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
	case s.entry.For == "" || git.Flag(settings, bitbucket.GitURL, "usehttppath"):
		s.sayWhoAnswers(settings)
	}
	if s.entry.For != "" && !git.Flag(settings, bitbucket.GitURL, "usehttppath") {
		s.run.UI.Sayf("git does not say yet which repository it asks for, so this token would not be found")
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

// sayWhoAnswers says whether it is this token that git will get, as git will ask for it: in a
// clone with the username and the path of its remote.
func (s *saving) sayWhoAnswers(settings []git.Setting) {
	place, request := bitbucket.GitURL, store.Request{Service: store.Git, Path: s.entry.For}
	if s.entry.For != "" {
		place += "/" + s.entry.For
	}
	if r := s.remoteHere(); r != nil {
		if secret, has := found.SecretIn(r.Used); has && !secret.InName {
			s.run.UI.Sayf("git asks no helper in this clone, for %s has a password in it", found.RemoteName(*r))
			s.run.UI.Hintf("git credential-bitbucket check --fix")
			return
		}
		place = found.ShownAddress(r.Used)
		request = requestAt(settings, r.Used)
	}
	if env, err := store.FromEnvironment(s.run.Getenv); err == nil && env != nil && env.Token != s.token {
		s.run.UI.Sayf("for %s git will use the token in %s, not this one", place, env.Source)
		s.run.UI.Hintf("unset %s", env.Source)
		return
	}
	entries, err := s.run.Store.Entries()
	if err != nil {
		return
	}
	e, obstacle := store.Match(entries, request, time.Now())
	switch {
	case e == nil:
	case obstacle != store.NoObstacle:
		what, cure := advice.Obstacle(e, obstacle, request)
		s.run.UI.Sayf("for %s git gets no token yet: %s", place, what)
		s.run.UI.Hintf("%s", cure)
	case e.ID != s.entry.ID:
		s.run.UI.Sayf(`for %s git will use the token "%s", unless the URL has the username of this one`, place, e.Name)
		s.run.UI.Hintf("git credential-bitbucket edit %s --default", shell.Word(s.entry.Name))
	default:
		s.run.UI.Sayf("git will use it for %s", place)
		s.mentionProactive(settings)
	}
}

// mentionProactive says how to save a request each time, where that serves all repositories.
func (s *saving) mentionProactive(settings []git.Setting) {
	if _, chosen := git.Value(settings, "http."+bitbucket.GitURL+".proactiveauth"); chosen || s.entry.For != "" {
		return
	}
	if version, err := git.ReadVersion(context.Background()); err == nil && setup.KnowsProactive(version) {
		s.run.UI.Hintf("one request less at each fetch and push: %s", setup.OnProactive)
	}
}

// remoteHere is the remote of the clone we are in that the token is for, origin before others;
// nil if there is none.
func (s *saving) remoteHere() *git.Remote {
	var here *git.Remote
	for _, r := range s.remotes() {
		repository := found.Repository(r.Used)
		isMeant := s.entry.For == "" || tokens.SameName(found.Common(s.entry.For, repository), s.entry.For)
		if r.Kind() == "remote" && repository != "" && isMeant && (here == nil || r.Key == "remote.origin.url") {
			here = &r
		}
	}
	return here
}

// requestAt is what git asks helpers for at an address.
func requestAt(settings []git.Setting, a git.Address) store.Request {
	address := bitbucket.GitURL + a.Path
	request := store.Request{Service: store.Git, Username: a.User}
	if named := git.Lookup(settings, address, "username"); named != nil && a.User == "" {
		request.Username = named.Value
	}
	if git.Flag(settings, address, "usehttppath") {
		request.Path = strings.TrimPrefix(a.Path, "/")
	}
	return request
}
