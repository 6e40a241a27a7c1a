package check

// Secrets that lie elsewhere than in this program's store: in a URL, in a file of
// passwords, with another helper. They are judged and never shown.

import (
	"cmp"
	"context"
	"errors"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// pair is a question to git's endpoint.
type pair struct {
	user  string
	token tokens.Token
}

// mostQuestions is how often one check asks Bitbucket about secrets that it found: too
// many refused logins lock an account.
const mostQuestions = 20

// judge finds out what a secret is: by its shape, by what is known of a saved token, and
// else by asking Bitbucket.
func (ask *prober) judge(ctx context.Context, f found.Secret) found.Secret {
	kind := f.Token.Kind()
	if e := store.ByToken(ask.facts.entries, f.Token); e != nil && e.IsDead() {
		f.Verdict = found.Dead
		return f
	}
	f.Verdict = found.Judge(kind, f.User, found.ErrNotAsked, found.ErrNotAsked)
	if f.Verdict == found.AppPassword || f.Verdict == found.Useless || f.FromRepository {
		return f
	}
	if f.InName && !kind.IsToken() {
		return f // whose password it is would have to be known
	}
	f.Asked = cmp.Or(f.Repository, ask.facts.target.repository)
	asItIs := ask.askGit(ctx, f.User, f.Token, f.Asked)
	asItShould := asItIs
	if right := kind.GitUsername(); right != "" && f.User != right && !verify.IsAlive(asItIs) {
		asItShould = ask.askGit(ctx, right, f.Token, f.Asked)
	}
	f.Verdict = found.Judge(kind, f.User, asItIs, asItShould)
	if f.Verdict == found.Refused && kind.IsToken() {
		f.Verdict = ask.askREST(ctx, f.Token)
	}
	return f
}

// gitAnswer is what git's endpoint said of a pair.
type gitAnswer struct {
	repository string
	err        error
}

// askGit asks git's endpoint about a pair, once for all places where it stands: what it
// says of the repository is known of that one alone. A token that is refused with its
// right name is asked about once more: Bitbucket sometimes returns a spurious 401
// (BCLOUD-24107).
func (ask *prober) askGit(ctx context.Context, user string, token tokens.Token, repository string) error {
	if ask.client == nil || repository == "" || token.Empty() {
		return found.ErrNotAsked
	}
	asked := pair{user, token}
	answer, known := ask.answers[asked]
	if !known {
		err := ask.mayRead(ctx, asked, repository)
		if token.Kind().IsToken() && user == token.Kind().GitUsername() && bitbucket.IsRefused(err) {
			err = ask.mayRead(ctx, asked, repository)
		}
		answer = gitAnswer{repository, err}
		ask.answers[asked] = answer
	}
	if answer.repository != repository && !verify.IsAlive(answer.err) && !errors.Is(answer.err, bitbucket.ErrAppPassword) {
		return found.ErrNotAsked
	}
	return answer.err
}

// askREST finds out whether a token that git's endpoint refuses is dead. REST is believed
// about an access token, and about an API token with the email with which it took that
// very token before; it is asked twice.
func (ask *prober) askREST(ctx context.Context, token tokens.Token) found.Verdict {
	verdict, known := ask.verdicts[token]
	if known {
		return verdict
	}
	kind, email := token.Kind(), ""
	if e := store.ByToken(ask.facts.entries, token); kind == tokens.KindAPIToken && (e == nil || e.Email == "" || e.Checked.IsZero()) {
		return found.Refused
	} else if kind == tokens.KindAPIToken {
		email = e.Email
	}
	alive := func() error {
		return ask.question(ctx, pair{email, token}, func(ctx context.Context) error {
			_, err := ask.client.Ask(ctx, kind, email, token)
			return err
		})
	}
	switch err := alive(); {
	case err == nil:
		verdict = found.Elsewhere
	case errors.Is(err, bitbucket.ErrRefused) && errors.Is(alive(), bitbucket.ErrRefused):
		verdict = found.Dead
	default:
		verdict = found.Refused
	}
	ask.verdicts[token] = verdict
	return verdict
}

func (ask *prober) mayRead(ctx context.Context, p pair, repository string) error {
	return ask.question(ctx, p, func(ctx context.Context) error { return ask.client.MayRead(ctx, p.user, p.token, repository) })
}

// question asks Bitbucket about a secret that was found, unless it is known to be out of
// reach, or was asked too often.
func (ask *prober) question(ctx context.Context, p pair, put func(context.Context) error) error {
	switch {
	case ask.down != nil:
		return ask.down
	case ask.questions == mostQuestions:
		ask.unasked[p] = true
		return found.ErrNotAsked
	}
	ask.questions++
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	answer := put(ctx)
	ask.noteTrouble(answer)
	return answer
}

// checkQuestions says about how many secrets Bitbucket was not asked.
func checkQuestions(_ context.Context, _ *facts, ask *prober, out *report.Results) {
	if len(ask.unasked) > 0 {
		out.Warnf(report.CauseLeftover, setup.Where{}, "", "Bitbucket was asked %d times about secrets that were found, and not about %d more", ask.questions, len(ask.unasked))
	}
}

// isSaved reports whether a token is saved, without opening the keychain's dialog: where a
// vault cannot be read, it takes the index's word.
func (ask *prober) isSaved(ctx context.Context, token tokens.Token) bool {
	e := store.ByToken(ask.facts.entries, token)
	if e == nil {
		return false
	}
	_, _ = ask.tokenOf(ctx, e) // what keeps it from that is noted
	return ask.vaultTrouble(e.Vault) != nil || ask.run.Holds(ctx, ask.facts.entries, token)
}

// saving returns the step that keeps a token which is about to lose its place, if
// it is one to keep.
func (ask *prober) saving(ctx context.Context, f found.Secret, from string) []fix.Step {
	if !f.IsKeepable() || f.FromRepository || ask.isSaved(ctx, f.Token) {
		return nil
	}
	save := fix.SaveToken{Found: f, From: from, In: ask.facts.saveIn}
	if lost := store.ByToken(ask.facts.entries, f.Token); lost != nil {
		save.Name = lost.Name // its vault does not hold it any more
	} else {
		save.Name = save.Entry().Name
	}
	steps := []fix.Step{save}
	if f.Token.Kind() == tokens.KindAccessToken && f.Repository != "" {
		steps = append(steps, ask.facts.sendingPath()...)
	}
	return steps
}
