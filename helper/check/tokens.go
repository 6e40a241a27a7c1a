package check

import (
	"context"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// checkTokens reports how each token is: what is known about it, whether the vault has
// it, and what Bitbucket says.
func checkTokens(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	if x.envErr != nil {
		what, cure := advice.Environment(ask.Run, x.envErr, len(x.entries) > 0)
		out.Wrongf(report.CauseToken, setup.Where{}, cure, "%s", what)
	}
	if x.env != nil && x.env.Around != "" {
		out.Warnf(report.CauseToken, setup.Where{}, advice.PutToken(x.env.Source), "%s holds more than the token: %s", x.env.Source, x.env.Around)
	}
	if x.env != nil {
		checkToken(ctx, x, ask, out, &x.env.Entry, x.env.Token)
	}
	for i := range x.entries {
		e := &x.entries[i]
		if !e.Kind.IsToken() {
			out.OKf(setup.Where{}, `"%s" is a password that another program saved; it is not checked`, e.Name)
			continue
		}
		if isSpent(x, out, e) {
			continue
		}
		if ask.VaultTrouble(e.Vault) != nil {
			out.Skipf(`the token "%s" cannot be read %s`, e.Name, sources[e.Vault])
			continue
		}
		token, err := ask.TokenOf(ctx, e)
		if err != nil {
			out.Wrongf(report.CauseVault, setup.Where{}, advice.CureForEntry(ask.Run, err, e), `the token "%s" cannot be used: %v`, e.Name, err)
			continue
		}
		checkToken(ctx, x, ask, out, e, token)
	}
	switch {
	case x.entriesErr != nil || len(x.entries) > 0 || x.env != nil || x.envErr != nil:
	case x.noFolder != nil:
		out.Wrongf(report.CauseNoToken, setup.Where{}, ask.Run.Hint(x.noFolder, program.ToRead), "%v", x.noFolder)
	case x.target.loginProxy != "":
		out.Skipf("no token is saved, and none is needed here")
	default:
		out.Wrongf(report.CauseNoToken, setup.Where{}, "git credential-bitbucket store", "no token is saved")
	}
}

// isSpent reports an entry that does not answer any more. That is an error only
// where nothing else answers, which checkAnswer finds out.
func isSpent(x *facts, out *report.Results, e *store.Entry) bool {
	now := time.Now()
	expired := e.IsExpired(now)
	what, cure := fmt.Sprintf(`the token "%s" expired on %s`, e.Name, e.Expires.Format(time.DateOnly)), advice.Renewal(e)
	switch {
	case expired:
	case e.IsSetAside(now):
		what, cure = advice.Obstacle(e, store.BySetAside, store.Request{})
	default:
		return false
	}
	if replacement := store.Replacement(x.entries, e, now); replacement != nil && cure == advice.Renewal(e) {
		if !expired {
			what = advice.SetAsideSince(e)
		}
		what += fmt.Sprintf(`, and "%s" answers in its place`, replacement.Name)
		if cure = "git credential-bitbucket erase " + shell.Word(e.Name); !expired && !e.IsDead() {
			cure = "" // refusals that Bitbucket did not confirm are no reason to destroy a token
		}
	}
	out.Warnf(report.CauseToken, setup.Where{}, cure, "%s", what)
	return true
}

// checkToken looks at one token that git could use.
func checkToken(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, e *store.Entry, token tokens.Token) {
	name := fmt.Sprintf(`the token "%s"`, e.Name)
	if e.Vault == store.EnvironmentName {
		name = "the token in " + x.env.Source
	}
	if !token.ChecksumOK() {
		out.Warnf(report.CauseToken, setup.Where{}, advice.Renewal(e), "%s is not complete: a character seems to be missing", name)
	}
	if e.ExpiresSoon(time.Now()) {
		out.Warnf(report.CauseToken, setup.Where{}, advice.RenewInTime(e), "%s %s", name, advice.Expiry(e, time.Now()))
	}
	switch {
	case x.options.offline:
		out.OKf(setup.Where{}, "%s: Bitbucket was not asked (--offline)", name)
		return
	case ask.Trouble() != nil:
		out.Wrongf(report.CauseNetwork, setup.Where{}, "", "Bitbucket cannot be asked about %s: %v", name, ask.Trouble())
		return
	}
	f, _ := ask.Finding(ctx, e)
	o := f.Judge()
	text := name + ": " + o.Text
	switch o.Verdict {
	case verify.Accepted:
		out.OKf(setup.Where{}, "%s", text)
	case verify.ReadOnly:
		out.Warnf(report.CauseScope, setup.Where{}, newToken(x, o.Cure, e), "%s", text)
	case verify.Useless:
		out.Wrongf(report.CauseScope, setup.Where{}, newToken(x, o.Cure, e), "%s", text)
	case verify.Refused:
		checkRefused(x, out, e, f, text, newToken(x, o.Cure, e))
	default:
		notChecked(out, e, f, text)
	}
}

// newToken is how a token is replaced: what makes a new one, and what saves it.
func newToken(x *facts, made string, e *store.Entry) hint.Line {
	if e.Vault == store.EnvironmentName {
		return hint.Line(made + "; then put it into " + x.env.Source)
	}
	return hint.Line(made) + "; then " + advice.Renewal(e)
}

// checkRefused reports a token that Bitbucket refuses. It is in no one's way where
// another one answers.
func checkRefused(x *facts, out *report.Results, e *store.Entry, f verify.Finding, text string, cure hint.Line) {
	replacement := store.Replacement(x.entries, e, time.Now())
	switch {
	case replacement == nil && x.isAnswered(e):
		out.Warnf(report.CauseToken, setup.Where{}, "", "%s", text)
		return
	case replacement == nil:
		out.Wrongf(report.CauseToken, setup.Where{}, cure, "%s", text)
		return
	case f.IsDead():
		cure = "git credential-bitbucket erase " + shell.Word(e.Name)
	case e.Kind == tokens.KindAPIToken && e.Email == "":
		cure = addEmail(e) // so that Bitbucket can be asked about the token itself
	default:
		cure = ""
	}
	out.Warnf(report.CauseToken, setup.Where{}, cure, `%s; "%s" answers in its place`, text, replacement.Name)
}

// isAnswered reports whether another token than this one answers for the target.
func (x *facts) isAnswered(than *store.Entry) bool {
	e, obstacle := store.Match(x.entries, x.request(), time.Now())
	return e != nil && obstacle == store.NoObstacle && e.Kind.IsToken() && e.ID != than.ID && than.Vault != store.EnvironmentName
}

func addEmail(e *store.Entry) hint.Line {
	return "git credential-bitbucket edit " + shell.Word(e.Name) + " --email YOU@EXAMPLE.COM"
}

// notChecked reports a token of which nothing could be found out.
func notChecked(out *report.Results, e *store.Entry, f verify.Finding, text string) {
	switch {
	case f.Refusal != nil:
		out.Warnf(report.CauseNetwork, setup.Where{}, "", "%s", text)
	case e.Kind == tokens.KindAPIToken && e.Email == "" && e.Vault != store.EnvironmentName:
		out.Add(report.Diagnosis{Result: report.Skipped, Found: text, Do: addEmail(e)})
	default:
		out.Skipf("%s", text)
	}
}

// checkQuestions says about how many secrets Bitbucket was not asked.
func checkQuestions(_ context.Context, _ *facts, ask *prober.Prober, out *report.Results) {
	if asked, unasked := ask.Questions(); unasked > 0 {
		out.Warnf(report.CauseLeftover, setup.Where{}, "", "Bitbucket was asked %d times about secrets that were found, and not about %d more", asked, unasked)
	}
}
