package helper

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
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
func checkRewriting(ctx context.Context, x *facts, ask *prober, out *results) {
	before := len(out.report)
	for _, rule := range git.Rewritings(x.everySetting(func(settings []git.Setting) []git.Setting { return settings })) {
		checkRule(ctx, x, ask, out, rule)
	}
	if len(out.report) == before {
		out.ok(setup.Where{}, "no rule touches bitbucket.org")
	}
}

func checkRule(ctx context.Context, x *facts, ask *prober, out *results, rule git.Rewriting) {
	word := "insteadOf"
	if rule.Push {
		word = "pushInsteadOf"
	}
	to, toURL := git.ParseAddress(rule.To)
	from, fromURL := git.ParseAddress(rule.From)
	secret, hasSecret := secretIn(to)
	_, inValue := secretIn(from)
	switch {
	case fromURL && isBitbucket(from) && inValue:
		out.warn(causeLeftover, setup.At(rule.Setting), setup.EditCommand(rule.Setting), "%s takes a password out of URLs, and holds it itself", word)
	case toURL && isBitbucket(to) && hasSecret:
		checkRulePassword(ctx, x, ask, out, word, rule, to, secret)
	case toURL && isBitbucket(to) && (to.Scheme != "https" || to.Hostname() != store.GitHost):
		do := setup.UnsetValue(rule.Setting)
		if inValue {
			do = setup.EditCommand(rule.Setting)
		}
		out.warn(causeAddress, setup.At(rule.Setting), do, "%s leads to %s://%s, and not to https://%s",
			word, to.Scheme, to.Host, store.GitHost)
	case toURL && isBitbucket(to):
		out.ok(setup.At(rule.Setting), "%s makes %s of %s", word, to, withoutSecret(rule.From))
	case fromURL && isBitbucket(from):
		out.ok(setup.At(rule.Setting), "%s leads from %s elsewhere: git does not ask this program there", word, from)
	}
}

// withoutSecret is how the beginning of an address is shown, whatever its form.
func withoutSecret(text string) string {
	if address, ok := git.ParseAddress(text); ok {
		return shownAddress(address)
	}
	if _, after, found := strings.Cut(text, "@"); found {
		return "…@" + after[strings.LastIndex(after, "@")+1:]
	}
	return text
}

// checkRulePassword reports a rule that puts a password into every URL.
func checkRulePassword(ctx context.Context, x *facts, ask *prober, out *results, word string, rule git.Rewriting, to git.Address, f foundSecret) {
	f.brought = x.isBrought(rule.Setting)
	f = ask.judge(ctx, f)
	d := diagnosis{result: resultError, cause: causeURL, where: setup.At(rule.Setting),
		found: fmt.Sprintf("%s puts %s into URLs; git asks no helper for them", word, f.what())}
	if f.verdict == foundGood {
		d.result = resultWarning
	}
	switch {
	case rule.File() == "":
		d.do = setup.OffCommandLine
	case f.isUnjudged(), f.brought, f.verdict == foundUseless:
		d.do = setup.EditCommand(rule.Setting)
	case f.isRefused() && !f.isDead():
		d.do = "git credential-bitbucket store" // it may be good for the other URLs
	default:
		clean := x.cleaned(to).String()
		change := addressChange{key: "url." + clean + "." + word, rule: true, from: shownAddress(to), to: clean, password: true}
		d.do = fixCommand
		if d.steps = ask.taking(ctx, f, "an "+word+" rule", []step{cleanAddresses{git.RealPath(rule.File()), []addressChange{change}}}); d.steps == nil {
			d.do = "git credential-bitbucket store"
		}
	}
	if x.isRuled(rule) {
		out.usesFirst(causeURL, "the password in an "+word+" rule")
	}
	out.add(d)
}

// isRuled reports whether a rule changes the address of the target.
func (x *facts) isRuled(rule git.Rewriting) bool {
	if x.target.given {
		_, used := git.Rewrite(git.Rewritings(x.settings), x.target.address, false)
		return used != nil && used.Setting == rule.Setting
	}
	return slices.ContainsFunc(git.Remotes(x.settings), func(r git.Remote) bool {
		return r.Rule != nil && r.Rule.Setting == rule.Setting && asPath(r.Used) == x.target.repository
	})
}

