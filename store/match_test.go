package store

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"git-credential-bitbucket/store/tokens"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// api, access and password make entries; changes say how they differ.
func api(name string, changes ...func(*Entry)) Entry {
	return entry(name, tokens.KindAPIToken, changes)
}

func access(name string, changes ...func(*Entry)) Entry {
	return entry(name, tokens.KindAccessToken, changes)
}

func password(name string, changes ...func(*Entry)) Entry {
	return entry(name, tokens.KindPassword, changes)
}

func entry(name string, kind tokens.Kind, changes []func(*Entry)) Entry {
	e := Entry{ID: name, Name: name, Kind: kind}
	for _, change := range changes {
		change(&e)
	}
	return e
}

func user(name string) func(*Entry)  { return func(e *Entry) { e.Username = name } }
func mail(text string) func(*Entry)  { return func(e *Entry) { e.Email = text } }
func also(name string) func(*Entry)  { return func(e *Entry) { e.Also = append(e.Also, name) } }
func only(place string) func(*Entry) { return func(e *Entry) { e.For = place } }
func ends(t time.Time) func(*Entry)  { return func(e *Entry) { e.Expires = t } }
func guessed() func(*Entry)          { return func(e *Entry) { e.Guessed = true } }
func aside(until time.Time) func(*Entry) {
	return func(e *Entry) {
		e.SetAside = &SetAside{At: noon.Add(-time.Minute), Until: until, Reason: ReasonRefused}
	}
}
func refusedBefore() func(*Entry) { return func(e *Entry) { e.Refusals = 1 } }

func git(path, username string) Request { return Request{Service: Git, Path: path, Username: username} }

func rest(username string, bearer bool) Request {
	return Request{Service: REST, Username: username, Bearer: bearer}
}

