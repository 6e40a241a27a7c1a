package bitbucket_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

const email = "brandon@example.com"

// start is a Bitbucket with one API token, and a client that reaches it by the
// environment that it gives.
func start(t *testing.T) (*bitbuckettest.Server, *bitbucket.Client, tokens.Token) {
	t.Helper()
	server, err := bitbuckettest.Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { server.Close() })
	if err := server.AddRepository("ws/repo"); err != nil {
		t.Fatal(err)
	}
	token := storetest.APIToken()
	server.AddCredential(bitbuckettest.Credential{Label: "TOKEN", Kind: bitbuckettest.APIToken, Secret: token, Email: email,
		Username: "brandon", Scopes: []string{bitbucket.ReadScope, "read:user:bitbucket"}})
	network := bitbucket.Network{Getenv: func(name string) string {
		for _, variable := range server.Env() {
			if value, found := strings.CutPrefix(variable, name+"="); found {
				return value
			}
		}
		return ""
	}}
	client, err := bitbucket.NewClient("test", network, network)
	if err != nil {
		t.Fatal(err)
	}
	return server, client, tokens.New(token)
}

func TestAsk(t *testing.T) {
	server, client, token := start(t)
	account, err := client.Ask(t.Context(), tokens.KindAPIToken, email, token)
	if err != nil || account.Username != "brandon" || !account.MayRead() || account.MayWrite() {
		t.Errorf("got %+v, %v", account, err)
	}
	if _, err := client.Ask(t.Context(), tokens.KindAPIToken, "wrong@example.com", token); !errors.Is(err, bitbucket.ErrInvalid) {
		t.Errorf("with a wrong email: %v", err)
	}
	server.Answer(bitbuckettest.Ways{WrongEmailIsBasic: true})
	if _, err := client.Ask(t.Context(), tokens.KindAPIToken, "wrong@example.com", token); !errors.Is(err, bitbucket.ErrRefused) {
		t.Errorf("with a wrong email, and the plain realm: %v", err)
	}
	if _, err := client.Ask(t.Context(), tokens.KindAccessToken, "", token); !bitbucket.IsRefused(err) {
		t.Errorf("as Bearer: %v", err)
	}
}

func TestProbe(t *testing.T) {
	_, client, token := start(t)
	got := client.Probe(t.Context(), "x-bitbucket-api-token-auth", token, "ws/repo")
	if got.Read != nil || !errors.Is(got.Push, bitbucket.ErrScope) {
		t.Errorf("got %+v", got)
	}
	got = client.Probe(t.Context(), email, token, "ws/repo")
	if !errors.Is(got.Read, bitbucket.ErrRefused) {
		t.Errorf("with the email: %+v", got)
	}
	got = client.Probe(t.Context(), "x-bitbucket-api-token-auth", token, "ws/no such/../repo")
	if !errors.Is(got.Read, bitbucket.ErrNoAccess) {
		t.Errorf("a repository that is not there: %+v", got)
	}
}

// Each of these ends in a kind of error, and within the context's time.
func TestBrokenAnswers(t *testing.T) {
	endless := int64(1) << 40
	tests := []struct {
		name    string
		failure bitbuckettest.Failure
		want    error
	}{
		{"endless JSON", bitbuckettest.Failure{ContentType: "application/json", Body: "[", Size: endless}, bitbucket.ErrUnexpected},
		{"endless text with 403", bitbuckettest.Failure{Status: 403, Body: "x", Size: endless}, bitbucket.ErrUnexpected},
		{"a drip", bitbuckettest.Failure{ContentType: "application/json", Body: `{"display_name":"x"}`, Drip: time.Hour}, bitbucket.ErrUnreachable},
		{"no answer", bitbuckettest.Failure{Delay: time.Hour}, bitbucket.ErrUnreachable},
		{"cut at once", bitbuckettest.Failure{Cut: true}, bitbucket.ErrUnreachable},
		{"cut in the middle", bitbuckettest.Failure{Status: 403, Body: "x", Cut: true}, bitbucket.ErrUnreachable},
		{"another host", bitbuckettest.Failure{Redirect: "https://evil.test/"}, bitbucket.ErrUnexpected},
		{"plain http", bitbuckettest.Failure{Redirect: "http://api.bitbucket.org/2.0/user"}, bitbucket.ErrUnexpected},
		{"in circles", bitbuckettest.Failure{Redirect: "https://api.bitbucket.org/2.0/user"}, bitbucket.ErrUnexpected},
		{"200 without a word of the account", bitbuckettest.Failure{ContentType: "application/json", Body: `{}`}, bitbucket.ErrUnexpected},
		{"a pause that is no number", bitbuckettest.Failure{Status: 429, Header: http.Header{"Retry-After": {"-1"}}}, bitbucket.ErrRateLimit},
		{"a pause too long", bitbuckettest.Failure{Status: 429, Header: http.Header{"Retry-After": {"99999999999999999999"}}}, bitbucket.ErrRateLimit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			server, client, token := start(t)
			server.AddHost("evil.test")
			server.Fail(test.failure)
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := client.Ask(ctx, tokens.KindAPIToken, email, token)
			if !errors.Is(err, test.want) || bitbucket.IsRefused(err) {
				t.Errorf("got %v", err)
			}
			if err != nil && strings.Contains(err.Error(), token.Reveal()) {
				t.Errorf("the token is in %v", err)
			}
			for _, r := range server.Requests() {
				if r.Host == "evil.test" || r.Scheme == "http" {
					t.Errorf("went to %+v", r)
				}
			}
		})
	}
}

func TestProxyThatRefuses(t *testing.T) {
	server, _, token := start(t)
	var proxy string
	for _, variable := range server.Env() {
		if value, found := strings.CutPrefix(variable, "HTTPS_PROXY="); found {
			proxy = value
		}
	}
	// The test's proxy allows no connection to a port that it does not know.
	network := bitbucket.Network{ProxySet: true, Proxy: proxy, Getenv: func(string) string { return "" }, CAFile: server.CAFile()}
	client, err := bitbucket.NewClient("test", network, network)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Ask(t.Context(), tokens.KindAPIToken, email, token); err != nil {
		t.Errorf("by way of http.proxy and http.sslCAInfo: %v", err)
	}
	for _, address := range []string{"://", "http://"} {
		bad := bitbucket.Network{ProxySet: true, Proxy: address, Getenv: network.Getenv}
		if _, err := bitbucket.NewClient("test", bad, bad); !errors.Is(err, bitbucket.ErrProxy) {
			t.Errorf("%q: %v", address, err)
		}
	}
	missing := bitbucket.Network{CAFile: t.TempDir() + "/none", Getenv: network.Getenv}
	if _, err := bitbucket.NewClient("test", missing, missing); !errors.Is(err, bitbucket.ErrTLS) {
		t.Errorf("a missing CA file: %v", err)
	}
}

func TestScopes(t *testing.T) {
	tests := []struct {
		scopes      []string
		read, write bool
	}{
		{nil, false, false},
		{[]string{bitbucket.ReadScope}, true, false},
		{[]string{bitbucket.WriteScope}, false, true},
		{[]string{"repository"}, true, false},
		{[]string{"repository:write"}, true, true},
		{[]string{"repository:admin", "read:user:bitbucket"}, false, false},
	}
	for _, test := range tests {
		a := bitbucket.Account{Scopes: slices.Clone(test.scopes)}
		if a.MayRead() != test.read || a.MayWrite() != test.write {
			t.Errorf("%v: read %t, write %t", test.scopes, a.MayRead(), a.MayWrite())
		}
	}
}
