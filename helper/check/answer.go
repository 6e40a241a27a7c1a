package check

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// checkAnswer reports what git gets when it asks for the target.
func checkAnswer(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	place := x.target.address
	if out.First != "" {
		out.Skipf("for %s git uses %s, and does not ask this program", place, out.First)
		return
	}
	request := x.request()
	if x.env != nil {
		if _, unfit := store.Match([]store.Entry{x.env.Entry}, request, time.Now()); unfit == store.NoObstacle {
			sayAnswer(ctx, x, ask, out, &x.env.Entry, "the token in "+x.env.Source)
			return
		}
	}
	e, obstacle := store.Match(x.entries, request, time.Now())
	switch {
	case e == nil && len(x.entries) == 0:
		out.Skipf("no token is saved")
	case e == nil:
		out.Wrongf(report.CauseNoToken, setup.Where{}, "git credential-bitbucket store", "no saved token is for %s", place)
	case obstacle == store.NoObstacle && ask.VaultTrouble(e.Vault) != nil:
		out.Skipf(`for %s git would get the token "%s", which cannot be read %s`, place, e.Name, sources[e.Vault])
	case obstacle == store.NoObstacle && e.Source == store.FromReport:
		out.Warnf(report.CauseToken, setup.Where{}, "git credential-bitbucket erase "+shell.Word(e.Name),
			`for %s git gets the password "%s", which git once reported; its source is not known`, place, e.Name)
	case obstacle == store.NoObstacle:
		sayAnswer(ctx, x, ask, out, e, fmt.Sprintf(`the token "%s"`, e.Name))
		warnOfName(x, out, e, request)
	case obstacle == store.ByUsername:
		d := report.Diagnosis{Result: report.Error, Cause: report.CauseUsername}
		d.Found, _ = advice.Obstacle(e, obstacle, request)
		if several := store.Unnamed(x.entries, request, time.Now()); several != nil {
			d.Found, _ = advice.Unnamed(several, request.Username)
		}
		switch s := x.whereNamed(); {
		case x.isFromRepository(s):
			d.Where = setup.At(s) // its own line says what to do
		case store.PlausibleUsername(request.Username):
			d.Do, d.Steps = x.naming(ctx, ask, e, request)
		}
		out.Add(d)
	case obstacle == store.ByMissingPath:
		d := report.Diagnosis{Result: report.Error, Cause: report.CausePath, Do: x.pathWords(), Steps: x.sendingPath()}
		d.Found, _ = advice.Obstacle(e, obstacle, request)
		out.Add(d)
	default:
		what, cure := advice.Obstacle(e, obstacle, request)
		out.Wrongf(report.CauseToken, setup.Where{}, cure, "%s", what)
	}
}

// sayAnswer reports which token answers, and what it may do there.
func sayAnswer(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, e *store.Entry, name string) {
	text := fmt.Sprintf("for %s git gets %s, with the username %s", x.target.address, name, e.GitUsername())
	f, asked := ask.Finding(ctx, e)
	if !asked || f.Repository == "" || verify.IsUnanswered(f.Access.Read) {
		out.OKf(setup.Where{}, "%s", text)
		return
	}
	d := report.Diagnosis{Result: report.OK, Cause: report.CauseAccess}
	switch read, push := f.Access.Read, f.Access.Push; {
	case read == nil && push == nil:
		d.Found = text + "; it may read and push"
	case read == nil && errors.Is(push, bitbucket.ErrScope):
		d.Found = text + "; it may read" // the tokens' own line says which box is missing
	case read == nil:
		d.Result, d.Found = report.Warning, fmt.Sprintf("%s; it may read, but not push: %v", text, push)
	default:
		d.Result, d.Found, d.Do = refusedThere(text, f)
		if other, cure := x.acceptedInstead(ctx, ask, e); other != nil {
			d.Result, d.Found, d.Do = report.Error, fmt.Sprintf(`%s; Bitbucket accepts the token "%s"`, d.Found, other.Name), cure
		}
	}
	out.Add(d)
}

// refusedThere says what is to be said about a token that may not read the target.
func refusedThere(text string, f verify.Finding) (result report.Result, found string, do hint.Line) {
	switch read := f.Access.Read; {
	case errors.Is(read, bitbucket.ErrNoAccess):
		return report.Error, text + "; but Bitbucket has no such repository, or its account may not see it", "check the URL, or ask for access"
	case bitbucket.IsRefused(read) && f.Asked && f.Refusal == nil: // it lives, so it is the repository
		return report.Error, text + "; but Bitbucket refuses it there", "check the URL, or ask for access"
	case bitbucket.IsRefused(read), errors.Is(read, bitbucket.ErrScope):
		return report.Skipped, text + "; but Bitbucket refuses it, see above", ""
	default:
		return report.Error, fmt.Sprintf("%s; but Bitbucket refuses it: %v", text, read), verify.AccessCures[read]
	}
}

// warnOfName warns where another entry than this one would answer if git told the
// name in the URL.
func warnOfName(x *facts, out *report.Results, e *store.Entry, request store.Request) {
	name := x.target.hiddenName
	chosen := git.Lookup(x.settings, x.target.address, "username")
	if !store.PlausibleUsername(name) || chosen != nil && !tokens.IsGitUsername(chosen.Value) {
		return
	}
	request.Username = name
	meant, obstacle := store.Match(x.entries, request, time.Now())
	if meant == nil || obstacle != store.NoObstacle || meant.ID == e.ID {
		return
	}
	address := bitbucket.GitURL
	if workspace, _, _ := strings.Cut(x.target.repository, "/"); workspace != "" {
		address += "/" + workspace
	}
	out.Warnf(report.CauseUsername, setup.Where{}, "git config --global credential."+shell.Word(address)+".username "+shell.Word(name),
		`git does not tell the name %s in the URL (with curl 8.23 and later it cannot), so the token "%s" answers, and not "%s"`,
		name, e.Name, meant.Name)
}
