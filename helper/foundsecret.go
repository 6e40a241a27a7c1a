package helper

// Secrets that lie elsewhere than in this program's store: in a URL, in a file of
// passwords, with another helper. They are judged and never shown.

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// foundSecret is a username and a secret that git may come upon.
type foundSecret struct {
	user  string
	token tokens.Token
	// inName: it stands in the username's place.
	inName bool
	// repository is one that it is for, as far as its place tells.
	repository string
	// asked is the one that git's endpoint was asked about.
	asked string
	// brought: it stands in what a repository brings along, so that it is not known to be
	// the person's. No login is sent for it, and it is not saved.
	brought bool
	verdict foundVerdict
}

// foundVerdict is what is known of a secret that was found.
type foundVerdict int

const (
	foundUnknown     foundVerdict = iota // nobody could tell
	foundGood                            // Bitbucket takes it as it stands
	foundWrongName                       // it is good, but not with this username
	foundRefused                         // git's endpoint refuses it for one repository: it may be dead, or another account's
	foundElsewhere                       // the same, but REST says that it lives
	foundUseless                         // of a kind that git cannot use at Bitbucket
	foundAppPassword                     // dead, and answered with 410, so that git never forgets it
	foundDead                            // Bitbucket said so of this very token
)

// isDead reports whether it is proven that the secret is good for nothing any more. A
// refusal by git's endpoint proves nothing: it is about one repository.
func (f foundSecret) isDead() bool { return f.verdict == foundDead || f.verdict == foundAppPassword }

// isRefused reports whether git does not get in with it where it was tried.
func (f foundSecret) isRefused() bool {
	return f.isDead() || f.verdict == foundRefused || f.verdict == foundElsewhere || f.verdict == foundUseless
}

// isUnjudged reports whether it is a password of which nobody knows whether it is of
// use to anybody.
func (f foundSecret) isUnjudged() bool {
	return f.verdict == foundUnknown && !f.token.Kind().IsToken()
}

// isKeepable reports whether it is a token that might be wanted again. Bitbucket has
// refused valid ones now and then, so one that it refuses is kept too, set aside.
func (f foundSecret) isKeepable() bool { return f.token.Kind().IsToken() }

// kindNames are the names of what is no mere password.
var kindNames = map[tokens.Kind]string{tokens.KindAPIToken: "API token", tokens.KindAccessToken: "access token",
	tokens.KindDataCenter: "token for Bitbucket Data Center", tokens.KindServiceAccount: "service account token"}

// what names the secret, with an article.
func (f foundSecret) what() string {
	name := kindNames[f.token.Kind()]
	switch {
	case f.verdict == foundAppPassword:
		return "a dead app password"
	case name == "" && f.inName:
		return "what may be a password in the username's place"
	case f.verdict == foundDead:
		return "a dead " + name
	case f.verdict == foundUseless:
		return article(name) + ", which git cannot use at bitbucket.org"
	case f.verdict == foundElsewhere:
		return article(name) + " that lives, but that Bitbucket refuses for " + f.asked
	case f.verdict == foundRefused:
		return fmt.Sprintf("%s that Bitbucket refuses for %s (it may be dead, or another account's)", article(cmp.Or(name, "password")), f.asked)
	case name == "" && f.verdict == foundGood:
		return "a password that Bitbucket takes"
	case name == "":
		return "a password of unknown kind"
	case f.verdict == foundWrongName && strings.Contains(f.user, "@"):
		return article(name) + " with the email as username, which Bitbucket refuses for git"
	case f.verdict == foundWrongName:
		return article(name) + " with a username that it does not go with"
	}
	return article(name)
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiouAEIOU") {
		return "an " + noun
	}
	return "a " + noun
}

// errNotAsked: nobody asked Bitbucket about the pair.
var errNotAsked = errors.New("not asked")

// judgeFound tells what a secret is by its shape and, where Bitbucket was asked,
// by what git's endpoint answered to the pair as it stands and, for a token, to
// the pair with the name that goes with it. What no document confirms, such as
// any answer about the repository, counts as nothing known.
func judgeFound(kind tokens.Kind, user string, asItIs, asItShould error) foundVerdict {
	switch {
	case kind == tokens.KindAppPassword, errors.Is(asItIs, bitbucket.ErrAppPassword):
		return foundAppPassword
	case kind == tokens.KindDataCenter, kind == tokens.KindServiceAccount:
		return foundUseless
	case verify.IsAlive(asItIs):
		return foundGood
	case kind.IsToken() && verify.IsAlive(asItShould):
		return foundWrongName
	case bitbucket.IsRefused(asItIs) && (!kind.IsToken() || bitbucket.IsRefused(asItShould)):
		return foundRefused
	case kind == tokens.KindAPIToken && strings.Contains(user, "@"), kind == tokens.KindAccessToken && user != kind.GitUsername():
		return foundWrongName
	}
	return foundUnknown
}

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
func (ask *prober) judge(ctx context.Context, f foundSecret) foundSecret {
	kind := f.token.Kind()
	if e := store.ByToken(ask.facts.entries, f.token); e != nil && e.IsDead() {
		f.verdict = foundDead
		return f
	}
	f.verdict = judgeFound(kind, f.user, errNotAsked, errNotAsked)
	if f.verdict == foundAppPassword || f.verdict == foundUseless || f.brought {
		return f
	}
	if f.inName && !kind.IsToken() {
		return f // whose password it is would have to be known
	}
	f.asked = cmp.Or(f.repository, ask.facts.target.repository)
	asItIs := ask.askGit(ctx, f.user, f.token, f.asked)
	asItShould := asItIs
	if right := kind.GitUsername(); right != "" && f.user != right && !verify.IsAlive(asItIs) {
		asItShould = ask.askGit(ctx, right, f.token, f.asked)
	}
	f.verdict = judgeFound(kind, f.user, asItIs, asItShould)
	if f.verdict == foundRefused && kind.IsToken() {
		f.verdict = ask.askREST(ctx, f.token)
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
		return errNotAsked
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
		return errNotAsked
	}
	return answer.err
}

