package helper

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// details are the options that say what is known about a token.
type details struct {
	name, email, username, place, expires string
	also                                  names

	given map[string]bool // by the option's name
}

func (d *details) flags(set *flag.FlagSet) {
	set.StringVar(&d.name, "name", "", "the `NAME` to know the token by")
	set.StringVar(&d.email, "email", "", "the `EMAIL` of your Atlassian account (REST wants it, git does not)")
	set.StringVar(&d.username, "username", "", "your Bitbucket `USERNAME`")
	set.Var(&d.also, "also", "another `USERNAME` that the token answers for; repeat for more, '' to forget those known")
	set.StringVar(&d.place, "for", "", "`WORKSPACE[/REPOSITORY]` the token is for; empty for all of bitbucket.org")
	set.StringVar(&d.expires, "expires", "", "last `DAY` it works: 2027-01-31, 90d or, for access tokens, never")
}

// parse parses a command's arguments, notes which options were given, and checks
// what they say.
func (d *details) parse(set *flag.FlagSet, args []string) ([]string, error) {
	rest, err := parseArgs(set, args)
	if err != nil {
		return nil, err
	}
	d.given = map[string]bool{}
	set.Visit(func(f *flag.Flag) { d.given[f.Name] = true })
	return rest, d.check()
}

func (d *details) check() error {
	checks := []struct {
		option string
		check  func() error
	}{
		{"name", func() error { return checkName(d.name) }},
		{"email", func() error { return checkEmail(d.email) }},
		{"username", func() error { return checkUsername(d.username) }},
		{"also", func() error { return checkAlso(d.also) }},
		{"for", func() error { return checkFor(d.place) }},
		{"expires", func() error { return checkExpiry(d.expires) }},
	}
	for _, c := range checks {
		if !d.given[c.option] {
			continue
		}
		if err := c.check(); err != nil {
			return console.Usagef("--%s: %v", c.option, err)
		}
	}
	return nil
}

// apply changes the entry to what was given.
func (d *details) apply(e *store.Entry) error {
	if d.given["name"] {
		e.Name = d.name
	}
	if d.given["email"] {
		e.SetEmail(d.email)
	}
	if d.given["username"] {
		e.Username = knownUsername(d.username, e.Kind)
	}
	if e.Kind == tokens.KindPassword && e.Username == "" && d.given["username"] {
		return console.Usagef("--username: a password goes with one")
	}
	if d.given["for"] {
		e.For, _ = store.ParseFor(d.place)
	}
	for _, also := range d.also {
		switch {
		case also == "":
			e.Also = nil
		case !slices.Contains(e.Also, also):
			e.Also = append(slices.Clip(e.Also), also)
		}
	}
	if d.given["expires"] {
		return setExpiry(e, d.expires)
	}
	return nil
}

// knownUsername drops the names that stand for a kind of token: they say nothing
// about whose it is. With a password they are a name like any other.
func knownUsername(name string, kind tokens.Kind) string {
	if kind.IsToken() && tokens.IsGitUsername(name) {
		return ""
	}
	return name
}

func setExpiry(e *store.Entry, text string) error {
	expires, err := parseExpiry(text, time.Now())
	if err != nil {
		return err
	}
	if e.Kind == tokens.KindAPIToken {
		// A day more: Atlassian's day may end elsewhere than UTC's.
		latest := store.EndOfDay(time.Now().AddDate(0, 0, bitbucket.MaxTokenDays+1))
		switch {
		case expires.IsZero():
			return console.Usagef("API tokens always expire, after %d days at the latest", bitbucket.MaxTokenDays)
		case expires.After(latest):
			return console.Usagef("API tokens live for %d days at the most", bitbucket.MaxTokenDays)
		}
	}
	e.Expires, e.Guessed, e.Warned = expires, false, ""
	return nil
}

// parseExpiry returns the last second of the day that a date or a number of days
// means, UTC; zero for never.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if count, isDays := strings.CutSuffix(text, "d"); isDays {
		if days, err := strconv.Atoi(count); err == nil && days >= 0 && days <= 36500 {
			return store.EndOfDay(now.UTC().AddDate(0, 0, days)), nil
		}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 {
		return time.Time{}, fmt.Errorf("\"%s\" is no day; write one like 2027-01-31, 90d or never", text)
	}
	if store.EndOfDay(day).Before(now) {
		return time.Time{}, fmt.Errorf("%s is past", text)
	}
	return store.EndOfDay(day), nil
}

func checkExpiry(text string) error {
	if err := checkText(text, "a day"); err != nil {
		return err
	}
	_, err := parseExpiry(text, time.Now())
	return err
}

const maxDetail = 200 // bytes of a name, email, username or place

// checkText refuses what could not be shown, typed or matched.
func checkText(text, what string) error {
	switch {
	case tokens.New(text).Kind() != tokens.KindPassword:
		return fmt.Errorf("that is a token, not %s", what)
	case store.HoldsToken(text):
		return fmt.Errorf("a token stands in it, which is not part of %s", what)
	case len(text) > maxDetail:
		return fmt.Errorf("over %d bytes", maxDetail)
	case text != "" && !tokens.New(text).WellFormed():
		return fmt.Errorf("%s has no spaces and only plain letters, digits and signs", what)
	}
	return nil
}

func checkName(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("the name is empty")
	case strings.HasPrefix(name, "-"):
		return fmt.Errorf("a name does not start with -")
	case name == store.EnvironmentName:
		return fmt.Errorf("that name stands for the token in %s", store.TokenVariable)
	}
	return checkText(name, "a name")
}

func checkEmail(email string) error {
	if err := checkText(email, "an email"); err != nil || email == "" {
		return err
	}
	if user, host, found := strings.Cut(email, "@"); !found || user == "" || host == "" || strings.Contains(host, "@") {
		return fmt.Errorf("\"%s\" is no email", email)
	}
	return nil
}

func checkUsername(name string) error {
	if strings.Contains(name, "@") {
		return fmt.Errorf("that is an email; the Bitbucket username is another, see https://bitbucket.org/account/settings/")
	}
	if strings.ContainsAny(name, ":/") {
		return fmt.Errorf("a username holds no : and no /")
	}
	return checkOtherName(name)
}

// checkOtherName takes a person's word for a name of any form, but for what looks like
// a secret, which would lie open in the index.
func checkOtherName(name string) error {
	if err := checkText(name, "a username"); err != nil || !store.LooksSecret(name) {
		return err
	}
	return errors.New("that looks like a password, not a username")
}

func checkAlso(also names) error {
	for _, name := range also {
		if err := checkOtherName(name); err != nil {
			return err
		}
	}
	return nil
}

func checkFor(place string) error {
	if err := checkText(place, "a workspace or repository"); err != nil || place == "" {
		return err
	}
	_, err := store.ParseFor(place)
	return err
}
