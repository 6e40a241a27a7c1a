// Package details has the rules for what may be known about a token: name, email, username,
// workspace or repository, expiry.
package details

import (
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

const maxDetail = 200 // bytes of a name, email, username or place

// checkText refuses what could not be shown, typed or matched.
func checkText(text, what string) error {
	switch {
	case tokens.New(text).Kind() != tokens.KindPassword:
		return fmt.Errorf("that is a token, not %s", what)
	case store.HoldsToken(text):
		return fmt.Errorf("it contains a token, which is not part of %s", what)
	case len(text) > maxDetail:
		return fmt.Errorf("over %d bytes", maxDetail)
	case text != "" && !tokens.New(text).WellFormed():
		return fmt.Errorf("%s has no spaces and only plain letters, digits and signs", what)
	}
	return nil
}

func CheckName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty")
	case strings.HasPrefix(name, "-"):
		return fmt.Errorf("a name does not start with -")
	case name == store.EnvironmentName:
		return fmt.Errorf("that name means the token in %s", store.TokenVariable)
	}
	return checkText(name, "a name")
}

func CheckEmail(email string) error {
	if err := checkText(email, "an email"); err != nil || email == "" {
		return err
	}
	if user, host, found := strings.Cut(email, "@"); !found || user == "" || host == "" || strings.Contains(host, "@") {
		return fmt.Errorf("\"%s\" is not an email address", email)
	}
	return nil
}

func CheckUsername(name string) error {
	if strings.Contains(name, "@") {
		return fmt.Errorf("that is an email; the Bitbucket username is another, see https://bitbucket.org/account/settings/")
	}
	if strings.ContainsAny(name, ":/") {
		return fmt.Errorf("a username has no : and no /")
	}
	return checkOtherName(name)
}

// checkOtherName takes a person's word for a name of any form, except what looks like
// a secret, which would be open in the index.
func checkOtherName(name string) error {
	if err := checkText(name, "a username"); err != nil || !store.LooksSecret(name) {
		return err
	}
	return errors.New("that looks like a password, not a username")
}

func CheckAlso(also []string) error {
	for _, name := range also {
		if err := checkOtherName(name); err != nil {
			return err
		}
	}
	return nil
}

func CheckFor(place string) error {
	if err := checkText(place, "a workspace or repository"); err != nil || place == "" {
		return err
	}
	_, err := store.ParseFor(place)
	return err
}

// NameFor makes a name of what is known about an entry.
func NameFor(e *store.Entry) string {
	for _, name := range []string{e.Username, e.For, e.Email} {
		if name != "" && !tokens.IsGitUsername(name) && CheckName(name) == nil {
			return name
		}
	}
	return "bitbucket"
}

// KnownUsername drops the names that stand for a kind of token: they say nothing
// about whose it is. With a password they are a name like any other.
func KnownUsername(name string, kind tokens.Kind) string {
	if kind.IsToken() && tokens.IsGitUsername(name) {
		return ""
	}
	return name
}
