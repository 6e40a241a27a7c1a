package gitcredential

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/caller"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// Erase takes note of a refusal, or of a person who told git to forget. A
// Bitbucket token is shown only once by the page that made it, so it is set
// aside; only a person destroys one.
func Erase(ctx context.Context, run *program.Run) error {
	run.NoQuestions = true // git has a question of its own now
	c, err := readCredential(run, "erase")
	if err != nil {
		return err
	}
	if store.ServiceAt(c.Protocol, c.Host) != store.Git || isOtherHelpers(c) {
		return nil
	}
	if !c.Password.Given() {
		return forgetAll(ctx, run, c)
	}
	token := tokens.New(c.Password.Reveal())
	if env := environmentWith(run, token); env != nil {
		refusedEnvironment(ctx, run, env, c)
		return nil
	}
	entries, err := entriesForGit(run)
	if err != nil {
		return err
	}
	if known := store.ByToken(entries, token); known != nil {
		return refused(ctx, run, known, reportOf(c, store.Git, token, store.NoProof))
	}
	if token.Kind().IsToken() {
		typedElsewhere(ctx, run, c, token, entries)
		return nil
	}
	return erasePassword(ctx, run, c, token, entries)
}

// isOtherHelpers reports whether what was refused is another helper's answer with
// authtype. Git tells that to helpers that know authtype; to others it looks like
// a refusal of nothing, which only a person who types it can mean.
func isOtherHelpers(c *credential.Credential) bool {
	return c.AuthType != "" || c.Secret.Given() || !c.Password.Given() && len(c.WWWAuth) > 0
}

// eraseAsks bounds the question to Bitbucket while git waits.
const eraseAsks = 5 * time.Second

// refused finds out whether a token that Bitbucket refused is dead, or only this
// request was no good, and says which (store/belief.go).
func refused(ctx context.Context, run *program.Run, e *store.Entry, r store.Report) error {
	switch store.BelieveErase(e, r, time.Now()) {
	case store.ByName:
		sayWrongName(run, fmt.Sprintf(`the token "%s"`, e.Name), e, r.Username)
		return nil
	case store.Resting:
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, eraseAsks)
	defer cancel()
	q := question{run: run, token: r.Token, refusedAt: r.Place}
	now, news, err := run.Store.Judge(limited, e.ID, store.Refused{Place: r.Place, Caller: callerID()},
		func(e *store.Entry) (store.Answer, error) { return q.about(limited, e) })
	switch {
	case errors.Is(err, store.ErrNoVerdict):
		return refusedUnconfirmed(limited, run, e, &q)
	case err != nil && now.ID == "":
		return err
	case news && now.IsSetAside(time.Now()) && now.SetAside.Reason != store.ReasonRefused:
		sayDead(run, &now)
		sayProactiveRefusal(limited, run)
		sayNext(limited, run, &now, r.Place)
	case news:
		sayResting(run, &now, r.Place)
		sayNext(limited, run, &now, r.Place)
	case now.IsSetAside(time.Now()), now.RefusedAt(r.Place, time.Now()) != nil:
	default:
		sayWrongPlace(limited, run, fmt.Sprintf(`the token "%s"`, e.Name), &now, r.Place, now.Scopes)
	}
	return nil
}

// sayWrongPlace says that a token is valid but refused at one place, and which other one is accepted
// there.
func sayWrongPlace(ctx context.Context, run *program.Run, what string, e *store.Entry, place string, scopes []string) {
	other, cure := acceptedInstead(ctx, run, e, place)
	switch {
	case other == nil:
		run.UI.Sayf(`Bitbucket refused this repository, but %s is valid%s; check the URL or ask for access%s`, what, inBrackets(scopes), mayBeLimited(e.Kind))
	case e.Vault == store.EnvironmentName:
		run.UI.Advise(`Bitbucket refused %s for %s, but accepts the token "%s"`, "unset %s", what, place, other.Name, store.TokenVariable)
	case cure == "":
		run.UI.Sayf(`Bitbucket refused %s for %s, but accepts the token "%s"`, what, place, other.Name)
	default:
		run.UI.Advise(`Bitbucket refused %s for %s, but accepts the token "%s"`, "%s", what, place, other.Name, cure)
	}
}

