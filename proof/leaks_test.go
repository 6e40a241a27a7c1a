//go:build linux

package proof

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// Where a token may be seen on its way.
type channel string

const (
	toGit       channel = "the pipe to git"
	keychain    channel = "the keychain's socket"
	tokenFile   channel = "the token's file"
	fromCommand channel = "the pipe from the person's own command"
	insideGit   channel = "git's own pipes"
	elsewhere   channel = "a place where it must not be"
)

// A leakCase runs one command with a token in reach of it. may names where the
// token may be seen; anywhere else it must not.
type leakCase struct {
	command string
	args    []string
	stdin   string
	env     []string
	before  func(w *world) // not watched
	typed   string         // on a terminal, at its one question
	fails   bool           // as it should
	may     []channel
	must    []channel // those of may in which it has to be seen, or else the watch is blind
}

// TestLeaks watches every command with a token of which every piece would be
// recognised, and looks for it in what is written, opened, connected to and started.
func TestLeaks(t *testing.T) {
	t.Parallel()
	need(t, "strace", "git")
	w := newWorld(t)
	w.startKeychain()
	w.startBitbucket()
	token := w.save("brandon", "--email", "brandon@example.com")
	cases, marks := leakCases(w, token), marksOf(token)
	seen := map[channel]int{}
	for _, c := range cases {
		if c.before != nil {
			c.before(w)
		}
		found := w.judge(c, w.watch(c, marks), marks)
		for where := range found {
			seen[where]++
		}
		for _, where := range c.must {
			if !found[where] {
				t.Errorf("%s: the token is not seen in %s", c, where)
			}
		}
		w.wantNoCopy(c, marks)
	}
	everyCommandIsWatched(t, w, cases)
	if seen[toGit] == 0 || seen[keychain] == 0 || seen[tokenFile] == 0 {
		t.Errorf("the watch is blind: %v", seen)
	}
	channels := slices.Sorted(maps.Keys(seen))
	for i, where := range channels {
		channels[i] = channel(fmt.Sprintf("%s (%d)", where, seen[where]))
	}
	figure(t, fmt.Sprintf("%d runs of all commands under strace", len(cases)), "the token was seen in %s, and nowhere else; no core can be written", joined(channels))
}

func joined(channels []channel) string {
	texts := make([]string, len(channels))
	for i, c := range channels {
		texts[i] = string(c)
	}
	return strings.Join(texts, ", ")
}

