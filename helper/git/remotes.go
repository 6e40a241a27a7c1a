package git

import (
	"net/url"
	"strings"
)

// Remote is a URL that a clone fetches from or pushes to.
type Remote struct {
	Name string
	URL  *url.URL
}

// Remotes returns a clone's remotes on a host, over https.
func Remotes(settings []Setting, host string) []Remote {
	var remotes []Remote
	for _, s := range settings {
		section, name, key := splitKey(s.Key)
		if section != "remote" || key != "url" && key != "pushurl" {
			continue
		}
		u, err := url.Parse(s.Value)
		if err != nil || u.Scheme != "https" || !strings.EqualFold(u.Hostname(), host) {
			continue
		}
		remotes = append(remotes, Remote{name, u})
	}
	return remotes
}

// RemoteUsername returns the username in the first remote that has one.
func RemoteUsername(remotes []Remote) string {
	for _, r := range remotes {
		if name := r.URL.User.Username(); name != "" && !strings.Contains(name, "@") {
			return name
		}
	}
	return ""
}

// RemotePath returns the path of the first remote.
func RemotePath(remotes []Remote) string {
	if len(remotes) == 0 {
		return ""
	}
	return strings.TrimPrefix(remotes[0].URL.Path, "/")
}
