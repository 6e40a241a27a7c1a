package check

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/shell"
)

// everySetting returns what each clone's configuration says, each line once, and
// that of this place where there is no clone.
func (x *facts) everySetting(of func([]git.Setting) []git.Setting) []git.Setting {
	var all []git.Setting
	seen := map[git.Setting]bool{}
	note := func(settings []git.Setting) {
		for _, s := range of(settings) {
			if !seen[s] {
				seen[s] = true
				all = append(all, s)
			}
		}
	}
	note(x.settings)
	for _, clone := range x.clones {
		note(clone.settings)
	}
	return all
}

// checkRewriting looks at the rules that lead git elsewhere, or that add a password.
func checkRewriting(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	for _, rule := range git.Rewritings(x.everySetting(func(settings []git.Setting) []git.Setting { return settings })) {
		checkRule(ctx, x, ask, out, rule)
	}
	if len(out.Report) == 0 {
		out.OKf(setup.Where{}, "no rule touches bitbucket.org")
	}
}

func checkRule(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, rule git.Rewriting) {
	word := "insteadOf"
	if rule.Push {
		word = "pushInsteadOf"
	}
	to, toURL := git.ParseAddress(rule.To)
	from, fromURL := git.ParseAddress(rule.From)
	secret, hasSecret := found.SecretIn(to)
	_, inValue := found.SecretIn(from)
	switch {
	case fromURL && found.IsBitbucket(from) && inValue:
		out.Warnf(report.CauseLeftover, setup.At(rule.Setting), setup.EditCommand(rule.Setting), "%s takes a password out of URLs, and holds it itself", word)
	case toURL && found.IsBitbucket(to) && hasSecret:
		checkRulePassword(ctx, x, ask, out, word, rule, to, secret)
	case toURL && found.IsBitbucket(to) && (to.Scheme != "https" || to.Hostname() != store.GitHost):
		do := setup.UnsetValue(rule.Setting)
		if inValue {
			do = setup.EditCommand(rule.Setting)
		}
		out.Warnf(report.CauseAddress, setup.At(rule.Setting), do, "%s leads to %s://%s, and not to https://%s",
			word, to.Scheme, to.Host, store.GitHost)
	case toURL && found.IsBitbucket(to):
		out.OKf(setup.At(rule.Setting), "%s gives %s for %s", word, to, found.WithoutSecret(rule.From))
	case fromURL && found.IsBitbucket(from):
		out.OKf(setup.At(rule.Setting), "%s leads from %s to another host, where git does not ask this program", word, from)
	}
}

// checkRulePassword reports a rule that puts a password into every URL.
func checkRulePassword(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, word string, rule git.Rewriting, to git.Address, f found.Secret) {
	f.FromRepository = x.isFromRepository(rule.Setting)
	f = ask.Judge(ctx, f)
	d := report.Diagnosis{Result: report.Error, Cause: report.CauseURL, Where: setup.At(rule.Setting),
		Found: fmt.Sprintf("%s puts %s into URLs; git asks no helper for them", word, f.What())}
	if f.Verdict == found.Good {
		d.Result = report.Warning
	}
	switch {
	case rule.File() == "":
		d.Do = setup.OffCommandLine
	case f.IsUnjudged(), f.FromRepository, f.Verdict == found.Useless:
		d.Do = setup.EditCommand(rule.Setting)
	case f.IsRefused() && !f.IsDead():
		d.Do = "git credential-bitbucket store" // it may be good for the other URLs
	default:
		clean := x.cleaned(to).String()
		change := fix.AddressChange{Key: "url." + clean + "." + word, Rule: true, From: found.ShownAddress(to), To: clean, Password: true}
		d.Do = report.FixCommand
		if d.Steps = x.taking(ctx, ask, f, "an "+word+" rule", []fix.Step{fix.CleanAddresses{File: git.RealPath(rule.File()), Changes: []fix.AddressChange{change}}}); d.Steps == nil {
			d.Do = "git credential-bitbucket store"
		}
	}
	if x.isRuled(rule) {
		out.UsesFirst(report.CauseURL, "the password in an "+word+" rule")
	}
	out.Add(d)
}

// isRuled reports whether a rule changes the address of the target.
func (x *facts) isRuled(rule git.Rewriting) bool {
	if x.target.given {
		_, used := git.Rewrite(git.Rewritings(x.settings), x.target.address, false)
		return used != nil && used.Setting == rule.Setting
	}
	return slices.ContainsFunc(git.Remotes(x.settings), func(r git.Remote) bool {
		return r.Rule != nil && r.Rule.Setting == rule.Setting && found.Repository(r.Used) == x.target.repository
	})
}

// checkHeaders looks for a header that goes along in place of every password. Its
// value is not shown.
func checkHeaders(ctx context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	for _, s := range x.everySetting(func(settings []git.Setting) []git.Setting {
		headers, err := git.ForURL(ctx, settings, "http", "extraheader", x.target.forHTTP())
		if err != nil {
			out.Skipf("%v", err)
		}
		return git.Authorizations(headers)
	}) {
		do := "git config --file " + shell.Path(s.File()) + " --unset-all " + shell.Word(s.Key) + " '" + git.AuthorizationPattern + "'"
		switch {
		case s.File() == "":
			do = setup.OffCommandLine
		case found.ShownKey(s.Key) != s.Key:
			do = setup.EditCommand(s)
		}
		out.Wrongf(report.CauseHeader, setup.At(s), do, "http.extraHeader sends an Authorization of its own to Bitbucket")
		out.UsesFirst(report.CauseHeader, "the Authorization in http.extraHeader")
	}
	if len(out.Report) == 0 {
		out.OKf(setup.Where{}, "none with an Authorization")
	}
}

// checkProxy names the proxy that git uses. A password in it is not shown.
func checkProxy(ctx context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	s, err := git.LastForURL(ctx, x.settings, "http", "proxy", x.target.forHTTP())
	switch {
	case err != nil:
		out.Skipf("%v", err)
	case s == nil:
		out.OKf(setup.Where{}, "none in git's configuration")
	case s.Value == "":
		out.OKf(setup.At(*s), "none; the environment's does not count")
	default:
		name := s.Value[strings.LastIndex(s.Value, "@")+1:]
		if s.Scope == string(git.Local) || s.Scope == "worktree" {
			out.Warnf(report.CauseNetwork, setup.At(*s), setup.UnsetCommand(*s), "this clone alone goes through the proxy %s; this program does not follow it", name)
			return
		}
		out.OKf(setup.At(*s), "git goes through the proxy %s", name)
	}
}