// sayNext says which other token is accepted at a place where this one does not answer any more.
func sayNext(ctx context.Context, run *program.Run, e *store.Entry, place string) {
	other, cure := acceptedInstead(ctx, run, e, place)
	if other == nil {
		return
	}
	entries, _ := run.Store.Entries()
	next, obstacle := store.Match(entries, store.Request{Service: store.Git, Path: place}, time.Now())
	if next != nil && obstacle == store.NoObstacle && next.ID == other.ID || cure == "" {
		cure = "try again"
	}
	run.UI.Advise(`for %s Bitbucket accepts the token "%s"`, "%s", place, other.Name, cure)
}

// callerID names the program that the report came from; "" if it is not known.
func callerID() string {
	from, _ := caller.Find()
	return from.ID
}

func inBrackets(scopes []string) string {
	if scopes == nil {
		return ""
	}
	return " (" + advice.ScopeWords(scopes) + ")"
}

// mayBeLimited is what else keeps a valid API token from a repository.
func mayBeLimited(kind tokens.Kind) string {
	if kind == tokens.KindAPIToken {
		return " (the token may also be limited to another workspace)"
	}
	return ""
}

// sayWrongName says that Bitbucket refused the username, and how git gets the right one.
func sayWrongName(run *program.Run, what string, e *store.Entry, name string) {
	run.UI.Advise(`Bitbucket refused %s with %s; git needs %s, which this program gives it`, "leave both out of the URL; in an old clone: git credential-bitbucket check --fix",
		what, nameWords(name), e.GitUsername())
}

// nameWords is how a username is called that git sent.
func nameWords(name string) string {
	switch {
	case name == "":
		return "no username"
	case console.IsSecretName(name):
		return "another username"
	case strings.Contains(name, "@"):
		return "the email " + name + " as username"
	}
	return "the username " + name
}

// refusedEnvironment says what is wrong with the environment's token, as far as it can be found out.
func refusedEnvironment(ctx context.Context, run *program.Run, env *store.Environment, c *credential.Credential) {
	what := fmt.Sprintf("the token in %s", env.Source)
	r := reportOf(c, store.Git, env.Token, store.NoProof)
	if store.BelieveErase(&env.Entry, r, time.Now()) == store.ByName {
		sayWrongName(run, what, &env.Entry, r.Username)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, eraseAsks)
	defer cancel()
	q := question{run: run, token: env.Token, refusedAt: r.Place}
	answer, err := q.about(ctx, &env.Entry)
	put := hint.Line("put a new one into " + env.Source)
	switch {
	case err == nil && answer.Alive:
		sayWrongPlace(ctx, run, what, &env.Entry, r.Place, answer.Scopes)
	case err == nil:
		run.UI.Advise("%s is dead (%s)", "%s", what, advice.CausesOfDeath(env.Entry.Kind), put)
	case env.Entry.Kind == tokens.KindAPIToken && env.Entry.Email == "":
		run.UI.Advise("Bitbucket refused %s, and without the email of its account it cannot be asked why: no access, or expired, revoked, or made without scopes",
			"export %s=YOU@EXAMPLE.COM, or %s", what, hint.Line(store.EmailVariable), put)
	case errors.Is(q.trouble, errEmailUnsure):
		run.UI.Advise("Bitbucket refused %s: it has probably expired or was revoked, or %s is not the email of its account", "%s",
			what, store.EmailVariable, put)
	default:
		run.UI.Advise("Bitbucket refused %s; the reason is not known: %s", "%s", what, q.trouble, put)
	}
}

// question is one question to Bitbucket about a token that it refused at a place.
type question struct {
	run       *program.Run
	token     tokens.Token
	refusedAt string

	witness string // another place that refuses the token as well
	trouble error  // why there is no verdict
}

