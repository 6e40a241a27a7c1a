//go:build linux

package helper_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
)

const roundTrip = 100 * time.Millisecond

// counted is a git command, and how many requests it takes: as setup leaves git, which sends the
// token once Bitbucket has asked for it, and with setup --proactive, where it does so at once.
type counted struct {
	name, dir        string
	args             []string
	asked, proactive int
	before           func(t *testing.T, env []string, work string)
}

// In an order in which each finds what it needs.
var countedCommands = []counted{
	{name: "clone", args: []string{"clone", "-q", repoURL, "clone"}, asked: 4, proactive: 3},
	{name: "ls-remote", args: []string{"ls-remote", repoURL}, asked: 3, proactive: 2},
	{name: "fetch of nothing new", dir: "clone", args: []string{"fetch", "-q"}, asked: 3, proactive: 2},
	{name: "push", dir: "clone", args: []string{"push", "-q"}, asked: 3, proactive: 2, before: commitAfterClone},
	{name: "fetch of a commit", dir: "second", args: []string{"fetch", "-q"}, asked: 4, proactive: 3},
}

var countedLFSCommands = []counted{
	{name: "clone with Git LFS", args: []string{"clone", "-q", repoURL, "second"}, asked: 6, proactive: 5, before: pushLargeFile},
}

const repoURL = "https://bitbucket.org/ws/repo.git"

// TestRequests counts what git asks of Bitbucket once setup has written its lines, and with
// setup --proactive where git knows that.
func TestRequests(t *testing.T) {
	countRequests(t, countedCommands)
}

// TestRequestsOfLFS counts those of Git LFS as well, which is not to be refused once.
func TestRequestsOfLFS(t *testing.T) {
	needProgram(t, "git-lfs")
	countRequests(t, countedLFSCommands)
}

func countRequests(t *testing.T, commands []counted) {
	t.Helper()
	knowsProactive, err := gitIsAtLeast(46)
	if err != nil {
		t.Fatal(err)
	}
	asked := countEach(t, commands, false)
	proactive := slices.Repeat([]string{"-"}, len(commands))
	if knowsProactive { // the script proactive holds what setup says where git does not
		proactive = countEach(t, commands, true)
	}
	version, err := exec.Command("git", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	if underRace() {
		return // the counts hold, but the times are not those of the program
	}
	for i, command := range commands {
		t.Attr("figure", fmt.Sprintf("requests\t%s, %d ms a round trip, %s: without | with --proactive\t%s | %s",
			strings.TrimSpace(string(version)), roundTrip.Milliseconds(), command.name, asked[i], proactive[i]))
	}
}

// countEach runs the commands as a user who is set up and has saved a token, and returns the figures.
func countEach(t *testing.T, commands []counted, proactive bool) (figures []string) {
	t.Helper()
	env, server, token := firstTime(t, "[user]\n\tname = A\n\temail = a@x.example\n[push]\n\tdefault = current\n")
	save(t, env, token, "--no-verify")
	mustGit(t, env, home(env), "credential-bitbucket", "setup")
	if proactive {
		mustGit(t, env, home(env), "credential-bitbucket", "setup", "--proactive")
	}
	work := t.TempDir()
	for _, command := range commands {
		want := command.asked
		if proactive {
			want = command.proactive
		}
		if command.before != nil {
			command.before(t, env, work)
		}
		requests, took := timed(t, env, server, filepath.Join(work, command.dir), command.args)
		if len(requests) != want {
			t.Errorf("%s, proactive %t: want %d requests, got %d:\n%+v", command.name, proactive, want, len(requests), requests)
		}
		for _, r := range requests {
			if strings.Contains(r.Path, "/info/lfs/") && r.Status != 200 {
				t.Errorf("Git LFS was refused: %s %s %d", r.Method, r.Path, r.Status)
			}
		}
		figures = append(figures, fmt.Sprintf("%d requests, %d ms", len(requests), took.Milliseconds()))
	}
	return figures
}

// timed runs git over a long line, and returns its requests, without CONNECT, and how long it took.
func timed(t *testing.T, env []string, server *bitbuckettest.Server, dir string, args []string) (requests []bitbuckettest.Request, took time.Duration) {
	t.Helper()
	server.SetRoundTrip(roundTrip)
	defer server.SetRoundTrip(0)
	server.ResetRequests()
	began := time.Now()
	mustGit(t, env, dir, args...)
	took = time.Since(began)
	isConnect := func(r bitbuckettest.Request) bool { return r.Method == "CONNECT" }
	return slices.DeleteFunc(server.Requests(), isConnect), took
}

// commitAfterClone leaves a clone without the commit behind.
func commitAfterClone(t *testing.T, env []string, work string) {
	t.Helper()
	mustGit(t, env, work, "clone", "-q", repoURL, "second")
	mustGit(t, env, filepath.Join(work, "clone"), "commit", "-q", "--allow-empty", "-m", "something")
}

func pushLargeFile(t *testing.T, env []string, work string) {
	t.Helper()
	mustGit(t, env, work, "lfs", "install")
	mustGit(t, env, work, "clone", "-q", repoURL, "clone")
	clone := filepath.Join(work, "clone")
	mustGit(t, env, clone, "lfs", "track", "*.bin")
	if err := os.WriteFile(filepath.Join(clone, "a.bin"), []byte("large"), 0o600); err != nil {
		t.Fatal(err)
	}
	mustGit(t, env, clone, "add", ".")
	mustGit(t, env, clone, "commit", "-q", "-m", "a large file")
	mustGit(t, env, clone, "push", "-q")
}

func mustGit(t *testing.T, env []string, dir string, args ...string) {
	t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Env, cmd.Dir = env, dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// underRace reports whether this was built to find races, which makes each start slower.
func underRace() bool {
	info, ok := debug.ReadBuildInfo()
	return ok && slices.Contains(info.Settings, debug.BuildSetting{Key: "-race", Value: "true"})
}
