package token

import (
	"context"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

const (
	// saveAsks bounds all questions to Bitbucket while a person waits.
	saveAsks = 20 * time.Second
	// noticeDelay is how long a person waits before being told for what.
	noticeDelay = 500 * time.Millisecond
)

// verify asks Bitbucket about the token, says what it answered, and lets a person
// decide where the token could not do all that git needs.
func (s *saving) verify(ctx context.Context) error {
	if s.options.noVerify {
		return nil
	}
	found := s.ask(ctx)
	for range program.Tries - 1 {
		again, err := s.askEmailAgain(found)
		if err != nil {
			return err
		}
		if !again {
			break
		}
		found = s.ask(ctx)
	}
	s.learn(found)
	s.learnName(ctx, found)
	switch o := found.Judge(); o.Verdict {
	case verify.Accepted:
		s.run.UI.Sayf("%s", o.Text)
	case verify.NotChecked:
		s.run.UI.Sayf("not checked: %s", o.Text)
	case verify.ReadOnly:
		return s.confirmUnusual(true, o.Text, "save it all the same?")
	default:
		return console.WithHintf(s.confirmUnusual(false, o.Text, "save it all the same?"), "%s", o.Cure)
	}
	return nil
}

// ask collects what REST says of the token and what git's endpoint says of the
// repository at hand.
func (s *saving) ask(ctx context.Context) verify.Finding {
	ctx, cancel := context.WithTimeout(ctx, saveAsks)
	defer cancel()
	word := time.AfterFunc(noticeDelay, func() {
		if s.run.Term != nil {
			s.run.UI.Tellf("asking Bitbucket …")
		}
	})
	defer word.Stop()
	f := verify.Finding{Kind: s.entry.Kind}
	settings, _ := s.gitSettings()
	client, err := s.run.Client(ctx, settings, s.repository())
	if err != nil {
		f.Asked, f.Refusal = true, err
		return f
	}
	if verify.IsAskable(s.entry.Kind, s.entry.Email) {
		f.Asked = true
		f.Account, f.Refusal = client.Ask(ctx, s.entry.Kind, s.entry.Email, s.token)
	}
	// Where REST could not be reached, git's endpoint is not asked to fail as well.
	if repository := s.repository(); repository != "" && f.CanAskGit() {
		f.Repository = repository
		f.Access = client.Probe(ctx, s.entry.GitUsername(), s.token, repository)
	}
	return f
}

// repository is the one that the token is for, or that of the clone we are in.
func (s *saving) repository() string {
	if strings.Contains(s.entry.For, "/") {
		return s.entry.For
	}
	here := store.ForPath(git.RemotePath(s.remotes()))
	if !strings.Contains(here, "/") || s.entry.For != "" && !strings.HasPrefix(here, s.entry.For+"/") {
		return ""
	}
	return here
}

// learnName finds out at git's endpoint, where REST did not say, whether the account is the one
// that the remote's URL names.
func (s *saving) learnName(ctx context.Context, f verify.Finding) {
	name := details.KnownUsername(git.RemoteUsername(s.remotes()), tokens.KindAPIToken)
	if s.learned || s.options.given["username"] || s.entry.Kind != tokens.KindAPIToken || f.Repository == "" || !f.GitTakesIt() ||
		details.CheckUsername(name) != nil || name == "" || strings.Contains(name, "@") {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, saveAsks)
	defer cancel()
	settings, _ := s.gitSettings()
	if client, err := s.run.Client(ctx, settings, f.Repository); err == nil && verify.IsNameOf(ctx, client, name, s.token, f.Repository) {
		s.entry.Username, s.learned = name, true
	}
}

// learn keeps what Bitbucket said.
func (s *saving) learn(f verify.Finding) {
	if f.Repository != "" && f.GitTakesIt() {
		s.entry.Accepted = store.Now()
	}
	if f.IsEmailWrong() {
		s.entry.SetEmail("")
	}
	if !f.Asked || f.Refusal != nil {
		return
	}
	s.entry.Scopes = slices.Clone(f.Account.Scopes)
	s.entry.Checked = store.Now()
	name := f.Account.Username
	if s.entry.Kind != tokens.KindAPIToken || name == "" || details.CheckUsername(name) != nil {
		return
	}
	if typed := s.entry.Username; typed != "" && !tokens.SameName(typed, name) {
		s.run.UI.Sayf("the Bitbucket username is %s, not %s", name, typed)
	}
	s.entry.Username, s.learned = name, true
}
