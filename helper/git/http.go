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
}

// HTTPFor returns how git reaches a URL. Only the system's and the user's own
// configuration count: a repository's may be another person's.
func HTTPFor(ctx context.Context, settings []Setting, address string) (h HTTP, err error) {
	own := Own(settings)
	value := func(name string) (text string, found bool) {
		all, failed := ForURL(ctx, own, "http", name, address)
		if err == nil {
			err = failed
		}
		if len(all) == 0 {
			return "", false
		}
		return all[len(all)-1].Value, true
	}
	h.Proxy, h.ProxySet = value("proxy")
	h.CAFile, _ = value("sslcainfo")
	h.CAPath, _ = value("sslcapath")
	h.CAFile, h.CAPath = expandHome(h.CAFile), expandHome(h.CAPath)
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

func expandHome(path string) string {
	rest, inHome := strings.CutPrefix(path, "~/")
	if home, err := shell.Home(); inHome && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}
