package git

import (
	"strings"
	"testing"
)

func TestParseAddress(t *testing.T) {
	tests := []struct {
		text string
		want Address
		ok   bool
	}{
		{"https://bitbucket.org/ws/repo.git", Address{Scheme: "https", Host: "bitbucket.org", Path: "/ws/repo.git"}, true},
		{"HTTPS://BO@BitBucket.org:443/WS", Address{Scheme: "https", User: "BO", Host: "bitbucket.org:443", Path: "/WS"}, true},
		{"https://b%40x:p%3D%@bitbucket.org", Address{Scheme: "https", User: "b@x", Password: "p%3D%", HasPassword: true, Host: "bitbucket.org"}, true},
		{"https://a:b:c@d@bitbucket.org?x@y", Address{Scheme: "https", User: "a", Password: "b:c@d", HasPassword: true, Host: "bitbucket.org", Path: "?x@y"}, true},
		{"https://:p@h/", Address{Scheme: "https", Password: "p", HasPassword: true, Host: "h", Path: "/"}, true},
		{"https://u:@h", Address{Scheme: "https", User: "u", HasPassword: true, Host: "h"}, true},
		{"https://bitbucket.org#@evil/", Address{Scheme: "https", Host: "bitbucket.org", Path: "#@evil/"}, true},
		{"https:///x", Address{Scheme: "https", Path: "/x"}, false},
		{"git@bitbucket.org:ws/repo", Address{}, false},
		{"://x", Address{}, false},
		{"ht tp://x", Address{}, false},
	}
	for _, test := range tests {
		if got, ok := ParseAddress(test.text); got != test.want || ok != test.ok {
			t.Errorf("%s: got %+v, %t", test.text, got, ok)
		}
	}
}

func TestHostname(t *testing.T) {
	tests := map[string]string{
		"https://bitbucket.org": "bitbucket.org", "https://bitbucket.org:443": "bitbucket.org", "https://bitbucket.org:80": "bitbucket.org:80",
		"http://bitbucket.org:80/x": "bitbucket.org", "https://bitbucket.org.": "bitbucket.org", "https://bitbucket.org:8443": "bitbucket.org:8443",
	}
	for text, want := range tests {
		if a, _ := ParseAddress(text); a.Hostname() != want {
			t.Errorf("%s: got %s", text, a.Hostname())
		}
	}
}

// FuzzAddress: what is written of an address never holds its password, and reads
// back as the same address without it.
func FuzzAddress(f *testing.F) {
	f.Add("https://a:b@bitbucket.org/ws/repo.git")
	f.Add("https://a%40b:c@d@h:1/p?q#r")
	f.Fuzz(func(t *testing.T, text string) {
		a, ok := ParseAddress(text)
		if !ok {
			return
		}
		shown := a.String()
		again, ok := ParseAddress(shown)
		a.Password, a.HasPassword = "", false
		if !ok || again != a {
			t.Fatalf("%q: %q reads as %+v, want %+v", text, shown, again, a)
		}
	})
}

func TestRewrite(t *testing.T) {
	rules := Rewritings(settings("url.https://bitbucket.org/.insteadof=bb:", "url.git@bitbucket.org:.insteadof=https://bitbucket.org/",
		"url.https://x/.insteadof=https://bitbucket.org/ws/", "url.https://push/.pushinsteadof=bb:", "url.a.other=bb:", "url.first:.insteadof=same:", "url.second:.insteadof=same:"))
	tests := []struct {
		address string
		push    bool
		want    string
	}{
		{"bb:ws/repo", false, "https://bitbucket.org/ws/repo"}, // once, not again
		{"bb:ws/repo", true, "https://push/ws/repo"},
		{"https://bitbucket.org/a/b", false, "git@bitbucket.org:a/b"},
		{"https://bitbucket.org/ws/b", true, "https://x/b"}, // the longest
		{"https://github.com/a/b", false, "https://github.com/a/b"},
		{"same:x", false, "first:x"},
	}
	for _, test := range tests {
		if got, rule := Rewrite(rules, test.address, test.push); got != test.want || (rule == nil) != (got == test.address) {
			t.Errorf("%s: got %s", test.address, got)
		}
	}
	r := Remotes(settings("url.https://bo@bitbucket.org/.insteadof=bb:", "remote.o.url=bb:ws/repo"))
	if len(r) != 1 || r[0].Used.User != "bo" || !strings.HasSuffix(r[0].Used.Path, "ws/repo") || r[0].Address.Host != "" {
		t.Errorf("got %+v", r)
	}
}
