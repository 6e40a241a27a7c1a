//go:build linux

package proof

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// attackURLs gives every URL to real git, which asks this program for any host, and
// which reaches whatever host the URL leads to.
func attackURLs(t *testing.T, all []Attack) {
	clean := newWorld(t)
	clean.startBitbucket()
	token := clean.save("brandon", "--in", "file")
	clean.write(".gitconfig", "[credential]\n\thelper = "+clean.program()+"\n[init]\n\tdefaultBranch = main\n")
	clean.setenv("GIT_ALLOW_PROTOCOL", "http:https")
	if o := clean.start("url=https://bitbucket.org/ws/repo.git\n\n", "git", "credential", "fill"); !leaks(o.stdout, token) {
		t.Fatalf("git gets no token where it should: %s%s", o.stdout, o.stderr)
	}
	if o := clean.start("", "git", "ls-remote", "https://bitbucket.org/ws/repo.git"); o.code != 0 || !clean.wasSentTo("bitbucket.org") {
		t.Fatalf("git gets no token where it should: %s", o.stderr)
	}
	challenged := 0
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w, address := clean.in(t), strings.TrimSuffix(a.Text, "\n")
			wantNoFill(w, address, token)
			if wantNoVisit(w, address, token) {
				challenged++
			}
			w.wantShown(w.run("", "check", "--offline", "--", address), token)
			w.wantAnswer(token)
		})
	}
	wantNotRun(clean)
	if challenged < len(all)/3 {
		t.Errorf("only %d of %d URLs led git to a host that asked for a password", challenged, len(all))
	}
	figure(t, fmt.Sprintf("url: %d inputs x git credential fill, git ls-remote, check", len(all)),
		"no token, no crash, nothing raw; %d led git to a host that asked for a password, the others git refused itself", challenged)
}

// wantNoFill checks that git credential fill gets no token for a URL.
func wantNoFill(w *world, address, token string) {
	for _, config := range []string{"credential.useHttpPath=false", "credential.useHttpPath=true", "credential.protectProtocol=false"} {
		if o := w.start("url="+address+"\n\n", "git", "-c", config, "credential", "fill"); leaks(o.stdout+o.stderr, token) {
			w.t.Errorf("with %s git is given the token: %s%s", config, o.stdout, o.stderr)
		}
	}
}

// wantNoVisit checks that no host gets the token, though it asks for one, and
// reports whether one did.
func wantNoVisit(w *world, address, token string) (challenged bool) {
	if parsed, err := url.Parse(address); err == nil && parsed.Hostname() != "" {
		port := parsed.Port()
		if port == "" {
			port = map[string]string{"http": "80", "https": "443"}[parsed.Scheme]
		}
		if port != "" && net.JoinHostPort(parsed.Hostname(), port) != "bitbucket.org:443" {
			w.bitbucket.AddHost(net.JoinHostPort(parsed.Hostname(), port))
		}
	}
	w.bitbucket.AddHost("evil.example")
	w.bitbucket.ResetRequests()
	if o := w.start("", "git", "ls-remote", "--", address); leaks(o.stdout+o.stderr, token) {
		w.t.Errorf("the token is shown: %s%s", o.stdout, o.stderr)
	}
	w.wantKeptHome()
	return len(w.bitbucket.Requests()) > 0
}

// wasSentTo reports whether a host was sent the token that is saved for brandon.
func (w *world) wasSentTo(host string) bool {
	for _, r := range w.bitbucket.Requests() {
		if r.Label == "brandon" && r.Host == host {
			return true
		}
	}
	return false
}

// wantKeptHome checks that the token went nowhere but to Bitbucket, over TLS.
func (w *world) wantKeptHome() {
	w.t.Helper()
	for _, r := range w.bitbucket.Requests() {
		if r.Label != "" && (r.Scheme != "https" || r.Host != "bitbucket.org" && r.Host != "api.bitbucket.org") {
			w.t.Errorf("the token was sent to %s://%s%s", r.Scheme, r.Host, r.Path)
		}
	}
}

// ran is a file that the corpus's commands would make; they say MARKER.
func (w *world) ran() string { return filepath.Join(w.home, "ran") }

func wantNotRun(w *world) {
	w.t.Helper()
	for _, folder := range []string{w.home, filepath.Join(w.home, "clone")} {
		if _, err := os.Lstat(filepath.Join(folder, "ran")); err == nil {
			w.t.Error("a command of the input's was started")
			os.Remove(filepath.Join(folder, "ran"))
		}
	}
}

// runIn runs the program in a folder, as git would where it is a clone.
func (w *world) runIn(dir, stdin string, args ...string) outcome {
	w.t.Helper()
	cmd := w.ours(stdin, args...)
	cmd.Dir = dir
	return w.outcomeOf(cmd)
}

