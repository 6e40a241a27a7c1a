//go:build linux

package proof

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// believed is a world in which a stranger has repositories and tokens.
type believed struct {
	*world
	words *strings.Replacer
	own   string // the victim's token; saved or not
	dir   string // of the repositories
}

func newBelieved(t *testing.T, path bool) believed {
	w := newWorld(t)
	need(t, "git")
	w.startKeychain()
	w.startBitbucket()
	own, token, access := storetest.APIToken(), storetest.APIToken(), storetest.AccessToken()
	both := []string{"read:repository:bitbucket", "write:repository:bitbucket"}
	for _, c := range []bitbuckettest.Credential{
		{Label: "own", Kind: bitbuckettest.APIToken, Secret: own, Username: "brandon", Email: email, Scopes: both, Repositories: []string{"ws", "acme"}},
		{Label: "token", Kind: bitbuckettest.APIToken, Secret: token, Username: "mallory", Email: "m@evil.test", Scopes: both, Repositories: []string{"mallory"}},
		{Label: "access", Kind: bitbuckettest.AccessToken, Secret: access, Scopes: []string{"repository:write"}, Repositories: []string{"mallory"}},
	} {
		w.bitbucket.AddCredential(c)
	}
	for _, name := range []string{"mallory/trap", "mallory/sub", "acme/pub"} {
		w.check(w.bitbucket.AddRepository(name))
		w.bitbucket.Publish(name)
	}
	w.check(w.bitbucket.AddRepository("mallory/hidden"))
	w.bitbucket.Answer(bitbuckettest.Ways{NoAccess: 401})
	w.bitbucket.AddHost("evil.example:80")
	w.write(".gitconfig", w.read(filepath.Join(w.home, ".gitconfig"))+fmt.Sprintf("\tuseHttpPath = %t\n", path))
	return believed{w, strings.NewReplacer("TOKEN", token, "ACCESS", access, "FORGED", storetest.APIToken(), "OWN", own), own, ""}
}

// attackBelieve lets a stranger try to have its own token used, or a good one not: with
// nothing saved, beside an own token, and with that one dead; with the path in git's
// requests and without it, of which the short form takes one for each attack.
func attackBelieve(t *testing.T, all []Attack) {
	for _, path := range []bool{false, true} {
		t.Run(fmt.Sprintf("path %t", path), func(t *testing.T) {
			t.Parallel()
			empty, saved, dead := newBelieved(t, path), newBelieved(t, path), newBelieved(t, path)
			state := saved.saveOwn()
			saved.wantOwn(state)
			dead.saveOwn()
			dead.bitbucket.AddCredential(bitbuckettest.Credential{Label: "own", Kind: bitbuckettest.APIToken, Secret: dead.own, Email: email, Dead: true})
			dead.run(request("username="+gitName, "password="+dead.own, "path=ws/repo.git"), "erase")
			dead.wantDead()
			for i, a := range all {
				if !*long && (i%2 == 0) == path {
					continue
				}
				t.Run(a.Name, func(t *testing.T) {
					empty.in(t).attack(a, func(w believed) { w.wantNoToken() })
					saved.in(t).attack(a, func(w believed) { w.wantOwn(state) })
					dead.in(t).attack(a, func(w believed) { w.wantDead() })
				})
			}
		})
	}
	t.Cleanup(func() { figureOfBelieve(t, len(all)) })
}

func figureOfBelieve(t *testing.T, count int) {
	figure(t, fmt.Sprintf("believe: %d attacks x nothing saved, an own token, a dead one; with the path in requests and without", count),
		"no token planted, none withdrawn from another repository, none brought back, nothing shown")
}

func (w believed) in(t *testing.T) believed {
	w.world = w.world.in(t)
	return w
}

// saveOwn saves the victim's token, as a person does, lets git use it once, and returns
// what is known about it then.
func (w believed) saveOwn() string {
	w.t.Helper()
	if o := w.run(w.own+"\n", "store", "--email", email, "--yes"); o.code != 0 {
		w.t.Fatal(o.stderr)
	}
	if o := w.start("", "git", "ls-remote", "https://bitbucket.org/ws/repo.git"); o.code != 0 {
		w.t.Fatal(o.stderr)
	}
	return w.known()
}

// attack carries out an attack line by line, and looks after each.
func (w believed) attack(a Attack, want func(believed)) {
	w.t.Helper()
	for line := range strings.Lines(a.Text) {
		verb, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		rest = w.words.Replace(rest)
		var o outcome
		switch verb {
		case "submodule":
			o = w.cloneWith(rest)
		case "visit":
			o = w.start("", "git", "ls-remote", rest)
		case "redirect":
			w.bitbucket.Fail(bitbuckettest.Failure{Host: "evil.example", Redirect: rest + "/info/refs?service=git-upload-pack"})
			o = w.start("", "git", "ls-remote", "http://evil.example/repo.git")
			w.bitbucket.Heal()
		case "store", "erase":
			o = w.run(reportIn(rest), verb)
		default:
			w.t.Fatalf("no such line: %s", line)
		}
		w.wantNoSecret(outcome{stderr: saidByUs(o.stderr)}, w.own)
		want(w)
		if items, err := w.session.Items(); err != nil || items > 1+20 {
			w.t.Errorf("%d items in the keychain, %v", items, err)
		}
	}
}