// checkHeaders looks for a header that goes along in place of every password. Its
// value is not shown.
func checkHeaders(_ context.Context, x *facts, _ *prober, out *results) {
	before := len(out.report)
	for _, s := range x.everySetting(func(settings []git.Setting) []git.Setting {
		return authorizations(git.All(settings, "http", x.target.forHTTP(), "extraheader"))
	}) {
		do := "git config --file " + console.ShellPath(s.File()) + " --unset-all " + console.ShellWord(s.Key) + " '" + authorizationPattern + "'"
		switch {
		case s.File() == "":
			do = setup.OffCommandLine
		case shownKey(s.Key) != s.Key:
			do = setup.EditCommand(s)
		}
		out.wrong(causeHeader, setup.At(s), do, "http.extraHeader sends an Authorization of its own to Bitbucket")
		out.usesFirst(causeHeader, "the Authorization in http.extraHeader")
	}
	if len(out.report) == before {
		out.ok(setup.Where{}, "none with an Authorization")
	}
}

// authorizationPattern is for git config, which knows no other way to ignore case.
const authorizationPattern = "^[[:space:]]*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn][[:space:]]*:"

// authorizations leaves the headers that git sends and that are an Authorization:
// an empty one clears those before it.
func authorizations(headers []git.Setting) []git.Setting {
	var sent []git.Setting
	for _, s := range headers {
		name, _, _ := strings.Cut(s.Value, ":")
		switch {
		case s.Value == "":
			sent = nil
		case strings.EqualFold(strings.TrimSpace(name), "authorization"):
			sent = append(sent, s)
		}
	}
	return sent
}

// checkProxy names the proxy that git uses. A password in it is not shown.
func checkProxy(_ context.Context, x *facts, _ *prober, out *results) {
	s := git.Lookup(x.settings, "http", x.target.forHTTP(), "proxy")
	switch {
	case s == nil:
		out.ok(setup.Where{}, "none in git's configuration")
	case s.Value == "":
		out.ok(setup.At(*s), "none, whatever the environment says")
	default:
		name := s.Value[strings.LastIndex(s.Value, "@")+1:]
		if s.Scope == string(git.Local) || s.Scope == "worktree" {
			out.warn(causeNetwork, setup.At(*s), setup.UnsetCommand(*s), "this clone alone goes through the proxy %s; this program does not follow it", name)
			return
		}
		out.ok(setup.At(*s), "git goes through the proxy %s", name)
	}
}

// checkLFS knows that Git LFS asks for no credential where Bitbucket answers its
// anonymous request with 403 (docs/bitbucket.md section 1, point 9).
func checkLFS(_ context.Context, x *facts, _ *prober, out *results) {
	before := len(out.report)
	uses := false
	for _, clone := range x.clones {
		if clone.CommonDir == "" || !clone.UsesLFS() {
			continue
		}
		uses = true
		for _, r := range clone.remotes {
			_, _, key := git.SplitKey(r.Key)
			if r.Kind() == "remote" && key == "url" && isBitbucket(r.Used) && asPath(r.Used) != "" {
				checkLFSOf(out, clone, r)
			}
		}
	}
	switch {
	case len(out.report) > before:
	case uses:
		out.ok(setup.Where{}, "Git LFS sends a credential")
	default:
		out.ok(setup.Where{}, "Git LFS is not used here")
	}
}

func checkLFSOf(out *results, clone lookedAt, r git.Remote) {
	url := lfsURL(asPath(r.Used))
	if value, _ := git.Value(clone.settings, "lfs."+url+".access"); value == "basic" {
		return
	}
	set := switchOn{scope: git.Local, file: git.RealPath(filepath.Join(clone.CommonDir, "config")), section: "lfs", sub: url, name: "access", value: "basic",
		why: "Git LFS sends a credential for " + asPath(r.Used)}
	out.add(diagnosis{result: resultError, cause: causeLFS, where: setup.Where{File: clone.Dir}, do: fixCommand, steps: []step{set}, otherwise: overruling(clone, set),
		found: fmt.Sprintf("Git LFS is used, and Bitbucket refuses it before it asks for a credential for %s", asPath(r.Used))})
}

// overruling takes out the setting that counts in place of the one that is to be written.
func overruling(clone lookedAt, set switchOn) console.CommandLine {
	var last *git.Setting
	for i, s := range clone.settings {
		if s.Key == set.setting() {
			last = &clone.settings[i]
		}
	}
	switch {
	case last == nil:
		return ""
	case last.File() == "":
		return setup.OffCommandLine
	default:
		return setup.UnsetCommand(*last)
	}
}

// lfsURL is where Git LFS looks for a repository's files
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md).
func lfsURL(repository string) string { return bitbucket.GitURL + "/" + repository + ".git/info/lfs" }