func leakCases(w *world, token string) []leakCase {
	words := w.write("words", "some words\n")
	fromFile := w.write("token", token+"\n")
	w.setenv("GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE", words)
	clone := filepath.Join(w.home, "clone")
	command := "command:cat " + fromFile
	askpass := w.write("askpass", "#!/bin/sh\ncase $1 in\nUsername*) echo "+gitName+" ;;\n*) exec cat '"+fromFile+"' ;;\nesac\n")
	w.check(os.Chmod(askpass, 0o700))
	lsRemote := []string{"ls-remote", "https://bitbucket.org/ws/repo.git"}
	accepted := request("username="+gitName, "password="+token)
	echoed := echo("username="+gitName, "password="+token)
	git := func(args ...string) { w.check(w.gitRun(args...)) }
	erase := func(w *world) {
		names := strings.Fields(w.run("", "list", "--names").stdout)
		if o := w.run("", append([]string{"erase", "--yes"}, names...)...); o.code != 0 {
			w.t.Fatal(o.stderr)
		}
	}
	in := func(place string) []string {
		return []string{"--in", place, "--username", "brandon", "--email", "brandon@example.com", "--yes"}
	}
	ask := leakCase{command: "get", stdin: request()}
	answered := []channel{toGit}
	get := func(may ...channel) leakCase {
		c := ask
		c.may, c.must = append(may, toGit), answered
		return c
	}
	return []leakCase{
		get(keychain),
		{command: "store", stdin: accepted},
		{command: "list"},
		{command: "list", args: []string{"--json"}},
		{command: "edit", args: []string{"brandon", "--also", "alice"}},
		{command: "check", args: []string{"https://bitbucket.org/ws/repo"}, may: []channel{keychain}},
		{command: "erase", stdin: accepted, may: []channel{keychain}},
		{command: "erase", stdin: request()},
		{command: "restore", args: []string{"brandon"}},
		{command: "move", args: []string{"brandon", "--in", "file"}, may: []channel{keychain, tokenFile}},
		get(),
		{command: "unlock", stdin: "some words\n"},
		{command: "move", args: []string{"brandon", "--in", "encrypted"}},
		get(),
		{command: "passphrase", stdin: "some words\nother words\n", before: func(w *world) { w.setenv("GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE", "") }},
		{command: "lock"},
		{command: "get", stdin: request(), fails: true}, // locked
		{command: "unlock", stdin: "other words\n"},
		get(),
		{command: "move", args: []string{"brandon", "--in", "keychain"}, may: []channel{keychain}},
		{command: "erase", args: []string{"brandon", "--yes"}},
		{command: "store", stdin: echoed, may: []channel{keychain}},
		{command: "store", args: in("keychain"), stdin: token + "\n", before: erase, may: []channel{keychain}},
		{command: "store", args: append(in("keychain"), "--expires", "90d"), typed: token + "\r", before: erase, may: []channel{keychain}},
		{command: "renew", args: []string{"brandon", "--no-verify"}, stdin: token + "\n", may: []channel{keychain}, before: func(w *world) {
			erase(w)
			w.run(storetest.APIToken()+"\n", "store", "--name", "brandon", "--username", "brandon", "--no-verify")
		}},
		{command: "store", args: in("file"), stdin: token + "\n", before: erase, may: []channel{tokenFile}},
		{command: "store", args: in("encrypted"), stdin: token + "\n", before: erase},
		{command: "store", args: in(command), before: erase, may: []channel{fromCommand}},
		get(fromCommand),
		{command: "check", args: []string{"--offline"}, may: []channel{fromCommand}},
		{command: "get", stdin: request(), env: []string{"BITBUCKET_TOKEN=" + token}, may: answered, must: answered},
		{command: "get", stdin: request(), env: []string{"BITBUCKET_TOKEN_FILE=" + fromFile}, may: answered, must: answered},
		{command: "check", args: []string{"https://bitbucket.org/ws/repo"}, env: []string{"BITBUCKET_TOKEN=" + token}, may: []channel{fromCommand}},
		{command: "erase", stdin: accepted, env: []string{"BITBUCKET_TOKEN=" + token}},
		{command: "setup"},
		{command: "setup", args: []string{"--undo"}},
		{command: "setup"},
		{command: "completion", args: []string{"bash"}},
		{command: "version"},
		{command: "help"},
		// What check finds elsewhere, and takes along.
		{command: "check", args: []string{"--offline", "--fix", "--yes"}, before: func(w *world) {
			erase(w)
			git("init", "-q", clone)
			git("-C", clone, "remote", "add", "origin", "https://brandon:"+strings.ReplaceAll(token, "=", "%3D")+"@bitbucket.org/ws/repo.git")
			w.write(".netrc", "machine bitbucket.org login brandon password "+token+"\n")
		}, env: []string{"GIT_DIR=" + filepath.Join(clone, ".git")}, may: []channel{keychain, insideGit}},
		// The command itself is git's, so that all of it is watched. Its curl would take
		// the token from .netrc.
		{command: "git", args: lsRemote, before: func(w *world) { w.check(os.Remove(filepath.Join(w.home, ".netrc"))) },
			may: []channel{toGit, keychain, insideGit}, must: []channel{toGit, insideGit}},
		// A token that an askpass program of git's gives this one, which keeps it and answers git.
		{command: "git", args: lsRemote, before: erase, env: []string{"GIT_ASKPASS=" + askpass},
			may: []channel{toGit, fromCommand, keychain, insideGit}, must: []channel{toGit, fromCommand, keychain, insideGit}},
		// A token that is dead.
		{command: "git", args: lsRemote, before: func(w *world) {
			w.bitbucket.AddCredential(bitbuckettest.Credential{Label: "brandon", Kind: bitbuckettest.APIToken, Secret: token, Dead: true})
		}, fails: true, may: []channel{toGit, keychain, insideGit}},
		{command: "store", stdin: storetest.AppPassword() + "\n", fails: true},
	}
}

// mayHold are the places in the home where the test itself put the token, or had it put.
var mayHold = regexp.MustCompile(`^(token|\.netrc|clone/\.git/config|\.config/git-credential-bitbucket/files/.*)$`)

// wantNoCopy checks that no file in the home holds the token that should not.
func (w *world) wantNoCopy(c leakCase, marks []string) {
	w.t.Helper()
	w.check(filepath.WalkDir(w.home, func(path string, entry fs.DirEntry, err error) error {
		name, _ := filepath.Rel(w.home, path)
		if err != nil || !entry.Type().IsRegular() || mayHold.MatchString(name) {
			return err
		}
		if isMarked(w.read(path), marks) {
			w.t.Errorf("%s: the token lies in %s", c, name)
		}
		return nil
	}))
}

// gitRun prepares something with git.
func (w *world) gitRun(args ...string) error {
	if o := w.start("", append([]string{"git"}, args...)...); o.code != 0 {
		return fmt.Errorf("git %q: %s", args, o.stderr)
	}
	return nil
}
