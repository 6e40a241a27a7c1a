package git

import (
	"net/url"
	"path"
	"strconv"
	"strings"
)

// Helper is a credential helper that git would ask.
type Helper struct {
	Setting
	Command string // as it is configured
}

// Helpers returns the credential helpers that git asks for a URL, in its order.
func Helpers(settings []Setting, address string) []Helper {
	asked, _ := Chain(settings, address)
	return asked
}

// Chain returns the credential helpers that git asks for a URL, in its order:
// each that matches, less those before an empty one, which clears the list
// (git's Documentation/gitcredentials.adoc, "helper"). It also returns those that
// were cleared.
func Chain(settings []Setting, address string) (asked, cleared []Helper) {
	for _, s := range settings {
		if !applies(s, address, "helper") {
			continue
		}
		if s.Value == "" {
			asked, cleared = nil, append(cleared, asked...)
			continue
		}
		asked = append(asked, Helper{s, s.Value})
	}
	return asked, cleared
}

// Reset returns the last empty helper for a URL, which clears those before it; nil if there
// is none.
func Reset(settings []Setting, address string) *Setting {
	var last *Setting
	for i, s := range settings {
		if s.Value == "" && applies(s, address, "helper") {
			last = &settings[i]
		}
	}
	return last
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

// Flag reports whether a credential setting is on for a URL.
func Flag(settings []Setting, address, name string) bool {
	s := Lookup(settings, address, name)
	return s != nil && IsTrue(s.Value)
}

// Lookup returns the setting of the section credential that counts for a URL: of those that
// match the last, however specific (git's credential.c, credential_apply_config); nil if
// there is none.
func Lookup(settings []Setting, address, name string) *Setting {
	for i := len(settings) - 1; i >= 0; i-- {
		if applies(settings[i], address, name) {
			return &settings[i]
		}
	}
	return nil
}

// IsFalse knows git's words for false.
func IsFalse(value string) bool {
	switch strings.ToLower(value) {
	case "false", "no", "off", "0", "":
		return true
	}
	return false
}

// IsTrue knows git's words for true; any number but 0 is one.
func IsTrue(value string) bool {
	switch strings.ToLower(value) {
	case "true", "yes", "on":
		return true
	}
	number, err := strconv.Atoi(value)
	return err == nil && number != 0
}

// Fatal reports whether git refuses to ask for a credential because of a setting, and
// why.
func Fatal(s Setting) (reason string, fatal bool) {
	section, _, name := SplitKey(s.Key)
	switch {
	case section != "credential":
	case s.Bare && (name == "helper" || name == "username"):
		return "it has no value", true
	case name == "usehttppath" && !IsTrue(s.Value) && !IsFalse(s.Value):
		return "its value is neither true nor false", true
	}
	return "", false
}

func applies(s Setting, address, name string) bool {
	section, pattern, key := SplitKey(s.Key)
	return section == "credential" && key == name && matches(pattern, address)
}

// matches reports whether the URL between "credential" and the key's name is about
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
