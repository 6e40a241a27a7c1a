package bitbuckettest

import (
	"fmt"
	"testing"
)

func TestREST(t *testing.T) {
	s := start(t)
	const (
		basicRealm  = `Basic realm="Bitbucket.org HTTP"`
		customRealm = `BitbucketCustom realm=Bitbucket.org HTTP`
		invalid     = `{"type":"error","error":{"message":"` + TextInvalidToken + `"}}`
		notFound    = `{"type":"error","error":{"message":"Resource not found"}}`
		jo          = `{"type":"user","display_name":"Jo","account_id":"account-of-all","username":"jo"}`
		repo        = `{"type":"repository","full_name":"ws/repo","name":"repo","is_private":true}`
		lacking     = `{"type":"error","error":{"message":"` + TextScopeMissing + `","detail":` +
			`{"granted":["%s"],"required":["%s"]}}}`
	)
	type accepted struct{ granted, needed, kind string }
	rejected := accepted{}
	allScopes := "read:repository:bitbucket, write:repository:bitbucket, read:user:bitbucket"
	tests := []struct {
		name, header, path string
		status             int
		challenge, body    string
		accepted           accepted
	}{
		{"user", basic(email, "all"), "user", 200, "", jo, accepted{allScopes, "read:user:bitbucket", "api_token"}},
		{"user scope missing", basic(email, "reader"), "user", 403, "",
			fmt.Sprintf(lacking, "read:repository:bitbucket", "read:user:bitbucket"),
			accepted{"read:repository:bitbucket", "read:user:bitbucket", "api_token"}},
		{"access token has no user", bearer("repo-only"), "user", 403, "",
			fmt.Sprintf(lacking, "repository", "account"), accepted{"repository", "account", "repo_access_token"}},
		{"no credential", "", "user", 401, basicRealm, "", rejected},
		{"username", basic(username, "all"), "user", 401, customRealm, invalid, rejected},
		{"sentinel", basic(sentinel, "all"), "user", 401, customRealm, invalid, rejected},
		{"empty username", basic("", "all"), "user", 401, customRealm, invalid, rejected},
		{"Bearer API token", bearer("all"), "user", 401, customRealm, invalid, rejected},
		{"Basic access token", basic("x-token-auth", "robot"), "user", 401, customRealm, invalid, rejected},
		{"without scopes", basic(email, "unscoped"), "user", 401, customRealm, invalid, rejected},
		{"dead", basic(email, "dead"), "user", 401, basicRealm, "", rejected},
		{"app password", basic(username, "app-password"), "user", 401, basicRealm, "", rejected},
		{"repository", basic(email, "reader"), "repositories/ws/repo", 200, "", repo,
			accepted{"read:repository:bitbucket", "read:repository:bitbucket", "api_token"}},
		{"repository, access token", bearer("robot"), "repositories/ws/repo", 200, "", repo,
			accepted{"repository:write", "repository", "workspace_access_token"}},
		{"repository scope missing", basic(email, "writer"), "repositories/ws/repo", 403, "",
			fmt.Sprintf(lacking, "write:repository:bitbucket", "read:repository:bitbucket"),
			accepted{"write:repository:bitbucket", "read:repository:bitbucket", "api_token"}},
		{"no such repository", basic(email, "reader"), "repositories/ws/none", 404, "", notFound,
			accepted{"read:repository:bitbucket", "read:repository:bitbucket", "api_token"}},
		{"not allowed", basic(email, "elsewhere"), "repositories/ws/repo", 404, "", notFound,
			accepted{"read:repository:bitbucket", "read:repository:bitbucket", "api_token"}},
		{"something else", basic(email, "all"), "workspaces", 404, "", notFound, rejected},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := ask(t, s, "GET", "https://api.bitbucket.org/2.0/"+test.path, test.header)
			if response.StatusCode != test.status || body != test.body {
				t.Errorf("%d %s, want %d %s", response.StatusCode, body, test.status, test.body)
			}
			checkChallenge(t, response, test.challenge)
			h := response.Header
			got := accepted{h.Get("X-OAuth-Scopes"), h.Get("X-Accepted-OAuth-Scopes"), h.Get("X-Credential-Type")}
			if got != test.accepted {
				t.Errorf("headers %q, want %q", got, test.accepted)
			}
		})
	}
}
