package store

import (
	"errors"
	"net/url"
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// Service is a part of Bitbucket Cloud that takes credentials.
type Service int

// The services, by their exact hosts.
const (
	Nowhere Service = iota // not Bitbucket Cloud: it gets nothing
	Git                    // https://bitbucket.org
	REST                   // https://api.bitbucket.org
)

// The hosts of Bitbucket Cloud.
const (
	GitHost  = "bitbucket.org"
	RESTHost = "api.bitbucket.org"
)

// ServiceAt reports which service a protocol and a host from git name. The whole
// host is compared, in ASCII case only: neither a name that ends alike nor a
// letter that Unicode folds to the same one is Bitbucket.
func ServiceAt(protocol, host string) Service {
	if protocol != "https" {
		return Nowhere
	}
	host = strings.TrimSuffix(host, ":443")
	switch {
	case tokens.SameName(host, GitHost):
		return Git
	case tokens.SameName(host, RESTHost):
		return REST
	}
	return Nowhere
}

// ErrNoPlace: a text that names no workspace or repository on bitbucket.org.
var ErrNoPlace = errors.New("write WORKSPACE or WORKSPACE/REPOSITORY")

// ParseFor makes an entry's "for" of what a person typed: "ws", "ws/repo", or an
// address as it is in a browser, after "git clone", or in ssh's form.
func ParseFor(text string) (string, error) {
	path := strings.Trim(strings.TrimSpace(text), "/")
	if before, after, found := strings.Cut(path, ":"); found && !strings.Contains(path, "://") {
		path = "ssh://" + before + "/" + after
	}
	if tokens.SameName(path, GitHost) || len(path) > len(GitHost) && tokens.SameName(path[:len(GitHost)+1], GitHost+"/") {
		path = "https://" + path
	}
	if strings.Contains(path, "://") {
		address, err := url.Parse(path)
		if err != nil || !tokens.SameName(address.Hostname(), GitHost) {
			return "", ErrNoPlace
		}
		path = address.Path
	}
	place := ForPath(strings.Trim(path, "/"))
	if place == "" {
		return "", ErrNoPlace
	}
	return place, nil
}

// ForPath makes an entry's "for" of a path that git sent; "" if it names none, or if a
// token is in it.
func ForPath(path string) string {
	parts := segments(path)
	for _, part := range parts {
		if strings.Trim(part, slugChars) != "" || tokens.Redact(part) != part {
			return ""
		}
	}
	return strings.Join(parts, "/")
}

// slugChars are what names of workspaces and repositories, and the braces of
// their UUIDs, are made of.
const slugChars = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-{}"

// segments returns the workspace and the repository that a path names, as far as
// it does. A path that could mean another place than it seems to names none.
func segments(path string) []string {
	if cut := strings.IndexAny(path, "?#"); cut >= 0 {
		path = path[:cut]
	}
	parts := strings.Split(strings.TrimSuffix(path, "/"), "/")
	for _, part := range parts {
		if part == "" || part == "." || part == ".." {
			return nil
		}
	}
	if len(parts) > 1 {
		parts = parts[:2]
		parts[1] = strings.TrimSuffix(parts[1], ".git")
		if parts[1] == "" {
			return nil
		}
	}
	return parts
}

// restSegments does the same for a path below api.bitbucket.org
// (https://developer.atlassian.com/cloud/bitbucket/rest/api-group-repositories/).
func restSegments(path string) []string {
	if rest, found := strings.CutPrefix(path, "2.0/repositories/"); found {
		return segments(rest)
	}
	return nil
}

// covers reports whether an entry's "for" is a whole-segment prefix of the path's
// workspace and repository. An empty one covers every path, and none.
func covers(entryFor string, path []string) bool {
	if entryFor == "" {
		return true
	}
	limits := strings.Split(entryFor, "/")
	if len(limits) > len(path) {
		return false
	}
	for i, limit := range limits {
		if !tokens.SameName(limit, path[i]) {
			return false
		}
	}
	return true
}
