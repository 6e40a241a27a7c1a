package git

import (
	"context"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/store/shell"
)

// HTTP is how git reaches a URL, as far as its configuration says.
type HTTP struct {
	Proxy    string // http.proxy
	ProxySet bool   // also true for an empty one, which means none
	CAFile   string // http.sslCAInfo
	CAPath   string // http.sslCAPath
	Cert     string // http.sslCert
	Key      string // http.sslKey
	Pinned   string // http.pinnedPubkey
}

// HTTPFor returns how git reaches a URL. Only the system's and the user's own
// configuration count: a repository's may be another person's.
func HTTPFor(ctx context.Context, settings []Setting, address string) (h HTTP, err error) {
	own := Own(settings)
	value := func(name string) (text string, found bool) {
		s, failed := LastForURL(ctx, own, "http", name, address)
		if err == nil {
			err = failed
		}
		if s == nil {
			return "", false
		}
		return s.Value, true
	}
	h.Proxy, h.ProxySet = value("proxy")
	h.CAFile, _ = value("sslcainfo")
	h.CAPath, _ = value("sslcapath")
	h.Cert, _ = value("sslcert")
	h.Key, _ = value("sslkey")
	h.Pinned, _ = value("pinnedpubkey")
	for _, path := range []*string{&h.CAFile, &h.CAPath, &h.Cert, &h.Key} {
		*path = ExpandHome(*path)
	}
	if !strings.HasPrefix(h.Pinned, "sha256//") {
		h.Pinned = ExpandHome(h.Pinned)
	}
	return h, err
}

// Own returns the settings that the system and the person made, in files or on
// the command line, not those of a repository.
func Own(settings []Setting) []Setting {
	var own []Setting
	for _, s := range settings {
		if s.Scope == "system" || s.Scope == "global" || s.Scope == "command" {
			own = append(own, s)
		}
	}
	return own
}

// Value returns the last value of a setting that is not about a URL.
func Value(settings []Setting, key string) (value string, found bool) {
	for _, s := range settings {
		if s.Key == key {
			value, found = s.Value, true
		}
	}
	return value, found
}

// ExpandHome reads a path in which ~/ stands for the home folder.
func ExpandHome(path string) string {
	rest, inHome := strings.CutPrefix(path, "~/")
	if home, err := shell.Home(); inHome && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}

// AuthorizationPattern is for git config, which knows no other way to ignore case.
const AuthorizationPattern = "^[[:space:]]*[Aa][Uu][Tt][Hh][Oo][Rr][Ii][Zz][Aa][Tt][Ii][Oo][Nn][[:space:]]*:"

// Authorizations leaves the headers that git sends and that are an Authorization:
// an empty one clears those before it.
func Authorizations(headers []Setting) []Setting {
	var sent []Setting
	for _, s := range headers {
		name, _, _ := strings.Cut(s.Value, ":")
		switch {
		case s.Value == "":
			sent = nil
		case strings.EqualFold(strings.TrimSpace(name), "authorization"):
			sent = append(sent, s)
		}
	}
	return sent
}
