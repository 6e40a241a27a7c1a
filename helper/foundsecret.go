package helper

// Secrets that lie elsewhere than in this program's store: in a URL, in a file of
// passwords, with another helper. They are judged and never shown.

import (
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// foundSecret is a username and a secret that git may come upon.
type foundSecret struct {
	user  string
	token store.Token
	// inName: it stands in the username's place.
	inName bool
	// repository is one that it is for, as far as its place tells.
	repository string
	verdict    foundVerdict
}

// foundVerdict is what is known of a secret that was found.
type foundVerdict int

const (
	foundUnknown     foundVerdict = iota // nobody could tell
	foundGood                            // Bitbucket takes it as it stands
	foundWrongName                       // it is good, but not with this username
	foundRefused                         // Bitbucket takes it under no name
	foundAppPassword                     // dead, and answered with 410, so that git never forgets it
)

// isDead tells whether the secret is good for nothing any more.
func (f foundSecret) isDead() bool { return f.verdict == foundRefused || f.verdict == foundAppPassword }

// isUnjudged tells whether it is a password of which nobody knows whether it is of
// use to anybody.
func (f foundSecret) isUnjudged() bool {
	return f.verdict == foundUnknown && !f.token.Kind().IsToken()
}

// isKeepable tells whether it is a token that might be wanted again. Bitbucket has
// refused valid ones now and then, so one that it refuses is kept too, set aside.
func (f foundSecret) isKeepable() bool { return f.token.Kind().IsToken() }

// what names the secret, with an article.
func (f foundSecret) what() string {
	name := map[store.Kind]string{store.KindAPIToken: "API token", store.KindAccessToken: "access token",
		store.KindDataCenter: "token for Bitbucket Data Center", store.KindServiceAccount: "service account's token"}[f.token.Kind()]
	switch {
	case f.verdict == foundAppPassword:
		return "a dead app password"
	case name == "" && f.inName:
		return "what may be a password in the username's place"
	case name == "" && f.verdict == foundRefused:
		return "a password that Bitbucket refuses"
	case name == "" && f.verdict == foundGood:
		return "a password that Bitbucket takes"
	case name == "":
		return "a password of unknown kind"
	case f.verdict == foundRefused && f.token.Kind() == store.KindAPIToken:
		return "an API token that Bitbucket refuses (expired, revoked, or made without scopes)"
	case f.verdict == foundRefused:
		return article(name) + " that Bitbucket refuses"
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
func judgeFound(kind store.Kind, user string, asItIs, asItShould error) foundVerdict {
	switch {
	case kind == store.KindAppPassword, errors.Is(asItIs, bitbucket.ErrAppPassword):
		return foundAppPassword
	case kind == store.KindDataCenter:
		return foundRefused
	case isAlive(asItIs):
		return foundGood
	case kind.IsToken() && isAlive(asItShould):
		return foundWrongName
	case bitbucket.IsRefused(asItIs) && (!kind.IsToken() || bitbucket.IsRefused(asItShould)):
		return foundRefused
	case kind == store.KindAPIToken && strings.Contains(user, "@"), kind == store.KindAccessToken && user != kind.GitUsername():
		return foundWrongName
	}
	return foundUnknown
}

// pair is a question to git's endpoint.
type pair struct {
	user  string
	token store.Token
}

// judge finds out what a secret is, with one question to Bitbucket, or two for a token.
func (x *examination) judge(f foundSecret) foundSecret {
	kind := f.token.Kind()
	if kind == store.KindAppPassword || kind == store.KindDataCenter {
		f.verdict = judgeFound(kind, f.user, errNotAsked, errNotAsked)
		return f
	}
	if f.inName && !kind.IsToken() {
		return f // whose password it is would have to be known
	}
	asItIs := x.askGit(f.user, f.token, f.repository)
	asItShould := asItIs
	if right := kind.GitUsername(); right != "" && f.user != right && !isAlive(asItIs) {
		asItShould = x.askGit(right, f.token, f.repository)
	}
	f.verdict = judgeFound(kind, f.user, asItIs, asItShould)
	return f
}

// askGit asks git's endpoint about a pair, once for all places where it stands. A
// token that is refused with its right name is asked about once more, so that a
// stray 401 condemns nothing (BCLOUD-24107).
func (x *examination) askGit(user string, token store.Token, repository string) error {
	if repository == "" {
		repository = x.target.repository
	}
	if x.client == nil || repository == "" || token.Empty() {
		return errNotAsked
	}
	asked := pair{user, token}
	answer, known := x.answers[asked]
	if !known {
		answer = x.mayRead(user, token, repository)
		if token.Kind().IsToken() && user == token.Kind().GitUsername() && bitbucket.IsRefused(answer) {
			answer = x.mayRead(user, token, repository)
		}
		x.answers[asked] = answer
	}
	return answer
}

// mayRead asks, unless Bitbucket is known to be out of reach.
func (x *examination) mayRead(user string, token store.Token, repository string) error {
	if x.down != nil {
		return x.down
	}
	answer := x.client.MayRead(x.asking, user, token, repository)
	x.noteTrouble(answer)
	return answer
}

// holds tells whether the store surely has this very token: an entry for it, and
// the secret in its vault.
func (a *app) holds(entries []store.Entry, token store.Token) bool {
	e := byToken(entries, token)
	if e == nil {
		return false
	}
	secret, err := a.secretFor(e)
	return err == nil && secret.Token == token
}

// readSecret is what reading an entry's secret came to.
type readSecret struct {
	secret store.Secret
	err    error
}

// secretFor reads an entry's secret once, however often it is wanted: a command may
// take its time.
func (a *app) secretFor(e *store.Entry) (store.Secret, error) {
	read, known := a.read[e.ID]
	if !known {
		if a.read == nil {
			a.read = map[string]readSecret{}
		}
		id := e.ID
		read.secret, read.err = a.store.Secret(a.ctx, e)
		a.read[id] = read
	}
	return read.secret, read.err
}

// isSaved tells the same for a check, which must not open the keychain's dialog:
// where a vault cannot be read, it takes the index's word.
func (x *examination) isSaved(token store.Token) bool {
	e := byToken(x.entries, token)
	if e == nil {
		return false
	}
	if x.vaultTrouble(e.Vault) == nil {
		_, err := x.secretFor(e)
		x.noteVaultTrouble(e.Vault, err)
	}
	return x.vaultTrouble(e.Vault) != nil || x.holds(x.entries, token)
}

// saving returns the step that keeps a token which is about to lose its place, if
// it is one to keep.
func (x *examination) saving(f foundSecret, from string) []step {
	if !f.isKeepable() || x.isSaved(f.token) {
		return nil
	}
	save := saveToken{found: f, from: from, in: x.saveIn}
	if lost := byToken(x.entries, f.token); lost != nil {
		save.name = lost.Name // its vault does not hold it any more
	} else if save.name = x.planned[f.token]; save.name == "" {
		save.name = x.freeName(save.entry().Name)
		x.planned[f.token] = save.name
	}
	steps := []step{save}
	if f.token.Kind() == store.KindAccessToken && f.repository != "" {
		steps = append(steps, x.sendingPath()...)
	}
	return steps
}

// freeName returns a name that no entry has, and none that is to be saved.
func (x *examination) freeName(name string) string {
	free := name
	taken := func() bool {
		for _, planned := range x.planned {
			if store.SameName(planned, free) {
				return true
			}
		}
		return byName(x.entries, free) != nil
	}
	for n := 2; taken(); n++ {
		free = fmt.Sprintf("%s-%d", name, n)
	}
	return free
}

// secretIn returns the username and the secret in a URL, if it has one: a password,
// or a secret in the place where the username goes.
func secretIn(a git.Address) (f foundSecret, found bool) {
	f.repository = asPath(a)
	inName := store.NewToken(a.User)
	if isSecretName(a.User) && (inName.Kind() != store.KindPassword || a.Password == "") {
		f.token, f.inName = inName, true
		return f, true
	}
	f.user, f.token = a.User, store.NewToken(a.Password)
	return f, a.HasPassword
}

// state is how a token that is offered for saving was found to be.
func (f foundSecret) state() string {
	switch f.verdict {
	case foundGood, foundWrongName:
		return "Bitbucket takes it"
	case foundRefused:
		return "set aside, since Bitbucket refuses it"
	}
	return "not checked"
}
