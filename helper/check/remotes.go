package check

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// checkRemotes looks at the addresses of every clone: what is in a URL is
// used in place of all that is saved.
func checkRemotes(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	count := 0
	seen := map[git.Setting]bool{}
	for _, clone := range x.clones {
		for _, r := range clone.remotes {
			if seen[r.Setting] || !found.IsBitbucket(r.Address) && !found.IsBitbucket(r.Used) && !found.IsBitbucket(r.Pushed) {
				continue
			}
			seen[r.Setting] = true
			count++
			checkRemote(ctx, x, ask, out, clone, r)
		}
		checkHeadings(out, clone.settings, seen)
		checkModules(ctx, x, ask, out, clone)
	}
	switch {
	case len(x.clones) == 0:
		out.Skipf("this is not a clone")
	case len(out.Report) > 0:
	case count == 0:
		out.OKf(setup.Where{}, "none on bitbucket.org over https")
	default:
		out.OKf(setup.Where{}, "%s on bitbucket.org", report.Plural(count, "address"))
	}
}

// checkHeadings looks for passwords in the headings of other sections, such as
// [lfs "https://…"], where they are of no use.
func checkHeadings(out *report.Results, settings []git.Setting, seen map[git.Setting]bool) {
	for _, s := range settings {
		section, middle, _ := git.SplitKey(s.Key)
		address, ok := git.ParseAddress(middle)
		if _, hasSecret := found.SecretIn(address); !ok || !hasSecret || seen[s] || section == "url" || !found.IsBitbucket(address) {
			continue
		}
		seen[s] = true
		do := setup.OffCommandLine
		if s.File() != "" {
			do = setup.EditCommand(s)
		}
		out.Warnf(report.CauseLeftover, setup.At(s), do, `a heading [%s "%s"] has a password in it`, section, found.ShownAddress(address))
	}
}

// checkRemote reports what is wrong with one address. What a rule of insteadOf
// makes of it is the rule's own matter.
func checkRemote(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, clone lookedAt, r git.Remote) {
	name, place := found.RemoteName(r), setup.At(r.Setting)
	if r.Scope == "given" {
		place = setup.Where{}
	}
	do, steps := x.cleaning(clone, r)
	owner := "" // of a token that is to be saved with the name in the URL
	secret, hasSecret := found.SecretIn(r.Address)
	secret.FromRepository = x.isFromRepository(r.Setting)
	switch {
	case found.IsBitbucket(r.Address) && hasSecret:
		owner = checkURLPassword(ctx, x, ask, out, name, place, do, steps, clone, r, secret)
	case loginProxyFor(ctx, clone.settings, r.Used) != "":
		out.OKf(place, "%s goes through the proxy %s, which adds the login (Bitbucket Pipelines)", name, loginProxyFor(ctx, clone.settings, r.Used))
		if r.Setting == x.target.setting {
			out.UsesFirst(report.CauseURL, "the login that the proxy "+x.target.loginProxy+" adds")
		}
		return
	case r.Rule == nil && found.IsBitbucket(r.Address) && (r.Address.Scheme != "https" || r.Address.Hostname() != store.GitHost):
		out.Add(report.Diagnosis{Result: report.Error, Cause: report.CauseAddress, Where: place, Do: do, Steps: steps,
			Found: fmt.Sprintf("%s is at %s://%s, and not at https://%s", name, r.Address.Scheme, r.Address.Host, store.GitHost)})
	case r.Rule == nil && found.IsBitbucket(r.Address) && found.PathForGit(r.Address) != r.Address.Path:
		out.Add(report.Diagnosis{Result: report.Error, Cause: report.CauseAddress, Where: place, Do: do, Steps: steps,
			Found: name + " is the address of a page, and not of a repository"})
	case r.Kind() == "remote" && found.IsBitbucket(r.Used) && found.Repository(r.Used) == "":
		d := report.Diagnosis{Result: report.Warning, Cause: report.CauseAddress, Where: place,
			Do: "use https://" + store.GitHost + "/WORKSPACE/REPOSITORY.git", Found: name + " names no repository"}
		if r.Setting == x.target.setting {
			d.Result = report.Error // it is this one that git is to get into
		}
		out.Add(d)
	}
	if hasSecret && secret.FromRepository {
		return // the name goes with it
	}
	if user := x.cleaned(r.Used).User; user != owner && found.IsBitbucket(r.Used) {
		checkURLName(ctx, x, ask, out, nameInURL{user: user, of: name, at: place, repository: found.Repository(r.Used), isSubmodules: r.Kind() == "submodule",
			fromRepository: secret.FromRepository || r.Rule != nil && x.isFromRepository(r.Rule.Setting), without: x.withoutName(clone, r)})
	}
	x.nameSentAsIs(out, clone, r, name)
	if r.PushRule != nil && found.IsBitbucket(r.Pushed) {
		checkURLName(ctx, x, ask, out, nameInURL{user: x.cleaned(r.Pushed).User, of: name + ", as a rule changes it for pushes,", at: setup.At(r.PushRule.Setting),
			repository: found.Repository(r.Pushed), fromRepository: secret.FromRepository || x.isFromRepository(r.PushRule.Setting)})
	}
}

