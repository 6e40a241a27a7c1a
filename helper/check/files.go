package check

import (
	"context"
	"errors"
	"io/fs"
	"slices"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// checkNetrc looks at what git's curl reads before a helper is asked.
func checkNetrc(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	checkFiles(ctx, x, ask, out, found.NetrcFiles(), passwords.ParseNetrc, judgeNetrcLine)
}

// checkCredentialFiles looks at where git's helper named store keeps what it is
// handed.
func checkCredentialFiles(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	checkFiles(ctx, x, ask, out, found.CredentialFiles(ask.Run.Getenv), passwords.ParseCredentials, judgeCredentialLine)
}

// judgeLine reports one line of a file of passwords.
type judgeLine func(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, path string, lines []passwords.Line, i int, f found.Secret)

// checkFiles reads files of passwords, and judges each line that is about bitbucket.org.
func checkFiles(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, paths []string, parse func(string) []passwords.Line, judge judgeLine) {
	for _, path := range paths {
		text, err := git.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			out.Warnf(report.CauseUnreadable, setup.Where{File: path}, "", "the file cannot be read: %v", err)
			continue
		}
		lines := slices.DeleteFunc(parse(text), func(line passwords.Line) bool {
			return line.Host != store.GitHost && line.Host != "" || line.Password == ""
		})
		for i, line := range lines {
			judge(ctx, x, ask, out, path, lines, i, ask.Judge(ctx, found.Secret{User: line.User, Token: tokens.New(line.Password)}))
		}
	}
	if len(out.Report) == 0 {
		out.OKf(setup.Where{}, "nothing for bitbucket.org")
	}
}

// judgeNetrcLine reports an entry that git uses before it asks any helper. One
// that Bitbucket answers with 401 is only tried in vain, and one for another name
// than those in use is not tried at all.
func judgeNetrcLine(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, path string, lines []passwords.Line, i int, f found.Secret) {
	line := lines[i]
	d := report.Diagnosis{Result: report.Warning, Cause: report.CauseNetrc, Where: setup.Where{File: path, Line: line.Line}}
	used := slices.ContainsFunc(x.namesInURLs(), func(name string) bool { return found.NetrcServes(lines, i, name) })
	switch {
	case line.Host == "" && !used:
		return // an entry for bitbucket.org comes before the default
	case line.Host != "" && !used && f.IsDead():
		d.Cause, d.Found = report.CauseLeftover, f.What()+" for "+f.Owner("no username")+", which git does not use here"
		d.Do, d.Steps = report.FixCommand, []fix.Step{fix.TakeOut{File: path, Secrets: []found.Secret{f}, Copy: git.FreeCopy(path)}}
	case line.Host != "" && !used:
		d.Cause, d.Found = report.CauseLeftover, f.What()+" in plain text, which git does not use here"
		d.Do = moveCommand(ctx, ask, f, d.Where)
	case line.Host == "" && f.Verdict == found.AppPassword:
		d.Result, d.Found = report.Error, "the default entry holds "+f.What()+", which git sends to Bitbucket too"
		d.Do = setup.EditFile(path, line.Line)
	case line.Host == "":
		d.Found, d.Do = "git sends the password of the default entry to Bitbucket too", setup.EditFile(path, line.Line)
	case f.IsDead():
		d.Found = "git sends " + f.What() + " before it asks any helper"
		d.Do, d.Steps = report.FixCommand, []fix.Step{fix.TakeOut{File: path, Secrets: []found.Secret{f}, Copy: git.FreeCopy(path)}}
		if f.Verdict == found.AppPassword {
			d.Result = report.Error
		}
	default:
		d.Found = "git sends " + f.What() + " before it asks any helper; it is there in plain text"
		d.Do = moveCommand(ctx, ask, f, d.Where)
	}
	if (d.Result == report.Error || f.Verdict == found.Good) && found.NetrcServes(lines, i, x.curlsName()) {
		out.UsesFirst(report.CauseNetrc, shell.Tilde(path))
	}
	out.Add(d)
}

// judgeCredentialLine reports an entry that only the helper named store reads.
func judgeCredentialLine(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, path string, lines []passwords.Line, i int, f found.Secret) {
	d := report.Diagnosis{Result: report.Warning, Cause: report.CauseLeftover, Where: setup.Where{File: path, Line: lines[i].Line}}
	d.Found = f.What() + " in plain text"
	if f.IsDead() {
		d.Do, d.Steps = report.FixCommand, []fix.Step{fix.TakeOut{File: path, URLs: true, Secrets: []found.Secret{f}, Copy: git.FreeCopy(path)}}
	} else {
		d.Do = moveCommand(ctx, ask, f, d.Where)
	}
	out.Add(d)
}

// moveCommand says what to do about a secret in plain text that may be of use.
func moveCommand(ctx context.Context, ask *prober.Prober, f found.Secret, at setup.Where) hint.Line {
	if f.IsKeepable() && !f.IsDead() && !ask.IsSaved(ctx, f.Token) {
		return "git credential-bitbucket store, then " + setup.TakeOutLine(at.File, at.Line)
	}
	return setup.TakeOutLine(at.File, at.Line)
}
