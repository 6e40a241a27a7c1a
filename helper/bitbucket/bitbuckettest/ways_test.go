package bitbuckettest

import "testing"

// Where a fact is not confirmed, a test chooses the answer.
func TestWays(t *testing.T) {
	s := start(t)
	if err := s.AddRepository("ws/open"); err != nil {
		t.Fatal(err)
	}
	s.Publish("ws/open")
	const (
		open   = "https://bitbucket.org/ws/open.git/info/refs?service=git-upload-pack"
		into   = "https://bitbucket.org/ws/open.git/info/refs?service=git-receive-pack"
		hidden = "https://bitbucket.org" + fetching
		user   = "https://api.bitbucket.org/2.0/user"
	)
	custom := `BitbucketCustom realm=Bitbucket.org HTTP`
	plain := `Basic realm="Bitbucket.org HTTP"`
	tests := []struct {
		name        string
		ways        Ways
		url, header string
		status      int
		challenge   string
	}{
		{"public, no login", Ways{}, open, "", 200, ""},
		{"public, dead login", Ways{}, open, basic(sentinel, "dead"), 200, ""},
		{"public, dead login, strict", Ways{PublicIsStrict: true}, open, basic(sentinel, "dead"), 401, plain},
		{"public, another's login, strict", Ways{PublicIsStrict: true}, open, basic(sentinel, "elsewhere"), 200, ""},
		{"public is not for pushing", Ways{}, into, basic(sentinel, "dead"), 401, plain},
		{"no access", Ways{}, hidden, basic(sentinel, "elsewhere"), 404, ""},
		{"no access: 401", Ways{NoAccess: 401}, hidden, basic(sentinel, "elsewhere"), 401, plain},
		{"no access: 403", Ways{NoAccess: 403}, hidden, basic(sentinel, "elsewhere"), 403, ""},
		{"another realm", Ways{Realm: "Bitbucket"}, hidden, basic(sentinel, "dead"), 401, `Basic realm="Bitbucket"`},
		{"dead at REST", Ways{}, user, basic(email, "dead"), 401, plain},
		{"dead at REST: custom", Ways{DeadIsCustom: true}, user, basic(email, "dead"), 401, custom},
		{"wrong email at REST", Ways{}, user, basic("sam@example.com", "all"), 401, custom},
		{"wrong email at REST: plain", Ways{WrongEmailIsBasic: true}, user, basic("sam@example.com", "all"), 401, plain},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.Answer(test.ways)
			response, _ := ask(t, s, "GET", test.url, test.header)
			if response.StatusCode != test.status {
				t.Errorf("status %d, want %d", response.StatusCode, test.status)
			}
			checkChallenge(t, response, test.challenge)
		})
	}
}