// nameSentAsIs warns of a username in a URL that this program replaces and programs on libgit2,
// such as Cargo, do not: they ask a helper, and send its token with the name in the URL
// (docs/clients.md).
func (x *facts) nameSentAsIs(out *report.Results, clone lookedAt, r git.Remote, name string) {
	user := r.Used.User
	e := store.OfName(x.entries, user)
	isEmail, isOld := strings.Contains(user, "@"), e != nil && e.Username != "" && !tokens.SameName(e.Username, user)
	if r.Kind() != "remote" || !found.IsBitbucket(r.Used) || !isEmail && !isOld {
		return
	}
	out.Add(report.Diagnosis{Result: report.OK, Where: setup.At(r.Setting), Do: x.withoutName(clone, r),
		Found: fmt.Sprintf("%s has %s, which this program replaces; Cargo and others on libgit2 send it as it is, and Bitbucket refuses that", name, user)})
}

// cleaning is what to do about an address, and the step that does it.
func (x *facts) cleaning(clone lookedAt, r git.Remote) (hint.Line, []fix.Step) {
	clean := x.cleanedIn(r).String()
	switch {
	case r.Scope == "given":
		return "use " + shell.Word(clean), nil
	case r.File() == "":
		return setup.OffCommandLine, nil
	case r.IsOld(): // a remote in the configuration counts in its place
		return "git -C " + shell.Path(clone.Dir) + " config " + shell.Word(r.Key) + " " + shell.Word(clean), nil
	case r.IsOfClone() && !clone.Owns(r.File()):
		return setup.SetCommand(clone.settings, r, clean), nil // which may be tracked
	}
	_, hasSecret := found.SecretIn(r.Address)
	change := fix.AddressChange{Key: r.Key, From: found.ShownAddress(r.Address), To: clean, Password: hasSecret,
		Kept: slices.ContainsFunc(clone.settings, func(s git.Setting) bool { return s.Key == r.Key && s.Value == clean })}
	return report.FixCommand, []fix.Step{fix.CleanAddresses{File: git.RealPath(r.File()), Changes: []fix.AddressChange{change}}}
}

// cleaned is the address without a password and what only a page has, at the right place. A username is
// kept where it chooses between accounts: not the names that stand for a kind of
// token, nor an email that no entry is known by.
func (x *facts) cleaned(a git.Address) git.Address {
	a.Scheme, a.Host, a.Password, a.HasPassword = "https", store.GitHost, "", false
	a.Path = found.PathForGit(a)
	if tokens.IsGitUsername(a.User) || strings.Contains(a.User, "@") && !store.Known(x.entries, a.User) || !store.PlausibleUsername(a.User) {
		a.User = ""
	}
	return a
}