func TestMatch(t *testing.T) {
	all := func(entries ...Entry) []Entry { return entries }
	forever := time.Time{}
	tests := []struct {
		rule     string
		entries  []Entry
		request  Request
		want     string // name of the entry
		obstacle Obstacle
	}{
		{"nothing saved, nothing answers", nil, git("", ""), "", NoObstacle},
		{"one entry answers", all(api("a")), git("", ""), "a", NoObstacle},

		// What git reported comes behind what a person typed, and passwords behind every token.
		{"a token before a password for the very repository", all(password("p", user("bo"), only("ws/r")), api("a")), git("ws/r.git", ""), "a", NoObstacle},
		{"a token with an unknown name before a planted password for the name", all(password("p", user("bo"), from(FromReport)), api("a")),
			git("", "bo"), "a", NoObstacle},
		{"a pair that came first hand keeps its name", all(password("p", user("bo"), from(FromGit)), api("a")), git("", "bo"), "p", NoObstacle},
		{"a planted password comes behind one that came first hand", all(password("p", user("bo"), only("ws/r"), from(FromReport)),
			password("o", user("bo"), from(FromGit))), git("ws/r.git", ""), "o", NoObstacle},
		{"it hides no token that does not answer now", all(password("p", user("bo"), from(FromReport)), api("a", aside(forever))), git("", ""), "a", BySetAside},
		{"nor one for the whole of which the path is missing", all(password("p", user("bo"), from(FromReport)), api("a", only("ws/r"))), git("", ""), "a", ByMissingPath},
		{"for another name than the token's it answers", all(password("p", user("jo"), from(FromReport)), api("a", user("bo"))), git("", "jo"), "p", NoObstacle},
		{"with nothing else it answers", all(password("p", user("bo"), from(FromReport))), git("", ""), "p", NoObstacle},
		{"a typed token before a learned one", all(api("l", from(FromGit)), api("a")), git("", ""), "a", NoObstacle},
		{"a learned one that is for less is closer", all(api("a"), access("l", only("ws/r"), from(FromGit))), git("ws/r.git", ""), "l", NoObstacle},

		// A refusal is about one repository.
		{"refused for this one", all(api("a", refusedFor("ws/r", time.Hour))), git("ws/r.git", ""), "a", ByRefusal},
		{"another one gets it", all(api("a", refusedFor("ws/r", time.Hour))), git("ws/s.git", ""), "a", NoObstacle},
		{"and so does one that does not say what it is", all(api("a", refusedFor("ws/r", time.Hour))), git("", ""), "a", NoObstacle},
		{"the next entry serves the one that was refused", all(api("a", refusedFor("ws/r", time.Hour)), api("b")), git("WS/R.git", ""), "b", NoObstacle},
		{"its time is over", all(api("a", refusedFor("ws/r", 0))), git("ws/r.git", ""), "a", NoObstacle},
		{"set aside is said before it", all(api("a", refusedFor("ws/r", time.Hour), aside(forever))), git("ws/r.git", ""), "a", BySetAside},
		{"REST is not the place", all(api("a", mail("a@x.example"), refusedFor("ws/r", time.Hour))),
			Request{Service: REST, Path: "2.0/repositories/ws/r"}, "a", NoObstacle},

		// Rule 2: who may answer at all.
		{"set aside does not answer", all(api("a", aside(forever))), git("", ""), "a", BySetAside},
		{"set aside for a while does not answer", all(api("a", aside(noon.Add(time.Second)))), git("", ""), "a", BySetAside},
		{"set aside until now answers", all(api("a", aside(noon))), git("", ""), "a", NoObstacle},
		{"the day after the typed one does not answer", all(api("a", ends(EndOfDay(noon.AddDate(0, 0, -1))))), git("", ""), "a", ByExpiry},
		{"the typed day itself answers", all(api("a", ends(EndOfDay(noon)))), git("", ""), "a", NoObstacle},
		{"a guessed day never withholds", all(api("a", guessed(), ends(noon.AddDate(-1, 0, 0)))), git("", ""), "a", NoObstacle},
		{"set aside and expired is told as expired", all(api("a", aside(forever), ends(noon.AddDate(-1, 0, 0)))), git("", ""), "a", ByExpiry},

		{"a workspace's entry answers in it", all(api("a", only("ws"))), git("ws/repo.git", ""), "a", NoObstacle},
		{"a repository's entry answers for it", all(api("a", only("ws/repo"))), git("ws/repo.git", ""), "a", NoObstacle},
		{"without .git", all(api("a", only("ws/repo"))), git("ws/repo", ""), "a", NoObstacle},
		{"with a slash behind it", all(api("a", only("ws/repo"))), git("ws/repo.git/", ""), "a", NoObstacle},
		{"with Git LFS's path", all(api("a", only("ws/repo"))), git("ws/repo.git/info/lfs", ""), "a", NoObstacle},
		{"with a query", all(api("a", only("ws/repo"))), git("ws/repo.git?x=/y", ""), "a", NoObstacle},
		{"with a fragment", all(api("a", only("ws/repo"))), git("ws/repo.git#x", ""), "a", NoObstacle},
		{"case is ignored", all(api("a", only("WS/Repo"))), git("ws/rEPO.git", ""), "a", NoObstacle},
		{"but only in ASCII", all(api("a", only("ws/Kelvin"))), git("ws/\u212Aelvin", ""), "", NoObstacle},
		{"half a segment is none", all(api("a", only("w"))), git("ws/repo.git", ""), "", NoObstacle},
		{"nor is half a repository", all(api("a", only("ws/re"))), git("ws/repo.git", ""), "", NoObstacle},
		{"another workspace", all(api("a", only("ws"))), git("other/ws.git", ""), "", NoObstacle},
		{"a path that climbs", all(api("a", only("ws"))), git("ws/../other/repo.git", ""), "", NoObstacle},
		{"an empty segment", all(api("a", only("ws"))), git("ws//repo.git", ""), "", NoObstacle},
		{"a repository's entry for its workspace alone", all(api("a", only("ws/repo"))), git("ws", ""), "", NoObstacle},
		{"no path", all(api("a", only("ws"))), git("", ""), "a", ByMissingPath},
		{"no path, but an entry for all", all(api("a", only("ws")), api("b")), git("", ""), "b", NoObstacle},

		// Rule 3: whom a username means.
		{"its username", all(api("a", user("bo")), api("b", user("al"))), git("", "al"), "b", NoObstacle},
		{"in another case", all(api("a", user("bo")), api("b", user("al"))), git("", "AL"), "b", NoObstacle},
		{"its email", all(api("a", user("bo")), api("b", mail("al@x.example"))), git("", "Al@x.example"), "b", NoObstacle},
		{"one of its other names", all(api("a", user("bo")), api("b", user("al"), also("old-al"))), git("", "old-al"), "b", NoObstacle},
		{"the name that goes with API tokens is no name", all(access("a"), api("b", user("al"))), git("", "x-bitbucket-api-token-auth"), "a", NoObstacle},
		{"nor is the one that goes with access tokens", all(api("a", user("al")), access("b")), git("", "x-token-auth"), "a", NoObstacle},
		{"so a token for the repository answers to either", all(api("a"), access("b", only("ws/r"))), git("ws/r.git", "x-bitbucket-api-token-auth"), "b", NoObstacle},
		{"and a password too", all(password("p", user("bo"), from(FromGit))), git("", "x-bitbucket-api-token-auth"), "p", NoObstacle},
		{"any name, if the entry's is not known", all(api("a")), git("", "al"), "a", NoObstacle},
		{"and it is the only one left", all(api("a", user("bo")), api("b")), git("", "al"), "b", NoObstacle},
		{"not if two are left", all(api("a"), api("b")), git("", "al"), "a", ByUsername},
		{"also if the name is that of one that is set aside", all(api("a"), api("b", user("al"), aside(forever))), git("", "al"), "a", NoObstacle},
		{"or expired", all(api("a"), api("b", user("al"), ends(EndOfDay(noon.AddDate(0, 0, -1))))), git("", "al"), "a", NoObstacle},
		{"not if the name is another's that is only refused for this place", all(api("a"), api("b", user("al"), refusedFor("ws/r", time.Hour))), git("ws/r.git", "al"), "b", ByRefusal},
		{"nor if two are without a name", all(api("a"), api("c"), api("b", user("al"), aside(forever))), git("", "al"), "b", BySetAside},
		{"not even by another place", all(api("a"), api("b", user("al"), only("other"))), git("ws/repo.git", "al"), "a", ByUsername},
		{"but one left with the longest for is enough", all(api("a"), access("b", only("ws/repo"))), git("ws/repo.git", "al"), "b", NoObstacle},
		{"a known other name", all(api("a", user("bo"))), git("", "al"), "a", ByUsername},
		{"a name of a password is an account's too", all(api("a"), password("b", user("al"), only("other"))), git("ws/repo.git", "al"), "a", ByUsername},

		// Rule 4: which of several.
		{"the longest for", all(api("a"), api("b", only("ws")), api("c", only("ws/repo"))), git("ws/repo.git", ""), "c", NoObstacle},
		{"the longer one, whatever the order", all(api("b", only("ws")), api("a")), git("ws/repo.git", ""), "b", NoObstacle},
		{"then the first", all(api("a"), api("b")), git("", ""), "a", NoObstacle},
		{"but one that was refused comes behind", all(api("a", refusedBefore()), api("b")), git("", ""), "b", NoObstacle},
		{"unless its for is longer", all(api("a"), api("b", only("ws"), refusedBefore())), git("ws/repo.git", ""), "b", NoObstacle},

		// Rule 6: passwords are ignored in silence.
		{"a password set aside", all(password("a", user("al"), aside(forever))), git("", ""), "", NoObstacle},
		{"a password for another name", all(password("a", user("al"))), git("", "bo"), "", NoObstacle},

		// REST takes an API token with its email, and an access token only as Bearer.
		{"an API token with its email", all(api("a", mail("al@x.example"))), rest("", false), "a", NoObstacle},
		{"without an email", all(api("a")), rest("", false), "a", ByForm},
		{"an access token where Bearer is taken", all(access("a")), rest("", true), "a", NoObstacle},
		{"where it is not", all(access("a")), rest("", false), "a", ByForm},
		{"a password never", all(password("a", user("al"))), rest("", true), "", NoObstacle},
		{"a repository's path", all(api("a", mail("m@x.example"), only("ws/repo"))),
			Request{Service: REST, Path: "2.0/repositories/ws/repo/commits"}, "a", NoObstacle},
		{"a path of something else", all(api("a", mail("m@x.example"), only("ws"))), Request{Service: REST, Path: "2.0/user"}, "", NoObstacle},
	}
	for _, test := range tests {
		t.Run(test.rule, func(t *testing.T) {
			before := fmt.Sprint(test.entries)
			got, obstacle := Match(test.entries, test.request, noon)
			name := ""
			if got != nil {
				name = got.Name
			}
			if name != test.want || obstacle != test.obstacle {
				t.Errorf("got %q, obstacle %d; want %q, obstacle %d", name, obstacle, test.want, test.obstacle)
			}
			if fmt.Sprint(test.entries) != before {
				t.Error("the entries were changed")
			}
		})
	}
}