// Why there is no verdict on a token.
var (
	errNoEmail     = errors.New("without the email of its account it cannot be asked")
	errEmailUnsure = errors.New("the email may be wrong")
)

// about asks REST and, where that gives no verdict, git's endpoint at a place where the token worked.
func (q *question) about(ctx context.Context, e *store.Entry) (store.Answer, error) {
	q.trouble = errNoEmail
	if !verify.IsAskable(e.Kind, e.Email) && e.OtherPlace(q.refusedAt) == "" {
		return store.Answer{}, q.trouble
	}
	settings, _ := git.Settings(ctx, ".")
	client, err := q.run.Client(ctx, settings, e.OtherPlace(q.refusedAt))
	if err != nil {
		q.trouble = err
		return store.Answer{}, err
	}
	if verify.IsAskable(e.Kind, e.Email) {
		account, err := client.Ask(ctx, e.Kind, e.Email, q.token)
		switch {
		case err == nil:
			return store.Answer{Alive: true, FromREST: true, Scopes: account.Scopes}, nil
		case q.isDead(ctx, client, e, err):
			return store.Answer{FromREST: true}, nil
		case bitbucket.IsRefused(err) && e.Kind == tokens.KindAPIToken:
			err = errEmailUnsure
		}
		q.trouble = err
	}
	return q.askOtherPlace(ctx, client, e)
}

// isDead reports whether REST says of the token itself that it is no good: of an access
// token, or of an API token with an email with which REST has taken it before. It is asked
// twice: Bitbucket sometimes returns a spurious 401 (BCLOUD-24107).
func (q *question) isDead(ctx context.Context, client *bitbucket.Client, e *store.Entry, first error) bool {
	if !verify.CallsDead(first, e.Kind, !e.Checked.IsZero()) {
		return false
	}
	_, second := client.Ask(ctx, e.Kind, e.Email, q.token)
	return errors.Is(second, bitbucket.ErrRefused)
}

// askOtherPlace asks git's endpoint at a place where the token worked. An acceptance there
// shows that it is alive. A refusal shows less: two repositories may be closed to a valid token, so
// it counts for both.
func (q *question) askOtherPlace(ctx context.Context, client *bitbucket.Client, e *store.Entry) (store.Answer, error) {
	place := e.OtherPlace(q.refusedAt)
	if place == "" {
		return store.Answer{}, q.trouble
	}
	f := verify.Finding{Repository: place, Access: client.Probe(ctx, e.GitUsername(), q.token, place)}
	switch {
	case f.GitTakesIt():
		return store.Answer{Alive: true}, nil
	case q.refusedAt != "" && errors.Is(f.Access.Read, bitbucket.ErrRefused) &&
		errors.Is(client.MayRead(ctx, e.GitUsername(), q.token, place), bitbucket.ErrRefused):
		q.witness = place
	}
	return store.Answer{}, q.trouble
}

// sayDead says that Bitbucket called a token dead.
func sayDead(run *program.Run, e *store.Entry) {
	run.UI.Advise(`the token "%s" is dead (%s) and was set aside; %s`, "%s", e.Name, advice.CausesOfDeath(e.Kind), advice.WhereToRenew(e.Kind), advice.Renewal(e))
}

// refusedUnconfirmed notes a refusal of a token that could not be asked about, also at the
// place that was asked instead.
func refusedUnconfirmed(ctx context.Context, run *program.Run, e *store.Entry, q *question) error {
	noting := context.WithoutCancel(ctx) // that the time for questions is up must not lose what is known
	now, news, err := run.Store.Refuse(noting, e.ID, q.refusedAt)
	if err == nil && q.witness != "" {
		_, _, err = run.Store.Refuse(noting, e.ID, q.witness)
	}
	switch {
	case news && q.witness != "":
		run.UI.Advise(`Bitbucket refuses the token "%s" for %s and also for %s, where it worked: it is probably dead (%s)`, "%s",
			e.Name, q.refusedAt, q.witness, advice.CausesOfDeath(e.Kind), advice.Renewal(e))
	case news:
		sayResting(run, &now, q.refusedAt)
		sayNext(ctx, run, &now, q.refusedAt)
	case err != nil || !now.IsSetAside(time.Now()) && q.refusedAt == "":
		run.UI.Advise(`Bitbucket refused the token "%s"%s; it is not known whether it is dead: %s`,
			"git credential-bitbucket check", e.Name, lastWorked(e), errors.Join(q.trouble, err))
	}
	return nil
}

