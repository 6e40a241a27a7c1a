package git

import (
	"net/url"
	"strings"
)

// Address is a URL as git takes it apart: more leniently than the standard asks,
// so that no password in it is overlooked.
type Address struct {
	Scheme      string // in lower case
	User        string // decoded
	Password    string // decoded
	HasPassword bool
	Host        string // in lower case, with the port if there is one
	Path        string // as it is written, with what follows it, from the first slash
}

// ParseAddress takes "scheme://user:password@host/path" apart. It reports whether
// the text is of that form (git's credential.c, credential_from_url_gently).
func ParseAddress(text string) (Address, bool) {
	scheme, rest, found := strings.Cut(text, "://")
	if !found || scheme == "" || strings.Trim(strings.ToLower(scheme), "abcdefghijklmnopqrstuvwxyz0123456789+-.") != "" {
		return Address{}, false
	}
	a := Address{Scheme: strings.ToLower(scheme)}
	if end := strings.IndexAny(rest, "/?#"); end >= 0 {
		rest, a.Path = rest[:end], rest[end:]
	}
	if at := strings.LastIndex(rest, "@"); at >= 0 {
		var user, password string
		user, password, a.HasPassword = strings.Cut(rest[:at], ":")
		a.User, a.Password = unescape(user), unescape(password)
		rest = rest[at+1:]
	}
	a.Host = strings.ToLower(rest)
	return a, a.Host != ""
}

// unescape decodes what is well formed and leaves the rest as it is.
func unescape(text string) string {
	if plain, err := url.PathUnescape(text); err == nil {
		return plain
	}
	return text
}

// String writes the address without any password.
func (a Address) String() string {
	user := ""
	if a.User != "" {
		user = url.User(a.User).String() + "@"
	}
	return a.Scheme + "://" + user + a.Host + a.Path
}

// Hostname is the host without the port that goes with the scheme anyway.
func (a Address) Hostname() string {
	return strings.TrimSuffix(strings.TrimSuffix(a.Host, map[string]string{"https": ":443", "http": ":80"}[a.Scheme]), ".")
}
