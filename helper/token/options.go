package token

import (
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"

	"github.com/spf13/pflag"
)

// entryOptions are the options that say what is known about a token.
type entryOptions struct {
	name, email, username, place, expires string
	also                                  []string

	set   *pflag.FlagSet
	given map[string]bool // by the option's name
}

func (d *entryOptions) flags(set *pflag.FlagSet) {
	d.set = set
	set.StringVar(&d.name, "name", "", "the `NAME` to know the token by; else it is named after the username, workspace or repository")
	set.StringVar(&d.email, "email", "", "the `EMAIL` of your Atlassian account (REST wants it, git does not)")
	set.StringVar(&d.username, "username", "", "your Bitbucket `USERNAME`")
	set.StringArrayVar(&d.also, "also", nil, "another `USERNAME` that the token answers for; repeat for more, '' to forget those known")
	set.StringVar(&d.place, "for", "", "`WORKSPACE[/REPOSITORY]` the token is for; empty for all of bitbucket.org")
	set.StringVar(&d.expires, "expires", "", "last `DAY` it works: 2027-01-31, 90d or, for access tokens, never")
}

// read notes which options were given, and checks what they say.
func (d *entryOptions) read() error {
	d.given = program.Given(d.set)
	return d.check()
}

func (d *entryOptions) check() error {
	checks := []struct {
		option string
		check  func() error
	}{
		{"name", func() error { return details.CheckName(d.name) }},
		{"email", func() error { return details.CheckEmail(d.email) }},
		{"username", func() error { return details.CheckUsername(d.username) }},
		{"also", func() error { return details.CheckAlso(d.also) }},
		{"for", func() error { return details.CheckFor(d.place) }},
		{"expires", func() error { return details.CheckExpiry(d.expires) }},
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
func (d *entryOptions) apply(e *store.Entry) error {
	if d.given["name"] {
		e.Name = d.name
	}
	if d.given["email"] {
		e.SetEmail(d.email)
	}
	if d.given["username"] {
		e.Username = details.KnownUsername(d.username, e.Kind)
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
		return details.SetExpiry(e, d.expires)
	}
	return nil
}