func TestMatching(t *testing.T) {
	entries := []Entry{
		api("all", user("al")), api("ws", user("al"), only("ws")), access("repo", only("ws/repo")), password("old", user("bo")),
	}
	tests := []struct {
		request Request
		want    []string
	}{
		{git("", ""), []string{"all", "ws", "repo", "old"}},
		{git("ws/repo.git", ""), []string{"all", "ws", "repo", "old"}},
		{git("other/repo.git", ""), []string{"all", "old"}},
		{git("", "al"), []string{"all", "ws"}},
		{git("", "bo"), []string{"old"}},
		{git("", "x-token-auth"), []string{"all", "ws", "repo", "old"}},
	}
	for _, test := range tests {
		var got []string
		for _, e := range Matching(entries, test.request) {
			got = append(got, e.Name)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%+v: got %v, want %v", test.request, got, test.want)
		}
	}
}

// Rule 1: only Bitbucket Cloud, by its whole host.
func TestServiceAt(t *testing.T) {
	tests := []struct {
		protocol, host string
		want           Service
	}{
		{"https", "bitbucket.org", Git},
		{"https", "BitBucket.ORG", Git},
		{"https", "bitbucket.org:443", Git},
		{"https", "api.bitbucket.org", REST},
		{"https", "API.bitbucket.org:443", REST},
		{"http", "bitbucket.org", Nowhere},
		{"HTTPS", "bitbucket.org", Nowhere},
		{"ssh", "bitbucket.org", Nowhere},
		{"", "bitbucket.org", Nowhere},
		{"https", "", Nowhere},
		{"https", "bitbucket.org:8443", Nowhere},
		{"https", "bitbucket.org:443:443", Nowhere},
		{"https", "bitbucket.org:", Nowhere},
		{"https", "bitbucket.org.", Nowhere},
		{"https", "evilbitbucket.org", Nowhere},
		{"https", "bitbucket.org.evil.test", Nowhere},
		{"https", "www.bitbucket.org", Nowhere},
		{"https", "x.api.bitbucket.org", Nowhere},
		{"https", "bitbucket.org/x", Nowhere},
		{"https", "x@bitbucket.org", Nowhere},
		{"https", "bitbucket.org@evil.test", Nowhere},
		{"https", " bitbucket.org", Nowhere},
		{"https", "bitbuc\u212Aet.org", Nowhere}, // the Kelvin sign folds to k
		{"https", "b\u0456tbucket.org", Nowhere}, // a Cyrillic i
		{"https", "*.org", Nowhere},
	}
	for _, test := range tests {
		if got := ServiceAt(test.protocol, test.host); got != test.want {
			t.Errorf("%q %q: got %d, want %d", test.protocol, test.host, got, test.want)
		}
	}
}