// cleanedIn is the same for an address where it is: what a repository brought keeps
// only a name that is known to be the person's.
func (x *facts) cleanedIn(r git.Remote) git.Address {
	clean := x.cleaned(r.Address)
	if x.isFromRepository(r.Setting) && !store.Known(x.entries, clean.User) {
		clean.User = ""
	}
	return clean
}

// checkURLPassword reports a password in a URL. One that works is in plain text
// anyway, and keeps this program from being asked. It returns the username
// of a token that is to be saved.
func checkURLPassword(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, name string, place setup.Where, do hint.Line, steps []fix.Step, clone lookedAt, r git.Remote, f found.Secret) (owner string) {
	f = ask.Judge(ctx, f)
	d := report.Diagnosis{Result: report.Error, Cause: report.CauseURL, Where: place, Do: do}
	mayBeName := f.InName && f.IsUnjudged() // then git asks helpers for its password
	if f.Verdict == found.Good || f.Verdict == found.Unknown && f.Token.Kind().IsToken() || mayBeName {
		d.Result = report.Warning
	}
	if d.Steps = x.taking(ctx, ask, f, name, steps); d.Steps == nil && len(steps) > 0 {
		d.Do = x.byHand(f, clone, r)
	}
	d.Found = fmt.Sprintf("%s has %s; git asks no helper for it", name, f.What())
	if mayBeName {
		d.Found = fmt.Sprintf("%s has %s", name, f.What())
	} else if r.Kind() == "remote" && found.Repository(r.Address) == x.target.repository {
		out.UsesFirst(report.CauseURL, "the password in "+name)
	}
	out.Add(d)
	for _, s := range d.Steps {
		if save, ok := s.(fix.SaveToken); ok {
			return save.Entry().Username
		}
	}
	return ""
}

// byHand is what to do about a secret in a URL that check --fix leaves there.
func (x *facts) byHand(f found.Secret, clone lookedAt, r git.Remote) hint.Line {
	e := store.ByToken(x.entries, f.Token)
	switch {
	case f.FromRepository, !f.Token.Kind().IsToken(), f.Verdict == found.Useless:
		return setup.SetCommand(clone.settings, r, x.cleanedIn(r).String())
	case e != nil:
		workspace, _, _ := strings.Cut(f.Repository, "/")
		return "git credential-bitbucket edit " + shell.Word(e.Name) + " --for " + shell.Word(found.Common(e.For, workspace))
	}
	return "git credential-bitbucket store"
}

// taking returns the steps that take a secret from an address, if there are to be any: a
// token is saved before.
func (x *facts) taking(ctx context.Context, ask *prober.Prober, f found.Secret, from string, steps []fix.Step) []fix.Step {
	if len(steps) == 0 || !x.mayTake(f) {
		return nil
	}
	if clean, ok := steps[0].(fix.CleanAddresses); ok {
		clean.Changes[0].Secret = f
	}
	return append(x.saving(ctx, ask, f, from), steps...)
}

// saving returns the step that keeps a token which is about to lose its place, if
// it is one to keep.
func (x *facts) saving(ctx context.Context, ask *prober.Prober, f found.Secret, from string) []fix.Step {
	if !f.IsKeepable() || f.FromRepository || ask.IsSaved(ctx, f.Token) {
		return nil
	}
	save := fix.SaveToken{Found: f, From: from, In: x.saveIn}
	if lost := store.ByToken(x.entries, f.Token); lost != nil {
		save.Name = lost.Name // its vault does not hold it any more
	} else {
		save.Name = save.Entry().Name
	}
	steps := []fix.Step{save}
	if f.Token.Kind() == tokens.KindAccessToken && f.Repository != "" {
		steps = append(steps, x.sendingPath()...)
	}
	return steps
}

