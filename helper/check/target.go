package check

import (
	"cmp"
	"context"
	"net/url"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// target is the place on Bitbucket that git is to reach.
type target struct {
	given      bool        // as an argument
	address    string      // without a username or a password
	username   string      // in the URL
	hiddenName string      // the same, where git does not tell helpers
	repository string      // "ws/repo"; "" where there is none
	path       string      // of the URL as it is written; "" where there is none
	setting    git.Setting // where it is, if it was not given
	loginProxy string      // adds the login to what git asks without one; "" for none
}

// aim finds out which repository this is about: the one named, or that of the
// clone's remote.
func (x *facts) aim(ctx context.Context, text string) error {
	x.target = target{address: bitbucket.GitURL}
	defer x.listenForName()
	if text != "" {
		return x.aimAt(text)
	}
	aimed := false
	var used git.Address
	for _, r := range git.Remotes(x.settings) {
		if r.Kind() == "remote" && found.IsBitbucket(r.Used) && (!aimed || r.Key == "remote.origin.url") {
			aimed, used = true, r.Used
			x.target.username, x.target.repository = r.Used.User, found.Repository(r.Used)
			x.target.path, x.target.setting = r.Used.Path, r.Setting
		}
	}
	if aimed {
		x.target.loginProxy = loginProxyFor(ctx, x.settings, used)
	}
	x.target.addPath()
	return nil
}

// loginProxyFor is the proxy by which Bitbucket Pipelines reaches an origin at
// http://bitbucket.org: it adds the login (docs/bitbucket.md section 7). "" if there is none.
func loginProxyFor(ctx context.Context, settings []git.Setting, used git.Address) string {
	if used.Scheme != "http" || !found.IsBitbucket(used) || used.HasPassword {
		return ""
	}
	used.User = ""
	s, err := git.LastForURL(ctx, settings, "http", "proxy", used.String())
	if err != nil || s == nil {
		return ""
	}
	proxy, _ := git.ParseAddress(s.Value)
	if host := proxy.Hostname(); !strings.HasPrefix(host, "localhost:") && !strings.HasPrefix(host, "127.0.0.1:") {
		return ""
	}
	return proxy.Host
}

// listenForName moves the username to hiddenName if git does not pass the name in a URL to helpers.
func (x *facts) listenForName() {
	if x.target.username != "" && !x.tellsName() {
		x.target.username, x.target.hiddenName = "", x.target.username
	}
}

func (x *facts) aimAt(given string) error {
	address, isURL := git.ParseAddress(given)
	if isURL && !found.IsBitbucket(address) {
		return console.Usagef("%s is not on bitbucket.org; this program is for that host alone", found.ShownAddress(address))
	}
	text := given
	if isURL {
		text = address.Path
		x.target.username, x.target.path = address.User, address.Path
	}
	place, err := store.ParseFor(text)
	if err != nil {
		return console.Usagef("check: %v, or a URL on bitbucket.org", err)
	}
	x.target.given = true
	x.target.repository = found.RepositoryOf(place)
	if x.target.repository == "" {
		return console.Usagef("check: which repository? write WORKSPACE/REPOSITORY")
	}
	x.target.addPath()
	if isURL {
		x.lookAt(git.Clone{}, []git.Setting{{Scope: "given", Key: "remote.given.url", Value: given}})
	}
	return nil
}

// addPath adds the repository to the address as it is written in the URL, which git's
// configuration may be about. A page's path is left out: its own line says what to do.
func (t *target) addPath() {
	written := git.Address{Path: t.path}
	switch {
	case t.repository == "":
	case t.path == "" || found.PathForGit(written) != t.path:
		t.address += "/" + t.repository + ".git"
	default:
		t.address += t.path
	}
}

// forHelpers is the address by which git chooses what its section credential says.
func (t target) forHelpers() string { return t.withName(t.username) }

// forHTTP is the one by which it chooses what its section http says. What may be a secret is
// left out: git is asked with it.
func (t target) forHTTP() string {
	name := cmp.Or(t.username, t.hiddenName)
	if console.IsSecretName(name) {
		name = ""
	}
	return t.withName(name)
}

func (t target) withName(name string) string {
	if name == "" {
		return t.address
	}
	return strings.Replace(t.address, "://", "://"+url.PathEscape(name)+"@", 1)
}

// request is what git asks helpers for at the target.
func (x *facts) request() store.Request {
	r := store.Request{Service: store.Git, Username: x.target.username}
	if s := git.Lookup(x.settings, x.target.forHelpers(), "username"); r.Username == "" && s != nil {
		r.Username = s.Value
	}
	if x.target.repository != "" && x.pathIsSent() {
		r.Path = x.target.repository + ".git"
	}
	return r
}

// whereNamed is the setting that the username of the request comes from.
func (x *facts) whereNamed() git.Setting {
	if s := git.Lookup(x.settings, x.target.forHelpers(), "username"); x.target.username == "" && s != nil {
		return *s
	}
	return x.target.setting
}