// reportIn is what git would write, capabilities first.
func reportIn(attributes string) string {
	var first, others []string
	for _, attribute := range strings.Fields(attributes) {
		if strings.HasPrefix(attribute, "capability") {
			first = append(first, attribute)
		} else {
			others = append(others, attribute)
		}
	}
	return lines(append(append(first, "protocol=https", "host=bitbucket.org"), others...)...)
}

// saidByUs leaves what this program said: git shows URLs as they are.
func saidByUs(stderr string) string {
	var ours strings.Builder
	for line := range strings.Lines(stderr) {
		if strings.HasPrefix(line, "git-credential-bitbucket: ") || strings.HasPrefix(line, "hint: ") {
			ours.WriteString(line)
		}
	}
	return ours.String()
}

// cloneWith clones a public repository that has a submodule at a URL.
func (w believed) cloneWith(address string) outcome {
	w.t.Helper()
	trap, clone := filepath.Join(w.home, "trap"), filepath.Join(w.home, "clone")
	w.check(os.RemoveAll(trap))
	w.check(os.RemoveAll(clone))
	server := w.bitbucket.RepositoryDir("mallory/trap")
	script := `set -e
git clone -q "$SERVER" trap && cd trap && head=$(git rev-list --max-parents=0 HEAD)
git config -f .gitmodules submodule.sub.path sub && git config -f .gitmodules submodule.sub.url "$ADDRESS"
git update-index --add --cacheinfo 160000,$head,sub && git add .gitmodules
git commit -q --allow-empty -m trap && git push -q`
	cmd := w.command("", "sh", "-c", script)
	cmd.Env = append(cmd.Env, "SERVER="+server, "ADDRESS="+address)
	if o := w.outcomeOf(cmd); o.code != 0 {
		w.t.Fatal(o.stderr)
	}
	return w.start("", "git", "clone", "-q", "--recurse-submodules", "https://bitbucket.org/mallory/trap.git", clone)
}

// requests are what git may ask for after an attack.
var requests = []string{
	request(), request("username=brandon"), request("username=brandon@example.com"), request("path=ws/repo.git"),
	request("path=acme/pub.git"), request("path=mallory/sub.git"), request("username=brandon", "path=acme/pub.git"),
	lines("protocol=https", "host=api.bitbucket.org"),
}

// wantNoToken checks that no token is saved, so none answers.
func (w believed) wantNoToken() {
	w.t.Helper()
	if known := w.known(); known != "" {
		w.t.Errorf("a token was planted: %s", known)
	}
	for _, r := range requests {
		if o := w.run(r, "get"); strings.Contains(o.stdout, "password=AT") {
			w.t.Errorf("a planted token answers %q", r)
		}
	}
}

// wantOwn checks that the victim's token answers, alone, and that nothing was added
// to what is known about it.
func (w believed) wantOwn(state string) {
	w.t.Helper()
	for _, r := range requests {
		if o := w.run(r, "get"); !strings.Contains(o.stdout, "password="+w.own+"\n") {
			w.t.Errorf("%q is not answered with the own token any more: %s", r, o.stderr)
		}
	}
	if now := w.known(); now != state {
		w.t.Errorf("known was:\n%s\nand now is:\n%s", state, now)
	}
}

// wantDead checks that what Bitbucket called dead does not answer.
func (w believed) wantDead() {
	w.t.Helper()
	for _, r := range requests {
		if o := w.run(r, "get"); strings.Contains(o.stdout, "password=AT") {
			w.t.Errorf("a dead token, or a planted one, answers %q", r)
		}
	}
	if known := w.known(); strings.Count(known, "\n") != 1 || !strings.Contains(known, "dead") {
		w.t.Errorf("known: %s", known)
	}
}

// known is what list tells of tokens, a line each; but not when they were used.
func (w believed) known() string {
	w.t.Helper()
	var entries []struct {
		Name, Kind, For, Username, Email, Expires, State, Reason string
		Also                                                     []string
		Guessed                                                  bool `json:"expiry_guessed"`
	}
	w.check(json.Unmarshal([]byte(w.run("", "list", "--json").stdout), &entries))
	var known strings.Builder
	for _, e := range entries {
		if e.Kind != "password" {
			fmt.Fprintf(&known, "%+v\n", e)
		}
	}
	return known.String()
}