// mayTake reports whether a secret may be taken from an address: what is dead, and a token of
// the person's, which is saved before. A password is not kept anywhere, so it stays.
func (x *facts) mayTake(f found.Secret) bool {
	switch {
	case !x.isForPlace(f):
		return false
	case f.IsDead():
		return true
	case f.FromRepository, f.IsUnjudged(), f.Verdict == found.Useless:
		return false
	}
	return f.Token.Kind().IsToken()
}

// isForPlace is false if the saved token is for other repositories than the place where it was
// found; the user can change that with edit --for.
func (x *facts) isForPlace(f found.Secret) bool {
	e := store.ByToken(x.entries, f.Token)
	if e == nil || e.For == "" || f.Repository == "" {
		return true
	}
	found, obstacle := store.Match([]store.Entry{{ID: e.ID, Kind: e.Kind, For: e.For}}, store.Request{Service: store.Git, Path: f.Repository}, time.Now())
	return found != nil && obstacle == store.NoObstacle
}

// nameInURL is a username in an address that git uses.
type nameInURL struct {
	user, of       string
	at             setup.Where
	repository     string
	fromRepository bool      // by a repository, so that it is no evidence about the person
	without        hint.Line // takes it out
	// isSubmodules: git copies the address to where it uses it.
	isSubmodules bool
}

// checkURLName reports a username in a URL for which no saved token is. One that a
// repository brought is not offered as one of the person's.
func checkURLName(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, n nameInURL) {
	if len(x.entries) == 0 || n.user == "" {
		return
	}
	request := store.Request{Service: store.Git, Username: n.user, Path: n.repository}
	e, obstacle := store.Match(x.entries, request, time.Now())
	if e == nil || obstacle != store.ByUsername {
		return
	}
	d := report.Diagnosis{Result: report.Error, Cause: report.CauseUsername, Where: n.at, Do: n.without,
		Found: fmt.Sprintf(`%s has the username %s, for which no token is saved`, n.of, n.user)}
	if !n.fromRepository {
		d.Do, d.Steps = x.naming(ctx, ask, e, request)
	}
	if !x.tellsName() || n.isSubmodules {
		d.Result = report.Warning // for another git, or an older curl
	}
	out.Add(d)
}

// withoutName is the command that takes the username out of an address.
func (x *facts) withoutName(clone lookedAt, r git.Remote) hint.Line {
	if r.Rule != nil || r.File() == "" {
		return ""
	}
	return setup.SetCommand(clone.settings, r, x.nameless(r))
}

func (x *facts) nameless(r git.Remote) string {
	a := x.cleaned(r.Address)
	a.User = ""
	return a.String()
}

// checkModules looks at the addresses of submodules that are written down for
// everyone; they are not changed, since they are part of the repository.
func checkModules(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, clone lookedAt) {
	if clone.CommonDir == "" {
		return
	}
	settings, err := clone.Modules(ctx)
	if err != nil {
		out.Warnf(report.CauseUnreadable, setup.Where{File: clone.Dir}, "", "its .gitmodules cannot be read: %v", err)
		return
	}
	for _, r := range git.Remotes(settings) {
		if !found.IsBitbucket(r.Address) {
			continue
		}
		place := setup.Where{File: r.File()}
		if secret, hasSecret := found.SecretIn(r.Address); hasSecret {
			secret.FromRepository = true
			out.Warnf(report.CauseURL, place, setup.SetCommand(settings, r, x.cleaned(r.Address).String())+", and commit it",
				"the URL of submodule %s has %s, which everyone can see", r.Name, ask.Judge(ctx, secret).What())
		}
		if _, copied := git.Value(clone.settings, r.Key); copied {
			continue // git looks there
		}
		checkURLName(ctx, x, ask, out, nameInURL{user: x.cleaned(r.Address).User, of: "the URL of submodule " + r.Name, at: place, repository: found.Repository(r.Address),
			fromRepository: true, isSubmodules: true,
			without: "git -C " + shell.Path(clone.Dir) + " config " + shell.Word(r.Key) + " " + shell.Word(x.nameless(r))})
	}
}
