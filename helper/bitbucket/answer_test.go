package bitbucket

import (
	"net/http"
	"strconv"
	"strings"
	"testing"

	"git-credential-bitbucket/proof"
	"git-credential-bitbucket/store"
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

// FuzzAccount feeds any answer to the judge: no crash, and nothing but an answer
// to an accepted credential makes an account.
func FuzzAccount(f *testing.F) {
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
		account, err := accountFrom(a, store.KindOf(kind))
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
