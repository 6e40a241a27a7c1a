package prober

// Secrets that are elsewhere than in this program's store: in a URL, in a file of
// passwords, with another helper. They are judged and never shown.

import (
	"cmp"
	"context"
	"errors"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/found"
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

// Judge finds out what a secret is: by its shape, by what is known about a saved token, and
// else by asking Bitbucket.
func (ask *Prober) Judge(ctx context.Context, f found.Secret) found.Secret {
	kind := f.Token.Kind()
	if e := store.ByToken(ask.subject.Entries, f.Token); e != nil && e.IsDead() {
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
	f.Asked = cmp.Or(f.Repository, ask.subject.Repository)
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

// gitAnswer is what git's endpoint said about a pair.
type gitAnswer struct {
	repository string
	err        error
}

// askGit asks git's endpoint about a pair, once for all places where it is: what it
// says of the repository is known about that one alone. A token that is refused with its
// right name is asked about once more: Bitbucket sometimes returns a spurious 401
// (BCLOUD-24107).
func (ask *Prober) askGit(ctx context.Context, user string, token tokens.Token, repository string) error {
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
func (ask *Prober) askREST(ctx context.Context, token tokens.Token) found.Verdict {
	verdict, known := ask.verdicts[token]
	if known {
		return verdict
	}
	kind, email := token.Kind(), ""
	if e := store.ByToken(ask.subject.Entries, token); kind == tokens.KindAPIToken && (e == nil || e.Email == "" || e.Checked.IsZero()) {
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

func (ask *Prober) mayRead(ctx context.Context, p pair, repository string) error {
	return ask.question(ctx, p, func(ctx context.Context) error { return ask.client.MayRead(ctx, p.user, p.token, repository) })
}

// question asks Bitbucket about a secret that was found, unless it is known to be out of
// reach, or was asked too often.
func (ask *Prober) question(ctx context.Context, p pair, put func(context.Context) error) error {
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

// IsSaved reports whether a token is saved, without opening the keychain's dialog: where a
// vault cannot be read, it takes the index's word.
func (ask *Prober) IsSaved(ctx context.Context, token tokens.Token) bool {
	e := store.ByToken(ask.subject.Entries, token)
	if e == nil {
		return false
	}
	_, _ = ask.TokenOf(ctx, e) // what keeps it from that is noted
	return ask.VaultTrouble(e.Vault) != nil || ask.Run.Holds(ctx, ask.subject.Entries, token)
}

// Questions is how often Bitbucket was asked about secrets that were found, and of how many it
// was not.
func (ask *Prober) Questions() (asked, unasked int) { return ask.questions, len(ask.unasked) }