// lastWorked is when a token last worked, to go behind its name.
func lastWorked(e *store.Entry) string {
	if e.NeverWorked() {
		return ""
	}
	return ", which worked on " + e.LastWorked().Format(time.DateOnly)
}

// sayResting says for what, and for how long, a token does not answer.
func sayResting(run *program.Run, e *store.Entry, place string) {
	if r := e.RefusedAt(place, time.Now()); r != nil && !e.IsSetAside(time.Now()) {
		run.UI.Advise(`Bitbucket refused the token "%s" for %s; %s it is not tried there again until %s`, "%s",
			e.Name, r.For, advice.WhyRefused(e), r.Until.Local().Format(time.TimeOnly), advice.CureOfRefusal(e, r))
		return
	}
	if e.NeverWorked() {
		run.UI.Advise(`Bitbucket refused the token "%s", which has not worked yet, and it is set aside: it is probably mistyped or made without scopes`,
			"%s", e.Name, advice.Renewal(e))
		return
	}
	run.UI.Advise(`Bitbucket refused the token "%s"; it is set aside until %s and then tried again`,
		"%s", e.Name, e.SetAside.Until.Local().Format(time.TimeOnly), advice.RenewOrRestore(e))
}

// erasePassword destroys the entry with that very secret, if there is one.
func erasePassword(ctx context.Context, run *program.Run, c *credential.Credential, token tokens.Token, entries []store.Entry) error {
	if token.Kind() != tokens.KindPassword {
		return nil
	}
	closed := map[string]bool{} // vaults that did not answer, and would not the next time
	for i := range entries {
		e := &entries[i]
		if e.Kind != tokens.KindPassword || c.Username != "" && !tokens.SameName(c.Username, e.Username) || closed[e.Vault] {
			continue
		}
		secret, err := run.Store.Secret(ctx, e)
		switch {
		case err == nil && secret.Token == token:
			return run.Store.Erase(ctx, e)
		case err != nil && !errors.Is(err, tokens.ErrNotFound):
			closed[e.Vault] = true
		}
	}
	if len(closed) > 0 {
		return console.ErrReported
	}
	return nil
}

// forgetAll forgets all that match a request without a password.
func forgetAll(ctx context.Context, run *program.Run, c *credential.Credential) error {
	entries, err := entriesForGit(run)
	if err != nil {
		return err
	}
	var aside []string
	closed := map[string]bool{} // vaults that do not answer, and are not waited for again
	for _, e := range store.Matching(entries, requestOf(c)) {
		switch {
		case !e.Kind.IsToken():
			if closed[e.Vault] || run.Store.Erase(ctx, e) != nil {
				closed[e.Vault] = true
				err = run.Store.Forget(ctx, e.ID)
			}
		case e.SetAside == nil || !e.SetAside.Until.IsZero():
			err = run.Store.SetAside(ctx, e.ID, store.ReasonForgotten)
			aside = append(aside, e.Name)
		}
		if err != nil {
			return err
		}
	}
	sayForgotten(run, aside)
	return nil
}

// manyNames is how many a hint can name before it gets too long to type.
const manyNames = 5

func sayForgotten(run *program.Run, names []string) {
	const what = "git was told to forget what is saved for bitbucket.org; tokens are set aside, not destroyed"
	switch {
	case len(names) == 0:
	case len(names) > manyNames:
		run.UI.Advise(what, "git credential-bitbucket restore NAME, with names from git credential-bitbucket list")
	default:
		run.UI.Advise(what, "git credential-bitbucket restore %s", shell.Words(names))
	}
}