// askREST finds out whether a token that git's endpoint refuses is dead. REST is believed
// about an access token, and about an API token with the email with which it took that
// very token before; it is asked twice.
func (ask *prober) askREST(ctx context.Context, token tokens.Token) foundVerdict {
	verdict, known := ask.verdicts[token]
	if known {
		return verdict
	}
	kind, email := token.Kind(), ""
	if e := store.ByToken(ask.facts.entries, token); kind == tokens.KindAPIToken && (e == nil || e.Email == "" || e.Checked.IsZero()) {
		return foundRefused
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
		verdict = foundElsewhere
	case errors.Is(err, bitbucket.ErrRefused) && errors.Is(alive(), bitbucket.ErrRefused):
		verdict = foundDead
	default:
		verdict = foundRefused
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
		return errNotAsked
	}
	ask.questions++
	ctx, cancel := context.WithDeadline(ctx, ask.until)
	defer cancel()
	answer := put(ctx)
	ask.noteTrouble(answer)
	return answer
}

// checkQuestions says about how many secrets Bitbucket was not asked.
func checkQuestions(_ context.Context, _ *facts, ask *prober, out *results) {
	if len(ask.unasked) > 0 {
		out.warn(causeLeftover, setup.Where{}, "", "Bitbucket was asked %d times about secrets that were found, and not about %d more", ask.questions, len(ask.unasked))
	}
}

// holds reports whether the store surely has this very token: an entry for it, and
// the secret in its vault.
func (run *Run) holds(ctx context.Context, entries []store.Entry, token tokens.Token) bool {
	e := store.ByToken(entries, token)
	if e == nil {
		return false
	}
	secret, err := run.secretFor(ctx, e)
	return err == nil && secret.Token == token
}

// readSecret is what reading an entry's secret came to.
type readSecret struct {
	secret tokens.Secret
	err    error
}

// secretFor reads an entry's secret once, however often it is wanted: a command may
// take its time.
func (run *Run) secretFor(ctx context.Context, e *store.Entry) (tokens.Secret, error) {
	read, known := run.read[e.ID]
	if !known {
		if run.read == nil {
			run.read = map[string]readSecret{}
		}
		id := e.ID
		read.secret, read.err = run.Store.Secret(ctx, e)
		run.read[id] = read
	}
	return read.secret, read.err
}

// isSaved tells the same for a check, which must not open the keychain's dialog:
// where a vault cannot be read, it takes the index's word.
func (ask *prober) isSaved(ctx context.Context, token tokens.Token) bool {
	e := store.ByToken(ask.facts.entries, token)
	if e == nil {
		return false
	}
	_, _ = ask.tokenOf(ctx, e) // what keeps it from that is noted
	return ask.vaultTrouble(e.Vault) != nil || ask.run.holds(ctx, ask.facts.entries, token)
}

// saving returns the step that keeps a token which is about to lose its place, if
// it is one to keep.
func (ask *prober) saving(ctx context.Context, f foundSecret, from string) []step {
	if !f.isKeepable() || f.brought || ask.isSaved(ctx, f.token) {
		return nil
	}
	save := saveToken{found: f, from: from, in: ask.facts.saveIn}
	if lost := store.ByToken(ask.facts.entries, f.token); lost != nil {
		save.name = lost.Name // its vault does not hold it any more
	} else {
		save.name = save.entry().Name
	}
	steps := []step{save}
	if f.token.Kind() == tokens.KindAccessToken && f.repository != "" {
		steps = append(steps, ask.facts.sendingPath()...)
	}
	return steps
}

// secretIn returns the username and the secret in a URL, if it has one: a password,
// or a secret in the place where the username goes.
func secretIn(a git.Address) (f foundSecret, found bool) {
	f.repository = asPath(a)
	inName := tokens.New(a.User)
	if isSecretName(a.User) && (inName.Kind() != tokens.KindPassword || a.Password == "") {
		f.token, f.inName = inName, true
		return f, true
	}
	f.user, f.token = a.User, tokens.New(a.Password)
	return f, a.HasPassword
}

// state is how a token that is offered for saving was found to be.
func (f foundSecret) state() string {
	switch f.verdict {
	case foundGood, foundWrongName:
		return "Bitbucket takes it"
	case foundRefused, foundElsewhere, foundDead:
		return "set aside, since Bitbucket refuses it"
	}
	return "not checked"
}
