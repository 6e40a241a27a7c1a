//go:build linux

package helper_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
)

// journeys are what a person does with git, in an order in which each finds what it needs, and how
// many requests it takes: with the token sent when Bitbucket asks for it, and at once.
var journeys = []struct {
	name, dir     string
	args          []string
	asked, atOnce int
	before        func(t *testing.T, env []string, work string)
}{
	{name: "clone", args: []string{"clone", "-q", "https://bitbucket.org/ws/repo.git", "clone"}, asked: 4, atOnce: 3},
	{name: "ls-remote", args: []string{"ls-remote", "https://bitbucket.org/ws/repo.git"}, asked: 3, atOnce: 2},
	{name: "fetch", dir: "clone", args: []string{"fetch", "-q"}, asked: 3, atOnce: 2},
	{name: "push", dir: "clone", args: []string{"push", "-q"}, asked: 3, atOnce: 2, before: commitSomething},
}

// TestRequests counts what git asks of Bitbucket once setup has written its lines, and with
// setup --proactive, where git knows that.
func TestRequests(t *testing.T) {
	version, err := exec.Command("git", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	knows, err := gitIsAtLeast(46)
	if err != nil {
		t.Fatal(err)
	}
	for _, proactive := range []bool{false, true} {
		if proactive && !knows {
			continue // check and setup say so: script proactive
		}
		env, server, work := atWork(t, proactive)
		for _, j := range journeys {
			want := j.asked
			if proactive {
				want = j.atOnce
			}
			if j.before != nil {
				j.before(t, env, work)
			}
			requests, took := travel(t, env, server, filepath.Join(work, j.dir), j.args)
			if requests != want {
				t.Errorf("%s, proactive %t: %d requests, want %d", j.name, proactive, requests, want)
			}
			how := ""
			if proactive {
				how = ", --proactive"
			}
			t.Attr("figure", fmt.Sprintf("requests\t%s: %s%s\t%d requests, %d ms at 100 ms a round trip", strings.TrimSpace(string(version)), j.name, how, requests, took.Milliseconds()))
		}
	}
}

// TestRequestsOfLFS counts those of a clone with files of Git LFS, of which two are its own.
func TestRequestsOfLFS(t *testing.T) {
	if _, err := exec.LookPath("git-lfs"); err != nil {
		t.Skip("git-lfs is not installed")
	}
	knows, err := gitIsAtLeast(46)
	if err != nil {
		t.Fatal(err)
	}
	for _, proactive := range []bool{false, true} {
		if proactive && !knows {
			continue
		}
		env, server, work := atWork(t, proactive)
		clone := filepath.Join(work, "clone")
		mustGit(t, env, work, "lfs", "install")
		mustGit(t, env, work, "clone", "-q", "https://bitbucket.org/ws/repo.git", "clone")
		mustGit(t, env, clone, "lfs", "track", "*.bin")
		if err := os.WriteFile(filepath.Join(clone, "a.bin"), []byte("large"), 0o600); err != nil {
			t.Fatal(err)
		}
		commitSomething(t, env, work)
		mustGit(t, env, clone, "push", "-q")
		requests, took := travel(t, env, server, work, []string{"clone", "-q", "https://bitbucket.org/ws/repo.git", "again"})
		want, how := 6, ""
		if proactive {
			want, how = 5, ", --proactive"
		}
		if requests != want {
			t.Errorf("an LFS clone%s takes %d requests, want %d", how, requests, want)
		}
		for _, r := range server.Requests() {
			if strings.Contains(r.Path, "/info/lfs/") && r.Status != 200 {
				t.Errorf("Git LFS was refused: %s %s %d", r.Method, r.Path, r.Status)
			}
		}
		t.Attr("figure", fmt.Sprintf("requests\tclone with Git LFS%s\t%d requests, %d ms at 100 ms a round trip", how, requests, took.Milliseconds()))
	}
}

// atWork is a person who is set up, with a token saved.
func atWork(t *testing.T, proactive bool) (env []string, server *bitbuckettest.Server, work string) {
	t.Helper()
	env, server, token := firstTime(t, "[user]\n\tname = A\n\temail = a@x.example\n[push]\n\tdefault = current\n")
	save(t, env, token, "--no-verify")
	mustGit(t, env, home(env), "credential-bitbucket", "setup")
	if proactive {
		mustGit(t, env, home(env), "credential-bitbucket", "setup", "--proactive")
	}
	return env, server, t.TempDir()
}

// travel runs git over a long line, counts its requests, and how long it took.
func travel(t *testing.T, env []string, server *bitbuckettest.Server, dir string, args []string) (requests int, took time.Duration) {
	t.Helper()
	server.SetRoundTrip(100 * time.Millisecond)
	defer server.SetRoundTrip(0)
	server.ResetRequests()
	began := time.Now()
	mustGit(t, env, dir, args...)
	took = time.Since(began)
	for _, r := range server.Requests() {
		if r.Method != "CONNECT" {
			requests++
		}
	}
	return requests, took
}

func commitSomething(t *testing.T, env []string, work string) {
	t.Helper()
	clone := filepath.Join(work, "clone")
	mustGit(t, env, clone, "add", ".")
	mustGit(t, env, clone, "commit", "-q", "--allow-empty", "-m", "something")
}

func mustGit(t *testing.T, env []string, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env, cmd.Dir = env, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}
