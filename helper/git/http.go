package git

import (
	"path/filepath"
	"strings"
)

// HTTP is how git reaches a URL, as far as its configuration says.
type HTTP struct {
	Proxy    string // http.proxy
	ProxySet bool   // also true for an empty one, which means none
	CAFile   string // http.sslCAInfo
	CAPath   string // http.sslCAPath
}

// HTTPFor returns how git reaches a URL. Only the system's and the person's own
// configuration count: a repository's may be anybody's.
func HTTPFor(settings []Setting, address string) HTTP {
	own := Own(settings)
	var h HTTP
	h.Proxy, h.ProxySet = lookup(own, "http", address, "proxy")
	file, _ := lookup(own, "http", address, "sslcainfo")
	folder, _ := lookup(own, "http", address, "sslcapath")
	h.CAFile, h.CAPath = expandHome(file), expandHome(folder)
	return h
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
	if home, err := Home(); inHome && err == nil {
		return filepath.Join(home, rest)
	}
	return path
}
