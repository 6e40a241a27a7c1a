package bitbucket

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"git-credential-bitbucket/proof"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// proxyURL is where a request for a host would go.
func proxyURL(t *testing.T, n Network, host string) string {
	t.Helper()
	choose, err := n.proxy()
	if err != nil {
		t.Fatal(err)
	}
	if choose == nil {
		return ""
	}
	request, err := http.NewRequest(http.MethodGet, "https://"+host+"/", nil)
	if err != nil {
		t.Fatal(err)
	}
	u, err := choose(request)
	if err != nil {
		t.Fatal(err)
	}
	if u == nil {
		return ""
	}
	return u.String()
}

func TestProxyChoice(t *testing.T) {
	tests := []struct {
		name       string
		configured string
		set        bool
		env        map[string]string
		want       string
	}{
		{"none", "", false, nil, ""},
		{"the environment's", "", false, map[string]string{"HTTPS_PROXY": "http://a:1"}, "http://a:1"},
		{"the small letters come first", "", false, map[string]string{"HTTPS_PROXY": "http://a:1", "https_proxy": "http://b:1"}, "http://b:1"},
		{"the one for all", "", false, map[string]string{"ALL_PROXY": "socks5://a:1"}, "socks5://a:1"},
		{"git's own comes first", "http://c:1", true, map[string]string{"https_proxy": "http://a:1"}, "http://c:1"},
		{"git's own, empty: none", "", true, map[string]string{"https_proxy": "http://a:1"}, ""},
		{"without a scheme", "c:3128", true, nil, "http://c:3128"},
		{"exempt", "http://c:1", true, map[string]string{"no_proxy": "example.com, bitbucket.org"}, ""},
		{"exempt by its domain", "http://c:1", true, map[string]string{"NO_PROXY": ".org"}, ""},
		{"all exempt", "http://c:1", true, map[string]string{"no_proxy": "*"}, ""},
		{"a name that ends alike is not exempt", "http://c:1", true, map[string]string{"no_proxy": "bucket.org"}, "http://c:1"},
	}
	for _, test := range tests {
		n := Network{Proxy: test.configured, ProxySet: test.set, Getenv: func(name string) string { return test.env[name] }}
		if got := proxyURL(t, n, "api.bitbucket.org"); got != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

// What Bitbucket says is shown, but no secret, and nothing that a terminal would obey.
func TestFirstLine(t *testing.T) {
	token := storetest.APIToken()
	tests := []struct{ kind, body, want string }{
		{"text/plain", "CHANGE-2770 - gone\nmore", "CHANGE-2770 - gone"},
		{"text/plain; charset=utf-8", "  see https://example.com/a-rather-long-address/of/a/page \r\n", "see https://example.com/a-rather-long-address/of/a/page"},
		{"application/json", `{"error":{"message":"not now"}}`, "not now"},
		{"application/json", `{"error":`, ""},
		{"text/html", "<html>", ""},
		{"", "", ""},
		{"text/plain", "you sent " + token, "you sent …"},
		{"text/plain", "you sent https://x:" + token + "@bitbucket.org", "you sent https://x:ATATT…(192)@bitbucket.org"},
		{"text/plain", "Basic " + base64.StdEncoding.EncodeToString([]byte("x:"+token)), "Basic …"},
		{"text/plain", "\x1b[31mred", ""},
		{"text/plain", "\u202egpj.exe", ""},
		{"text/plain", "\xff", ""},
		{"text/plain", strings.Repeat("word ", 100), strings.Repeat("word ", 40)},
	}
	for _, test := range tests {
		a := &answer{body: []byte(test.body), header: http.Header{"Content-Type": {test.kind}}}
		if got := a.firstLine(); got != test.want {
			t.Errorf("%q: got %q, want %q", test.body, got, test.want)
		}
	}
}

// An app password is one by Atlassian's words, and not by the status.
func TestGone(t *testing.T) {
	tests := []struct {
		kind tokens.Kind
		text string
		want error
	}{
		{tokens.KindPassword, "CHANGE-3222 - Functionality has been deprecated", ErrAppPassword},
		{tokens.KindPassword, "App passwords are deprecated and must be replaced with API tokens.", ErrAppPassword},
		{tokens.KindAppPassword, "CHANGE-3222 - Functionality has been deprecated", ErrAppPassword},
		{tokens.KindPassword, "CHANGE-2770 - Functionality has been deprecated", ErrUnexpected},
		{tokens.KindPassword, "", ErrUnexpected},
		{tokens.KindAPIToken, "CHANGE-3222 - Functionality has been deprecated", ErrUnexpected},
		{tokens.KindAccessToken, "App passwords are deprecated", ErrUnexpected},
	}
	for _, test := range tests {
		a := &answer{status: http.StatusGone, body: []byte(test.text), header: http.Header{}}
		if err := refusalIn(a, test.kind); !errors.Is(err, test.want) {
			t.Errorf("%s with %q: %v", test.kind, test.text, err)
		}
	}
}

// FuzzAccount feeds any answer to the judge: no crash, and nothing but an answer
// to an accepted credential makes an account.
func FuzzAccount(f *testing.F) {
	proof.Seed(f)
	f.Add(200, "read:repository:bitbucket, read:user:bitbucket", "api_token", "", []byte(`{"display_name":"x","username":"y"}`))
	f.Add(403, "", "api_token", "", []byte(`{"type":"error","error":{"message":"Your credentials lack one or more required privilege scopes.","detail":{"granted":["read:repository:bitbucket"]}}}`))
	f.Add(401, "", "", "BitbucketCustom realm=Bitbucket.org HTTP", []byte(`{"type":"error"}`))
	f.Add(200, "", "", "", []byte(`<html>`))
	attacks, err := proof.Attacks("rest")
	if err != nil {
		f.Fatal(err)
	}
	for _, attack := range attacks {
		head, body, _ := strings.Cut(attack.Text, "\n\n")
		status, _, _ := strings.Cut(head, "\n")
		code, _ := strconv.Atoi(status)
		f.Add(code, "", "", "", []byte(body))
	}
	f.Fuzz(func(t *testing.T, status int, scopes, kind, challenge string, body []byte) {
		a := &answer{status: status, body: body, header: http.Header{}}
		a.header.Set("X-OAuth-Scopes", scopes)
		a.header.Set("X-Credential-Type", kind)
		a.header.Set("WWW-Authenticate", challenge)
		account, err := accountFrom(a, tokens.KindOf(kind))
		if err == nil && status != http.StatusOK && status != http.StatusForbidden {
			t.Errorf("status %d makes an account", status)
		}
		if IsRefused(err) && status != http.StatusUnauthorized && status != http.StatusGone {
			t.Errorf("status %d kills a token", status)
		}
		if len(account.Scopes) > 100 {
			t.Errorf("%d scopes", len(account.Scopes))
		}
	})
}
