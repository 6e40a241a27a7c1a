package git

import (
	"strings"
)

// Remote is an address that a clone fetches from or pushes to.
type Remote struct {
	Setting // where it is
	Name    string
	Address Address    // as it stands; zero if it is no URL
	Used    Address    // as git uses it, after the rules of url.<base>.insteadOf
	Rule    *Rewriting // the rule that made it so, if one did
	// Pushed is what git pushes to instead, where a rule says so (pushInsteadOf).
	Pushed   Address
	PushRule *Rewriting
}

// addressKeys are the settings that hold the address of a repository, by section.
var addressKeys = map[string][]string{
	"remote":    {"url", "pushurl", "lfsurl", "lfspushurl", "pushdefault"},
	"submodule": {"url"},
	"branch":    {"remote", "pushremote"},
	"lfs":       {"url", "pushurl"},
}

// IsAddressKey reports whether a setting holds the address of a repository.
func IsAddressKey(key string) bool {
	section, _, name := SplitKey(key)
	for _, known := range addressKeys[section] {
		if name == known {
			return true
		}
	}
	return false
}

// Remotes returns the addresses in a clone's settings, whatever their host: of
// remotes, of the submodules that it knows, and of Git LFS.
func Remotes(settings []Setting) []Remote {
	rules := Rewritings(settings)
	pushes := map[string]bool{} // the remotes with an address to push to, to which no such rule applies
	for _, s := range settings {
		if section, name, key := SplitKey(s.Key); section == "remote" && key == "pushurl" {
			pushes[name] = true
		}
	}
	var remotes []Remote
	for _, s := range settings {
		if !IsAddressKey(s.Key) {
			continue
		}
		_, name, _ := SplitKey(s.Key)
		r := Remote{Setting: s, Name: name}
		r.Address, _ = ParseAddress(s.Value)
		r.Used = r.Address
		var used string
		if used, r.Rule = Rewrite(rules, s.Value, false); r.Rule != nil {
			r.Used, _ = ParseAddress(used)
		}
		if r.Kind() == "remote" && strings.HasSuffix(s.Key, ".url") && !pushes[name] {
			if used, rule := Rewrite(rules, s.Value, true); rule != nil && rule.Push {
				r.Pushed, _ = ParseAddress(used)
				r.PushRule = rule
			}
		}
		remotes = append(remotes, r)
	}
	return remotes
}

// Kind reports what has the address: "remote", "submodule", "branch" or "lfs".
func (r Remote) Kind() string {
	section, _, _ := SplitKey(r.Key)
	return section
}

// At leaves the remotes that git reaches on a host over https.
func At(remotes []Remote, host string) []Remote {
	var at []Remote
	for _, r := range remotes {
		if r.Used.Scheme == "https" && r.Used.Hostname() == host && r.Kind() == "remote" {
			at = append(at, r)
		}
	}
	return at
}

// RemoteUsername returns the username in the first remote that has one.
func RemoteUsername(remotes []Remote) string {
	for _, r := range remotes {
		if name := r.Used.User; name != "" && !strings.Contains(name, "@") {
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
	return strings.TrimPrefix(remotes[0].Used.Path, "/")
}