// attackConfigs puts every input into a clone: as .gitmodules or .lfsconfig if it is
// named so, else as what is in .git/config.
func attackConfigs(t *testing.T, all []Attack) {
	clean := newWorld(t)
	clean.startBitbucket()
	token := clean.save("brandon", "--in", "file", "--email", email)
	clone := filepath.Join(clean.home, "clone")
	if o := clean.start("", "git", "init", "-q", clone); o.code != 0 {
		t.Fatal(o.stderr)
	}
	reset := keeper(clean, ".gitconfig", clean.index(), filepath.Join(clone, ".git", "config"))
	online := 0
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w := clean.in(t)
			reset(w)
			text := strings.ReplaceAll(a.Text, "MARKER", w.ran())
			files := map[string]string{".gitmodules": "", ".lfsconfig": ""}
			switch kind, _, _ := strings.Cut(a.Name, "-"); kind {
			case "gitmodules", "lfsconfig":
				files["."+kind] = text
			default:
				path := filepath.Join(".git", "config")
				files[path] = w.read(filepath.Join(clone, path)) + text
			}
			for name, text := range files {
				w.write(filepath.Join(clone, name), text)
			}
			wantDecidesNothing(w, clone, token)
			// A proxy's name would be looked up outside of this machine.
			if !strings.Contains(strings.ToLower(text), "proxy") {
				online++
				wantToldNoHost(w, clone, token)
			}
		})
	}
	reset(clean)
	legalAnswers(clean, token)
	figure(t, fmt.Sprintf("gitconfig: %d inputs x get, check, check --json, check --fix; %d of them x erase, check with a Bitbucket", len(all), online),
		"nothing started, token sent nowhere else, no crash, nothing raw")
}

// wantToldNoHost checks that what asks Bitbucket from within a clone sends the
// token to no other host.
func wantToldNoHost(w *world, clone, token string) {
	w.bitbucket.ResetRequests()
	w.wantShown(w.runIn(clone, request("username="+gitName, "password="+token), "erase"), token)
	if !w.wasSentTo("api.bitbucket.org") {
		w.t.Error("erase did not ask Bitbucket")
	}
	w.wantShown(w.runIn(clone, "", "check", "ws/repo"), token)
	w.wantKeptHome()
	wantNotRun(w)
}

// wantDecidesNothing checks that a clone's files start nothing, and decide
// neither who gets the token nor what a terminal does.
func wantDecidesNothing(w *world, clone, token string) {
	inClone := w.in(w.t)
	inClone.setenv("GIT_DIR", filepath.Join(clone, ".git"))
	if o := inClone.runIn(clone, request(), "get"); !leaks(o.stdout, token) {
		w.t.Errorf("the clone keeps the token from its owner: %s%s", o.stdout, o.stderr)
	}
	if o := inClone.runIn(clone, lines("protocol=https", "host=evil.example"), "get"); o.stdout+o.stderr != "" {
		w.t.Errorf("another host is answered: %s%s", o.stdout, o.stderr)
	}
	w.wantShown(w.runIn(clone, "", "check", "--offline"), token)
	w.wantJSON(w.runIn(clone, "", "check", "--offline", "--json"), token)
	w.wantShown(w.runIn(clone, "", "check", "--offline", "--fix", "--yes"), token)
	wantNotRun(w)
}

// keeper returns what puts files back as they are now.
func keeper(w *world, files ...string) func(*world) {
	texts := map[string]string{}
	for _, file := range files {
		if !filepath.IsAbs(file) {
			file = filepath.Join(w.home, file)
		}
		texts[file] = w.read(file)
	}
	return func(w *world) {
		for file, text := range texts {
			w.write(file, text)
		}
	}
}

func attackNetrc(t *testing.T, all []Attack) { attackPasswordFile(t, ".netrc", all) }
func attackCredentials(t *testing.T, all []Attack) {
	attackPasswordFile(t, ".git-credentials", all)
}

// attackPasswordFile puts every input where git finds passwords; OLDPW in it stands
// for an app password, which check --fix takes out.
func attackPasswordFile(t *testing.T, name string, all []Attack) {
	clean := newWorld(t)
	token := clean.save("brandon", "--in", "file")
	reset := keeper(clean, ".gitconfig", clean.index())
	mended := 0
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w, dead := clean.in(t), storetest.AppPassword()
			reset(w)
			before := strings.ReplaceAll(a.Text, "OLDPW", dead)
			path := w.write(name, before)
			w.wantShown(w.run("", "check", "--offline"), token, dead)
			w.wantJSON(w.run("", "check", "--offline", "--json"), token, dead)
			if w.read(path) != before {
				t.Fatal("check alone has changed the file")
			}
			w.wantShown(w.run("", "check", "--offline", "--fix", "--yes"), token, dead)
			if after := w.read(path); after != before {
				mended++
				wantOthersKept(t, before, after, dead)
			}
			reset(w)
			w.wantAnswer(token)
		})
	}
	if mended < 10 {
		t.Errorf("only %d files were mended: the inputs do not reach what they are for", mended)
	}
	wantNotRun(clean)
	figure(t, fmt.Sprintf("%s: %d inputs x check, check --fix", strings.TrimPrefix(name, "."), len(all)),
		"no secret, no crash, nothing raw; others' lines kept (%d mended)", mended)
}

// wantOthersKept checks that what is for another machine is still there: a line
// of its own byte for byte, and on a line with what is dead as well.
func wantOthersKept(t *testing.T, before, after, dead string) {
	t.Helper()
	for line := range strings.Lines(before) {
		if strings.Contains(line, "keep.example") && !strings.Contains(line, dead) && !strings.Contains(after, line) {
			t.Errorf("%q is gone from %q", line, short(after))
		}
	}
	had := map[string]bool{}
	for _, word := range strings.Fields(before) {
		had[word] = true
	}
	for _, word := range strings.Fields(after) {
		if !had[word] {
			t.Errorf("%q was not there before", short(word))
		}
	}
	for _, word := range []string{"keep.example", "kept-word", "other.example"} {
		if strings.Count(after, word) != strings.Count(before, word) {
			t.Errorf("%q is gone from %q", word, short(after))
		}
	}
}
