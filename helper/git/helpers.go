package git

import (
	"net/url"
	"path"
	"strings"
)

// Helper is a credential helper that git would ask.
type Helper struct {
	Command string // as it is configured
	Scope   string
	Origin  string
}

// Helpers returns the credential helpers that git asks for a URL, in its order:
// each that matches, less those before an empty one, which clears the list
// (git's Documentation/gitcredentials.adoc, "helper").
func Helpers(settings []Setting, address string) []Helper {
	var chain []Helper
	for _, s := range settings {
		if !applies(s, address, "helper") {
			continue
		}
		if s.Value == "" {
			chain = nil
			continue
		}
		chain = append(chain, Helper{s.Value, s.Scope, s.Origin})
	}
	return chain
}

// SplitAt returns the helpers before the first that is meant, and that one; nil
// if there is none.
func SplitAt(chain []Helper, meant func(Helper) bool) (before []Helper, found *Helper) {
	for i := range chain {
		if meant(chain[i]) {
			return chain[:i], &chain[i]
		}
	}
	return chain, nil
}

// Flag tells whether a credential setting is on for a URL. Of several that
// match, the most specific counts, then the last.
func Flag(settings []Setting, address, name string) bool {
	on, depth := false, -1
	for _, s := range settings {
		if !applies(s, address, name) {
			continue
		}
		if _, pattern, _ := splitKey(s.Key); len(pattern) >= depth {
			on, depth = isTrue(s.Value), len(pattern)
		}
	}
	return on
}

func isTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on", "1":
		return true
	}
	return false
}

func applies(s Setting, address, name string) bool {
	section, pattern, key := splitKey(s.Key)
	return section == "credential" && key == name && matches(pattern, address)
}

// matches tells whether the URL between "credential" and the key's name is about
// an address: same scheme, user, host (where * stands for one label) and port,
// and a path that begins its path. A pattern may leave parts out.
func matches(pattern, address string) bool {
	if pattern == "" {
		return true
	}
	if !strings.Contains(pattern, "://") {
		pattern = "//" + pattern
	}
	want, err := url.Parse(pattern)
	if err != nil {
		return false
	}
	have, err := url.Parse(address)
	if err != nil {
		return false
	}
	return (want.Scheme == "" || strings.EqualFold(want.Scheme, have.Scheme)) &&
		(want.User == nil || have.User != nil && want.User.Username() == have.User.Username()) &&
		(want.Host == "" || hostMatches(strings.ToLower(want.Hostname()), strings.ToLower(have.Hostname()))) &&
		port(want) == port(have) && pathMatches(want.Path, have.Path)
}

func hostMatches(pattern, host string) bool {
	patterns, labels := strings.Split(pattern, "."), strings.Split(host, ".")
	if len(patterns) != len(labels) {
		return false
	}
	for i, label := range labels {
		if same, err := path.Match(patterns[i], label); err != nil || !same {
			return false
		}
	}
	return true
}

func port(u *url.URL) string {
	if p := u.Port(); p != "443" {
		return p
	}
	return ""
}

func pathMatches(pattern, have string) bool {
	pattern, have = strings.Trim(pattern, "/"), strings.Trim(have, "/")
	return pattern == "" || have == pattern || strings.HasPrefix(have, pattern+"/")
}
