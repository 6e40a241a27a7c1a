package check

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
)

const (
	// mostAnswers is how many answers of one helper are looked at.
	mostAnswers = 5
	// mostPaths is how many paths a helper is asked about before it is to forget.
	mostPaths = 20
)

// checkOtherHelpers asks the others what they hold for bitbucket.org.
func checkOtherHelpers(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	asked, cleared := git.Chain(x.settings, x.target.forHelpers())
	before, ours := git.SplitAt(asked, setup.IsThisProgram)
	others := 0
	seen := map[string]bool{}
	look := func(helpers []git.Helper, inTheWay bool) {
		for _, h := range helpers {
			if setup.IsThisProgram(h) || seen[h.Command] {
				continue
			}
			others++
			seen[h.Command] = true
			checkHelper(ctx, x, ask, out, h, inTheWay)
		}
	}
	look(before, true)
	if ours != nil {
		look(asked[len(before)+1:], false)
	}
	look(cleared, false)
	if others == 0 {
		out.OKf(setup.Where{}, "there are none")
	}
}

// checkHelper asks one helper, if it may be asked.
func checkHelper(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, h git.Helper, inTheWay bool) {
	limited, cancel := context.WithTimeout(ctx, found.HelperAsks)
	defer cancel()
	if reason := found.WhyNotAsked(h, x.options.offline, ask.Locked); reason != "" {
		out.Add(report.Diagnosis{Result: report.Skipped, Where: setup.At(h.Setting), Found: setup.HelperName(h) + " was not asked: " + reason})
		return
	}
	answers := x.answersOf(limited, h)
	switch {
	case limited.Err() != nil:
		out.Add(report.Diagnosis{Result: report.Warning, Cause: report.CauseHelper, Where: setup.At(h.Setting),
			Found: fmt.Sprintf("%s did not answer within %v; git waits for it without a limit", setup.HelperName(h), found.HelperAsks)})
	case len(answers) == 0:
		out.OKf(setup.At(h.Setting), "%s holds nothing for bitbucket.org", setup.HelperName(h))
	}
	for _, answer := range answers {
		asked := slices.Contains(x.namesUsed(), answer.asked)
		if inTheWay && answer.asked == x.request().Username {
			out.UsesFirst(report.CauseHelper, setup.HelperName(h))
		}
		judgeAnswer(x, ask, out, h, ask.Judge(ctx, answer.Secret), inTheWay && asked)
	}
}

// helperAnswer is what a helper answers to a question with a username.
type helperAnswer struct {
	found.Secret
	asked string
}

// answersOf asks a helper once for each username in a URL, and once without one. It returns the
// different answers.
func (x *facts) answersOf(ctx context.Context, h git.Helper) []helperAnswer {
	var answers []helperAnswer
	names := x.namesUsed() // first, so that what git gets is known as that
	for _, name := range append(x.namesInURLs(), "") {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range slices.DeleteFunc(names, console.IsSecretName) {
		f, ok := found.Held(ctx, h, name, "")
		if ok && !slices.ContainsFunc(answers, func(o helperAnswer) bool { return o.User == f.User && o.Token == f.Token }) {
			answers = append(answers, helperAnswer{f, name})
		}
	}
	return answers
}

// namesUsed are the usernames that git tells helpers for bitbucket.org; an empty one
// stands for none.
func (x *facts) namesUsed() []string {
	own := x.request().Username
	if x.target.hiddenName != "" {
		return []string{own}
	}
	names := slices.DeleteFunc(x.namesInURLs(), func(name string) bool { return name == own || name == "" && x.hasOwnName() })
	names = slices.Insert(names, 0, own)
	others := func(name string) bool { return name != "" && name != own }
	if slices.ContainsFunc(names, others) && !x.tellsName() {
		return slices.DeleteFunc(names, others)
	}
	return names
}

// hasOwnName reports whether the user's own configuration, not a clone's, sets a username for the
// target.
func (x *facts) hasOwnName() bool {
	return git.Lookup(git.Own(x.settings), x.target.forHelpers(), "username") != nil
}

// curlsName is the username by which git's curl looks for a password of its own. One in git's
// configuration comes too late for that (measured).
func (x *facts) curlsName() string { return cmp.Or(x.target.hiddenName, x.target.username) }

// namesInURLs are those in the URLs that git uses for bitbucket.org.
func (x *facts) namesInURLs() []string {
	names := []string{x.curlsName()}
	for _, clone := range x.clones {
		for _, r := range clone.remotes {
			name := r.Used.User
			if len(names) < mostAnswers && !console.IsSecretName(name) && found.IsBitbucket(r.Used) && r.Kind() == "remote" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// pathsUsed are the paths at bitbucket.org that git may ask for, one a line.
func (x *facts) pathsUsed() string {
	var paths []string
	for _, clone := range x.clones {
		for _, r := range clone.remotes {
			path := strings.TrimPrefix(r.Used.Path, "/")
			if len(paths) < mostPaths && found.IsBitbucket(r.Used) && path != "" && len(strings.Fields(path)) == 1 && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return strings.Join(paths, "\n")
}

// judgeAnswer adds a line for what a helper answered: an error for a secret that Bitbucket refuses and
// that git gets before it asks this program.
func judgeAnswer(x *facts, ask *prober.Prober, out *report.Results, h git.Helper, f found.Secret, inTheWay bool) {
	d := report.Diagnosis{Result: report.OK, Cause: report.CauseLeftover, Where: setup.At(h.Setting)}
	d.Found = setup.HelperName(h) + " holds " + f.What()
	if inTheWay {
		d.Result, d.Cause = report.Warning, report.CauseHelper
		d.Found = setup.HelperName(h) + " answers before this program with " + f.What()
		d.Do, d.Steps = report.FixCommand, x.settingUp()
	}
	switch {
	case f.IsDead():
		d.Result = report.Warning
		d.Do, d.Steps = report.FixCommand, append(d.Steps, x.forgetting(h, f, ask.Run.Getenv)...)
		if len(d.Steps) == 0 {
			d.Do = "remove the line from the file that it reads"
		}
		if inTheWay {
			d.Result = report.Error
		}
	case (f.Verdict == found.WrongName || f.IsRefused()) && inTheWay:
		d.Result = report.Error
	case f.IsRefused():
		d.Result, d.Do = report.Warning, "if it is not needed: "+found.ForgetLine(h, f.User)
	}
	d.Otherwise = found.ForgetLine(h, f.User)
	out.Add(d)
}

// forgetting are the steps that make a helper forget a dead secret. The one named
// store forgets all that it holds for the name, so its file is changed in its place.
func (x *facts) forgetting(h git.Helper, f found.Secret, getenv func(string) string) []fix.Step {
	if h.Name() != "store" {
		return []fix.Step{fix.ForgetInHelper{Helper: h, Found: f, Paths: x.pathsUsed()}}
	}
	var steps []fix.Step
	for _, path := range h.StoreFiles(found.CredentialFiles(getenv)) {
		text, err := git.ReadFile(path)
		if err != nil {
			continue
		}
		out := fix.TakeOut{File: path, URLs: true, Secrets: []found.Secret{{User: f.User, Token: f.Token, Verdict: f.Verdict}}, Copy: git.FreeCopy(path)}
		if slices.ContainsFunc(passwords.ParseCredentials(text), func(line passwords.Line) bool { return line.Host == store.GitHost && out.Means(line) }) {
			steps = append(steps, out)
		}
	}
	return steps
}
