package store

import "strings"

// Service is a part of Bitbucket Cloud that takes credentials.
type Service int

// The services, by their exact hosts.
const (
	Nowhere Service = iota // not Bitbucket Cloud: it gets nothing
	Git                    // https://bitbucket.org
	REST                   // https://api.bitbucket.org
)

const (
	gitHost  = "bitbucket.org"
	restHost = "api.bitbucket.org"
)

// ServiceAt tells which service a protocol and a host from git name. The whole
// host is compared, in ASCII case only: neither a name that ends alike nor a
// letter that Unicode folds to the same one is Bitbucket.
func ServiceAt(protocol, host string) Service {
	if protocol != "https" {
		return Nowhere
	}
	host = strings.TrimSuffix(host, ":443")
	switch {
	case sameName(host, gitHost):
		return Git
	case sameName(host, restHost):
		return REST
	}
	return Nowhere
}

// ParseFor makes an entry's "for" of what a person typed or a path that git sent:
// "ws", "ws/repo", with or without the address before it and ".git" behind it.
// It returns "" if there are no such segments in it.
func ParseFor(text string) string {
	text = strings.TrimPrefix(strings.TrimSpace(text), "https://")
	text = strings.TrimPrefix(text, gitHost)
	return strings.Join(segments(strings.Trim(text, "/")), "/")
}

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

// covers tells whether an entry's "for" is a whole-segment prefix of the path's
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
		if !sameName(limit, path[i]) {
			return false
		}
	}
	return true
}

// sameName compares in ASCII case only. Names in Bitbucket are ASCII, and
// Unicode's folding holds surprises such as the Kelvin sign for k.
func sameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
