package main

import (
	"encoding/json"
	"fmt"
	"strings"
)

// writes is storing what is known, storing what is new, and removing that again.
type writes struct {
	ours, libsecret, secretTool writing
	destroy                     *row // erase by name; git's erase only notes a refusal
}

type writing struct{ known, new, erase *row }

// guest is a token that is saved and removed again in every round, another each time.
type guest struct{ token string }

const guestName = "guest"

// arrive makes it another one, and describes that.
func (g *guest) arrive() string {
	g.token = token()
	return g.description()
}

func (g *guest) description() string { return description("username="+guestName, "password="+g.token) }

// is and none are what there is to find while the guest is saved, and afterwards.
func (g *guest) is() string { return g.token }
func none() string          { return "" }

func addWrites(t *table, progs *programs, s *session) *writes {
	w := &writes{libsecret: addLibsecret(t, progs, s), secretTool: addSecretTool(t, progs, s)}
	w.ours, w.destroy = addOurs(t, progs, s)
	return w
}

func addOurs(t *table, progs *programs, s *session) (w writing, destroy *row) {
	g := &guest{}
	// left checks what get answers, and how many secrets are in the keychain, the first token's among them.
	left := func(want func() string, secrets int) check {
		return func(out string) error {
			if err := nothing(out); err != nil {
				return err
			}
			said, err := s.ask(query("username="+guestName), progs.ours, "get")
			if err != nil {
				return err
			}
			right := exactly("capability[]=state\nstate[]=bitbucket:?name\n") // it has no answer, and says so
			if want() != "" {
				right = answers(apiUser, want())
			}
			if err := right(said); err != nil {
				return err
			}
			return secretsAre(progs, s, secrets)
		}
	}
	w.known = t.add("store of a known token", s, description("username="+apiUser, "password="+s.tokens[0]), nothing,
		progs.ours, "store")
	w.new = t.addNew("store of a new one", s, func() string { return echoed(g.arrive()) }, left(g.is, 2), progs.ours, "store")
	w.erase = t.addNew("erase from git, notes it", s, g.description, left(g.is, 2), progs.ours, "erase").
		after(w.new)
	destroy = t.add("erase by name, destroys it", s, "", left(none, 1), progs.ours, "erase", guestName, "--yes").
		after(w.erase)
	return w, destroy
}

func addLibsecret(t *table, progs *programs, s *session) (w writing) {
	g := &guest{}
	// After a store and an erase it repeats what it was told, so only a get tells what they did.
	left := func(username string, want func() string) check {
		return func(string) error {
			said, err := s.ask(description("username="+username), progs.libsecret, "get")
			if err != nil {
				return err
			}
			if want() == "" {
				return exactly("username=" + username + "\n")(said)
			}
			return answers(username, want())(said)
		}
	}
	known := func() string { return s.tokens[0] }
	w.known = t.add("libsecret store of a known token", s, description("username="+apiUser, "password="+known()),
		left(apiUser, known), progs.libsecret, "store")
	w.new = t.addNew("libsecret store of a new one", s, g.arrive, left(guestName, g.is), progs.libsecret, "store")
	w.erase = t.addNew("libsecret erase", s, g.description, left(guestName, none), progs.libsecret, "erase").
		after(w.new)
	return w
}

func addSecretTool(t *table, progs *programs, s *session) (w writing) {
	g := &guest{}
	// Not quite libsecret's attributes, whose get would find these, too.
	tool := func(user string, verb ...string) []string {
		argv := append([]string{progs.secretTool}, verb...)
		return append(argv, "protocol", "https", "host", "bitbucket.org", "user", user)
	}
	left := func(user string, want func() string) check {
		return func(out string) error {
			if err := nothing(out); err != nil {
				return err
			}
			said, err := s.ask("", tool(user, "lookup")...)
			if err != nil && want() != "" { // it fails where there is nothing
				return err
			}
			return exactly(want())(said)
		}
	}
	const label = "--label=Git"
	known := func() string { return s.tokens[0] }
	bare := func() string { g.arrive(); return g.token }
	w.known = t.add("secret-tool store of a known token", s, known(), left("known", known), tool("known", "store", label)...)
	w.new = t.addNew("secret-tool store of a new one", s, bare, left(guestName, g.is), tool(guestName, "store", label)...)
	w.erase = t.add("secret-tool clear", s, "", left(guestName, none), tool(guestName, "clear")...).after(w.new)
	return w
}

// secretsAre counts this program's secrets in the keychain.
func secretsAre(progs *programs, s *session, want int) error {
	items, err := s.ask("", progs.secretTool, "search", "--all", "service", "git-credential-bitbucket")
	if err != nil {
		return err
	}
	if got := strings.Count(items, "\nsecret = "); got != want {
		return fmt.Errorf("%d secrets in the keychain, not %d", got, want)
	}
	return nil
}

// nothingLeft checks that the rounds have removed all that they stored.
func nothingLeft(progs *programs, s *session) error {
	list, err := s.ask("", progs.ours, "list", "--json")
	if err != nil {
		return err
	}
	var all []struct{ Name string }
	if err := json.Unmarshal([]byte(list), &all); err != nil {
		return fmt.Errorf("read list --json: %w", err)
	}
	if len(all) != 1 || all[0].Name != "saved-0" {
		return fmt.Errorf("list --json has %d tokens after the rounds, not the one of before", len(all))
	}
	return secretsAre(progs, s, 1)
}
