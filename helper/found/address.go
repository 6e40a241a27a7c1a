package found

import (
	"slices"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// SecretIn returns the username and the secret in a URL, if it has one: a password,
// or a secret in the place where the username goes.
func SecretIn(a git.Address) (f Secret, found bool) {
	f.Repository = Repository(a)
	inName := tokens.New(a.User)
	if console.IsSecretName(a.User) && (inName.Kind() != tokens.KindPassword || a.Password == "") {
		f.Token, f.InName = inName, true
		return f, true
	}
	f.User, f.Token = a.User, tokens.New(a.Password)
	return f, a.HasPassword
}

// ShownAddress is an address without any secret, also one in the username's place.
func ShownAddress(a git.Address) string {
	if console.IsSecretName(a.User) {
		a.User = ""
	}
	return a.String()
}

// Repository is the repository that an address is about.
func Repository(a git.Address) string {
	return RepositoryOf(strings.TrimSuffix(strings.TrimSuffix(a.Path, "/"), "/info/lfs"))
}

// RepositoryOf returns "ws/repo" for a path that names a repository, or "".
func RepositoryOf(path string) string {
	place := store.ForPath(strings.TrimPrefix(path, "/"))
	if !strings.Contains(place, "/") {
		return ""
	}
	return place
}

// PathForGit is the path of an address without what only a page has: "/src/main/" behind the
// repository, and what "?" and "#" lead in. Git would ask for all of it, and Bitbucket knows no
// such repository.
func PathForGit(a git.Address) string {
	path, _, _ := strings.Cut(a.Path, "?")
	path, _, _ = strings.Cut(path, "#")
	parts := strings.Split(strings.Trim(path, "/"), "/")
	if repository := Repository(a); repository != "" && (path != a.Path || len(parts) > 2 && !strings.HasSuffix(strings.TrimSuffix(path, "/"), "/info/lfs")) {
		return "/" + repository + ".git"
	}
	return a.Path
}

// IsBitbucket reports whether an address means bitbucket.org, in whatever old way.
func IsBitbucket(a git.Address) bool {
	host := strings.TrimPrefix(a.Hostname(), "www.")
	return (a.Scheme == "https" || a.Scheme == "http") && host == store.GitHost
}

// Common is the place that two are in: a repository, a workspace, or "" for all of
// bitbucket.org.
func Common(a, b string) string {
	workspace := func(place string) string {
		first, _, _ := strings.Cut(place, "/")
		return first
	}
	switch {
	case tokens.SameName(a, b):
		return a
	case tokens.SameName(workspace(a), workspace(b)):
		return workspace(a)
	}
	return ""
}

// WithoutSecret is how the beginning of an address is shown, whatever its form.
func WithoutSecret(text string) string {
	if address, ok := git.ParseAddress(text); ok {
		return ShownAddress(address)
	}
	if _, after, found := strings.Cut(text, "@"); found {
		return "…@" + after[strings.LastIndex(after, "@")+1:]
	}
	return text
}

// ShownKey is how the key of a setting is shown: a URL may be in its middle.
func ShownKey(key string) string {
	section, middle, name := git.SplitKey(key)
	address, ok := git.ParseAddress(middle)
	if _, hasSecret := SecretIn(address); !ok || !hasSecret {
		return key
	}
	return section + "." + ShownAddress(address) + "." + name
}

// NetrcServes reports whether git's curl takes an entry for a username; an empty one
// stands for none. Of several that fit it is the first.
func NetrcServes(lines []passwords.Line, i int, name string) bool {
	return slices.IndexFunc(lines, func(line passwords.Line) bool { return name == "" || line.User == name }) == i
}

// RemoteName is how an address is called in a report.
func RemoteName(r git.Remote) string {
	if r.Scope == "given" {
		return "the URL you gave"
	}
	name := "the URL of " + r.Kind() + " " + r.Name
	switch {
	case r.Kind() == "lfs":
		name = "the URL of Git LFS"
	case r.Key == "remote.pushdefault":
		name = "the URL in remote.pushDefault"
	}
	switch _, _, key := git.SplitKey(r.Key); key {
	case "pushurl", "lfspushurl":
		name += " (to push)"
	case "lfsurl":
		name += " (for Git LFS)"
	}
	return name
}
