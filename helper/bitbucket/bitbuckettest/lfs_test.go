package bitbuckettest

import (
	"bytes"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const batchPath = "/ws/repo.git/info/lfs/objects/batch"

func TestLFSRefusals(t *testing.T) {
	s := start(t)
	upload, download := `{"operation":"upload","objects":[]}`, `{"operation":"download","objects":[]}`
	tests := []struct {
		name, header, path, request string
		status                      int
		body                        string
	}{
		{"anonymous", "", batchPath, download, 403, lfsAnonymous.body},
		{"anonymous locks", "", "/ws/repo.git/info/lfs/locks/verify", "{}", 403, lfsAnonymous.body},
		{"email", basic(email, "all"), batchPath, download, 401, TextNotAuthenticated},
		{"app password", basic(username, "app-password"), batchPath, download, 410, TextAppPassword},
		{"reader downloads", basic(sentinel, "reader"), batchPath, download, 200, `{"transfer":"basic","objects":[]}`},
		{"reader does not upload", basic(sentinel, "reader"), batchPath, upload, 403, TextScopeMissing},
		{"writer does not download", basic(sentinel, "writer"), batchPath, download, 403, TextScopeMissing},
		{"not allowed", basic(sentinel, "elsewhere"), batchPath, download, 404, TextNoRepository},
		{"locks", basic(sentinel, "all"), "/ws/repo.git/info/lfs/locks/verify", "{}", 404, lfsNoLocks.body},
		{"locks, bad credential", basic(email, "all"), "/ws/repo.git/info/lfs/locks/verify", "{}", 401, TextNotAuthenticated},
		{"not JSON", basic(sentinel, "all"), batchPath, "?", 422, lfsBadBatch.body},
		{"object without ticket", basic(sentinel, "all"), "/ws/repo.git/info/lfs/storage/" + strings.Repeat("0", 64), "",
			404, lfsNotFound.body},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			request, err := http.NewRequestWithContext(t.Context(), "POST", "https://bitbucket.org"+test.path,
				strings.NewReader(test.request))
			if err != nil {
				t.Fatal(err)
			}
			if test.header != "" {
				request.Header.Set("Authorization", test.header)
			}
			response, err := client(t, s).Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			var body bytes.Buffer
			body.ReadFrom(response.Body)
			if response.StatusCode != test.status || body.String() != test.body {
				t.Errorf("%d %s, want %d %s", response.StatusCode, &body, test.status, test.body)
			}
		})
	}
}

// needLFS skips without git-lfs, but not where everything is to be tested.
func needLFS(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("git-lfs"); err == nil {
		return
	}
	if os.Getenv("CI") != "" && runtime.GOOS != "windows" { // where none is built
		t.Fatal("git-lfs is not installed")
	}
	t.Skip("git-lfs is not installed")
}

// lfsSettings let git-lfs work without any config file: its filter, and basic access, without which Bitbucket's 403
// keeps it from asking for a credential. docs/bitbucket.md section 1 point 9.
var lfsSettings = []string{
	"-c", "filter.lfs.clean=git-lfs clean -- %f",
	"-c", "filter.lfs.smudge=git-lfs smudge -- %f",
	"-c", "filter.lfs.process=git-lfs filter-process",
	"-c", "filter.lfs.required=true",
	"-c", "lfs." + repoURL + "/info/lfs.access=basic",
}

func TestLFSRoundTrip(t *testing.T) {
	needLFS(t)
	s := start(t)
	lfs := func(arguments ...string) []string { return append(append([]string{}, lfsSettings...), arguments...) }
	dir := cloned(t, s)
	mustGit(t, s, "", "-C", dir, "lfs", "install", "--local")
	mustGit(t, s, "", "-C", dir, "lfs", "track", "*.bin")
	mustGit(t, s, "", "-C", dir, "config", "lfs."+repoURL+"/info/lfs.access", "basic")
	content := bytes.Repeat([]byte("a large thing\n"), 10_000)
	commit(t, s, dir, "thing.bin", content)
	s.ResetRequests()
	mustGit(t, s, "all", "-C", dir, "push")
	checkMoved(t, s, "PUT")

	s.ResetRequests()
	again := filepath.Join(t.TempDir(), "clone")
	mustGit(t, s, "all", lfs("clone", repoURL, again)...)
	checkMoved(t, s, "GET")
	if got, err := os.ReadFile(filepath.Join(again, "thing.bin")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("the clone has %d other bytes: %v", len(got), err)
	}
}

// checkMoved wants one object moved, without a credential of its own, and a batch request with one.
func checkMoved(t *testing.T, s *Server, method string) {
	t.Helper()
	moved, batches := 0, 0
	for _, request := range s.Requests() {
		switch {
		case request.Path == batchPath:
			batches++
			if request.Label != "all" || request.Username != sentinel || request.Status != 200 {
				t.Errorf("batch %+v", request)
			}
		case strings.Contains(request.Path, "/info/lfs/storage/"):
			moved++
			if request.Method != method || request.Authorization != "" || request.Status != 200 {
				t.Errorf("object %+v", request)
			}
		}
	}
	if moved != 1 || batches == 0 {
		t.Errorf("%d objects moved after %d batches", moved, batches)
	}
}

// TestLFSNeverAsks is the trap itself: without basic access git-lfs takes the 403 for the last word.
func TestLFSNeverAsks(t *testing.T) {
	needLFS(t)
	s := start(t)
	dir := cloned(t, s)
	mustGit(t, s, "", "-C", dir, "lfs", "install", "--local")
	mustGit(t, s, "", "-C", dir, "lfs", "track", "*.bin")
	commit(t, s, dir, "thing.bin", []byte("a large thing"))
	s.ResetRequests()
	if output, err := git(t, s, sentinel, "all", "-C", dir, "push"); err == nil {
		t.Errorf("git-lfs pushed: %s", output)
	}
	batches := 0
	for _, request := range s.Requests() {
		if request.Path != batchPath {
			continue
		}
		batches++
		if request.Authorization != "" || request.Status != 403 {
			t.Errorf("batch %+v", request)
		}
	}
	if batches == 0 {
		t.Error("git-lfs sent no batch request")
	}
}