func TestParseFor(t *testing.T) {
	tests := map[string]string{
		"":                                    "",
		"ws":                                  "ws",
		"ws/":                                 "ws",
		"ws/repo":                             "ws/repo",
		"ws/repo.git":                         "ws/repo",
		"ws/repo.git/info/lfs":                "ws/repo",
		" https://bitbucket.org/ws/repo.git ": "ws/repo",
		"https://brandon@bitbucket.org/ws/repo.git": "ws/repo",
		"https://BITBUCKET.org:443/ws":              "ws",
		"git@bitbucket.org:ws/repo.git":             "ws/repo",
		"ssh://git@bitbucket.org/ws/repo.git":       "ws/repo",
		"https://bitbucket.org/ws/repo/src/main":    "ws/repo",
		"bitbucket.org/ws":                          "ws",
		"{3f2a-11}/repo":                            "{3f2a-11}/repo",
		"https://bitbucket.org":                     "",
		"bitbucket.org":                             "",
		"https://github.com/ws/repo":                "",
		"git@github.com:ws/repo":                    "",
		"bitbucket.orgevil/x":                       "bitbucket.orgevil/x",
		"evilbitbucket.org:ws/repo":                 "",
		"ws repo":                                   "",
		"ws@x":                                      "",
		"../ws":                                     "",
		"ws//repo":                                  "",
	}
	for text, want := range tests {
		got, err := ParseFor(text)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: got %q, %v; want %q", text, got, err, want)
		}
	}
}
