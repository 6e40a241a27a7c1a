// Package found is about secrets that git may come upon elsewhere than in this program's
// store: in a URL, in a file of passwords, with another helper. They are judged and never
// shown.
package found

import (
	"cmp"
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store/tokens"
)

// Secret is a username and a secret that git may come upon.
type Secret struct {
	User  string
	Token tokens.Token
	// InName: it is in the username's place.
	InName bool
	// Repository is one that it is for, as far as its place tells.
	Repository string
	// Asked is the one that git's endpoint was asked about.
	Asked string
	// FromRepository: it is in what a repository brings along, so that it is not known to be
	// the person's. No login is sent for it, and it is not saved.
	FromRepository bool
	Verdict        Verdict
}

// Verdict is what is known about a secret that was found.
type Verdict int

const (
	Unknown     Verdict = iota // nothing is known
	Good                       // Bitbucket accepts it as it stands
	WrongName                  // it is good, but not with this username
	Refused                    // git's endpoint refuses it for one repository: it may be dead, or another account's
	Elsewhere                  // the same, but REST says that it lives
	Useless                    // of a kind that git cannot use at Bitbucket
	AppPassword                // dead, and answered with 410, so that git never forgets it
	Dead                       // Bitbucket said so of this very token
)

// IsDead reports whether it is proven that the secret is good for nothing any more. A
// refusal by git's endpoint proves nothing: it is about one repository.
func (f Secret) IsDead() bool { return f.Verdict == Dead || f.Verdict == AppPassword }

// IsRefused reports whether git does not get in with it where it was tried.
func (f Secret) IsRefused() bool {
	return f.IsDead() || f.Verdict == Refused || f.Verdict == Elsewhere || f.Verdict == Useless
}

// IsUnjudged reports whether it is a password of which it is not known whether it is
// of any use.
func (f Secret) IsUnjudged() bool {
	return f.Verdict == Unknown && !f.Token.Kind().IsToken()
}

// IsKeepable reports whether it is a token that might be wanted again. Bitbucket has
// refused valid ones now and then, so one that it refuses is kept too, set aside.
func (f Secret) IsKeepable() bool { return f.Token.Kind().IsToken() }

// kindNames are the names of what is no mere password.
var kindNames = map[tokens.Kind]string{tokens.KindAPIToken: "API token", tokens.KindAccessToken: "access token",
	tokens.KindDataCenter: "token for Bitbucket Data Center", tokens.KindServiceAccount: "service account token"}

// What names the secret, with an article.
func (f Secret) What() string {
	name := kindNames[f.Token.Kind()]
	switch {
	case f.Verdict == AppPassword:
		return "a dead app password"
	case name == "" && f.InName:
		return "what may be a password in place of the username"
	case f.Verdict == Dead:
		return "a dead " + name
	case f.Verdict == Useless:
		return article(name) + ", which git cannot use at bitbucket.org"
	case f.Verdict == Elsewhere:
		return article(name) + " that is valid, but that Bitbucket refuses for " + f.Asked
	case f.Verdict == Refused:
		return fmt.Sprintf("%s that Bitbucket refuses for %s (it may be dead, or another account's)", article(cmp.Or(name, "password")), f.Asked)
	case name == "" && f.Verdict == Good:
		return "a password that Bitbucket accepts"
	case name == "":
		return "a password of unknown kind"
	case f.Verdict == WrongName && strings.Contains(f.User, "@"):
		return article(name) + " with the email as username, which Bitbucket refuses for git"
	case f.Verdict == WrongName:
		return article(name) + " with the wrong username for it"
	}
	return article(name)
}

func article(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiouAEIOU") {
		return "an " + noun
	}
	return "a " + noun
}

// State is how a token that is offered for saving was found to be.
func (f Secret) State() string {
	switch f.Verdict {
	case Good, WrongName:
		return "Bitbucket accepts it"
	case Refused, Elsewhere, Dead:
		return "set aside, since Bitbucket refuses it"
	}
	return "not checked"
}

// Owner is whose secret it is, as far as that may be shown.
func (f Secret) Owner(otherwise string) string { return cmp.Or(console.ShownName(f.User), otherwise) }
