package check

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// checkTokens tells how each token is: what is known of it, whether the vault has
// it, and what Bitbucket says.
func checkTokens(ctx context.Context, x *facts, ask *prober, out *report.Results) {
	if x.envErr != nil {
		out.Wrongf(report.CauseToken, setup.Where{}, ask.run.Hint(x.envErr, program.NoWayOut), "%v", x.envErr)
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
		if ask.vaultTrouble(e.Vault) != nil {
			out.Skipf(`the token "%s" cannot be read %s`, e.Name, sources[e.Vault])
			continue
		}
		token, err := ask.tokenOf(ctx, e)
		if err != nil {
			out.Wrongf(report.CauseVault, setup.Where{}, advice.CureForEntry(ask.run, err, e), `the token "%s" cannot be used: %v`, e.Name, err)
			continue
		}
		checkToken(ctx, x, ask, out, e, token)
	}
	switch {
	case x.entriesErr != nil || len(x.entries) > 0 || x.env != nil || x.envErr != nil:
	case x.noFolder != nil:
		out.Wrongf(report.CauseNoToken, setup.Where{}, ask.run.Hint(x.noFolder, program.ToRead), "%v", x.noFolder)
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
func checkToken(ctx context.Context, x *facts, ask *prober, out *report.Results, e *store.Entry, token tokens.Token) {
	name := fmt.Sprintf(`the token "%s"`, e.Name)
	if e.Vault == store.EnvironmentName {
		name = "the token in " + x.env.Source
	}
	if !token.ChecksumOK() {
		out.Warnf(report.CauseToken, setup.Where{}, advice.Renewal(e), "%s is not whole: a character seems to be missing", name)
	}
	if e.ExpiresSoon(time.Now()) {
		out.Warnf(report.CauseToken, setup.Where{}, advice.Renewal(e), "%s %s", name, advice.Expiry(e, time.Now()))
	}
	switch {
	case x.options.offline:
		out.OKf(setup.Where{}, "%s: Bitbucket was not asked (--offline)", name)
		return
	case ask.client == nil:
		out.Wrongf(report.CauseNetwork, setup.Where{}, "", "Bitbucket cannot be asked about %s: %v", name, ask.clientErr)
		return
	}
	f, _ := ask.finding(ctx, e)
	o := f.Judge()
	text := name + ": " + o.Text
	switch o.Verdict {
	case verify.Accepted:
		out.OKf(setup.Where{}, "%s", text)
	case verify.ReadOnly:
		out.Warnf(report.CauseScope, setup.Where{}, newToken(o.Cure, e), "%s", text)
	case verify.Useless:
		out.Wrongf(report.CauseScope, setup.Where{}, newToken(o.Cure, e), "%s", text)
	case verify.Refused:
		checkRefused(x, out, e, f, text, newToken(o.Cure, e))
	default:
		notChecked(out, e, f, text)
	}
}

// newToken is how a token is replaced: what makes a new one, and what saves it.
func newToken(made string, e *store.Entry) hint.Line { return hint.Line(made) + "; then " + advice.Renewal(e) }

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

// finding is what Bitbucket says of an entry's token: REST, and git's endpoint about the
// target if the token is for it. Each is asked about once; asked is false where Bitbucket
// could not be asked.
func (ask *prober) finding(ctx context.Context, e *store.Entry) (f verify.Finding, asked bool) {
	if f, asked = ask.alive[e.ID]; asked {
		return f, true
	}
	token, err := ask.tokenOf(ctx, e)
	if ask.client == nil || err != nil {
		return verify.Finding{Kind: e.Kind}, false
	}
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	f = ask.askAboutToken(ctx, e, token)
	ask.alive[e.ID] = f
	return f, true
}

// tokenOf reads an entry's token, from the environment or its vault.
func (ask *prober) tokenOf(ctx context.Context, e *store.Entry) (tokens.Token, error) {
	if e.Vault == store.EnvironmentName {
		return ask.facts.env.Token, nil
	}
	if err := ask.vaultTrouble(e.Vault); err != nil {
		return tokens.Token{}, err
	}
	secret, err := ask.run.SecretFor(ctx, e)
	ask.noteVaultTrouble(e.Vault, err)
	return secret.Token, err
}

// askAboutToken asks REST, and git's endpoint about the target if the token is for it.
// Once Bitbucket could not be reached it is not waited for again.
func (ask *prober) askAboutToken(ctx context.Context, e *store.Entry, token tokens.Token) verify.Finding {
	f := verify.Finding{Kind: e.Kind, EmailProven: !e.Checked.IsZero()}
	if verify.IsAskable(e.Kind, e.Email) {
		f.Asked = true
		if f.Refusal = ask.down; f.Refusal == nil {
			f.Account, f.Refusal = ask.client.Ask(ctx, e.Kind, e.Email, token)
			ask.noteTrouble(f.Refusal)
		}
	}
	if ask.facts.target.repository != "" && ask.facts.isFor(e) && (f.Refusal == nil || bitbucket.IsRefused(f.Refusal)) {
		f.Repository = ask.facts.target.repository
		if ask.down != nil {
			f.Access = bitbucket.Access{Read: ask.down, Push: ask.down}
			return f
		}
		f.Access = ask.client.Probe(ctx, e.GitUsername(), token, f.Repository)
		ask.noteTrouble(f.Access.Read)
	}
	return f
}

// isFor reports whether the entry may be for the target, whatever git sends.
func (x *facts) isFor(e *store.Entry) bool {
	found, obstacle := store.Match([]store.Entry{*e}, store.Request{Service: store.Git, Path: x.target.repository}, time.Now())
	return found != nil && obstacle == store.NoObstacle
}

// noteTrouble remembers that Bitbucket could not be reached.
func (ask *prober) noteTrouble(err error) {
	if errors.Is(err, bitbucket.ErrUnreachable) || errors.Is(err, bitbucket.ErrTLS) || errors.Is(err, bitbucket.ErrProxy) {
		ask.down = err
	}
}

// checkAnswer tells what git gets when it asks for the target.
func checkAnswer(ctx context.Context, x *facts, ask *prober, out *report.Results) {
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
	case obstacle == store.NoObstacle && ask.vaultTrouble(e.Vault) != nil:
		out.Skipf(`for %s git would get the token "%s", which cannot be read %s`, place, e.Name, sources[e.Vault])
	case obstacle == store.NoObstacle && e.Source == store.FromReport:
		out.Warnf(report.CauseToken, setup.Where{}, "git credential-bitbucket erase "+shell.Word(e.Name),
			`for %s git gets the password "%s", which git once reported: where it came from is not known`, place, e.Name)
	case obstacle == store.NoObstacle:
		sayAnswer(ctx, x, ask, out, e, fmt.Sprintf(`the token "%s"`, e.Name))
		warnOfName(x, out, e, request)
	case obstacle == store.ByUsername:
		d := report.Diagnosis{Result: report.Error, Cause: report.CauseUsername}
		d.Found, _ = advice.Obstacle(e, obstacle, request)
		switch s := x.whereNamed(); {
		case x.isBrought(s):
			d.Where = setup.At(s) // its own line says what to do
		case store.PlausibleUsername(request.Username):
			d.Do, d.Steps = report.FixCommand, []fix.Step{fix.AddAlso{ID: e.ID, Entry: e.Name, Name: request.Username, Known: slices.Clone(e.Also)}}
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

// sayAnswer tells which token answers, and what it may do there.
func sayAnswer(ctx context.Context, x *facts, ask *prober, out *report.Results, e *store.Entry, name string) {
	text := fmt.Sprintf("for %s git gets %s, with the username %s", x.target.address, name, e.GitUsername())
	f, asked := ask.finding(ctx, e)
	if !asked || f.Repository == "" || verify.IsUntold(f.Access.Read) {
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
	case errors.Is(read, bitbucket.ErrNoAccess):
		d.Result, d.Found = report.Error, text+"; but Bitbucket has no such repository, or its account may not see it"
		d.Do = "check the URL, or ask for access"
	case bitbucket.IsRefused(read) && f.Asked && f.Refusal == nil: // it lives, so it is the repository
		d.Result, d.Found = report.Error, text+"; but Bitbucket refuses it there"
		d.Do = "check the URL, or ask for access"
	case bitbucket.IsRefused(read), errors.Is(read, bitbucket.ErrScope):
		d.Result, d.Found = report.Skipped, text+"; but Bitbucket refuses it, see above"
	default:
		d.Result, d.Found = report.Error, fmt.Sprintf("%s; but Bitbucket refuses it: %v", text, read)
		d.Do = accessCures[read]
	}
	out.Add(d)
}

// accessCures tells what to do about refusals that are not the token's fault.
var accessCures = map[error]hint.Line{
	bitbucket.ErrIPAllowlist: "ask the workspace's admin to allow this network",
	bitbucket.ErrTwoStep:     "turn on two-step login for your Atlassian account",
	bitbucket.ErrRateLimit:   "wait some minutes",
}
