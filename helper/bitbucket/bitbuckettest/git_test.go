package bitbuckettest

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestGitEndpoint(t *testing.T) {
	s := start(t)
	unknown := "Basic " + base64.StdEncoding.EncodeToString([]byte(sentinel+":"+apiSecret("unknown")))
	tests := []struct {
		name, header, path string
		status             int
		body               string
	}{
		{"no credential", "", fetching, 401, ""},
		{"no credential, no such repository", "", "/ws/none.git/info/refs?service=git-upload-pack", 401, ""},
		{"sentinel reads", basic(sentinel, "all"), fetching, 200, "*"},
		{"sentinel writes", basic(sentinel, "all"), pushing, 200, "*"},
		{"username", basic(username, "all"), fetching, 200, "*"},
		{"without .git", basic(sentinel, "all"), "/ws/repo/info/refs?service=git-upload-pack", 200, "*"},
		{"upper case", basic(sentinel, "all"), "/WS/Repo.git/info/refs?service=git-upload-pack", 200, "*"},
		{"email", basic(email, "all"), fetching, 401, TextNotAuthenticated},
		{"no username", basic("", "all"), fetching, 401, TextNotAuthenticated},
		{"other username", basic("sam", "all"), fetching, 401, TextNotAuthenticated},
		{"API token as access token", basic("x-token-auth", "all"), fetching, 401, TextNotAuthenticated},
		{"Bearer API token", bearer("all"), fetching, 401, TextNotAuthenticated},
		{"Bearer access token", bearer("robot"), fetching, 401, TextNotAuthenticated},
		{"unknown token", unknown, fetching, 401, TextNotAuthenticated},
		{"not an Authorization", apiSecret("all"), fetching, 401, TextNotAuthenticated},
		{"without scopes", basic(sentinel, "unscoped"), fetching, 401, TextNotAuthenticated},
		{"without scopes, username", basic(username, "unscoped"), fetching, 401, TextNotAuthenticated},
		{"dead", basic(sentinel, "dead"), fetching, 401, TextNotAuthenticated},
		{"read scope reads", basic(sentinel, "reader"), fetching, 200, "*"},
		{"read scope does not write", basic(sentinel, "reader"), pushing, 403, TextScopeMissing},
		{"write scope writes", basic(sentinel, "writer"), pushing, 200, "*"},
		{"write scope does not read", basic(sentinel, "writer"), fetching, 403, TextScopeMissing},
		{"access token", basic("x-token-auth", "robot"), pushing, 200, "*"},
		{"access token: write implies read", basic("x-token-auth", "robot"), fetching, 200, "*"},
		{"access token, personal username", basic(username, "robot"), fetching, 401, TextNotAuthenticated},
		{"access token as API token", basic(sentinel, "robot"), fetching, 401, TextNotAuthenticated},
		{"access token, read only", basic("x-token-auth", "robot-reader"), pushing, 403, TextScopeMissing},
		{"access token, other scope", basic("x-token-auth", "robot-nothing"), fetching, 403, TextScopeMissing},
		{"app password", basic(username, "app-password"), fetching, 410, TextAppPassword},
		{"app password, other username", basic("sam", "app-password"), fetching, 401, TextNotAuthenticated},
		{"no such repository", basic(sentinel, "all"), "/ws/none.git/info/refs?service=git-upload-pack", 404,
			TextNoRepository},
		{"not allowed", basic(sentinel, "elsewhere"), fetching, 404, TextNoRepository},
		{"a page", "", "/ws/repo", 404, TextNoRepository},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			response, body := ask(t, s, "GET", "https://bitbucket.org"+test.path, test.header)
			if response.StatusCode != test.status {
				t.Fatalf("status %d, want %d", response.StatusCode, test.status)
			}
			if test.body == "*" {
				if !strings.HasPrefix(body, "001") {
					t.Errorf("body %q is not git's", body)
				}
				return
			}
			if body != test.body || response.Header.Get("Content-Type") != "text/plain" {
				t.Errorf("body %q of type %s", body, response.Header.Get("Content-Type"))
			}
			checkChallenge(t, response, `Basic realm="Bitbucket.org HTTP"`)
		})
	}
}

func TestRealGit(t *testing.T) {
	s := start(t)
	tests := []struct {
		name, username, label string
		cloneStatus           int
		cloneSays             []string
		pushStatus            int
		pushSays              []string
	}{
		{"sentinel", sentinel, "all", 200, nil, 200, nil},
		{"username", username, "all", 200, nil, 200, nil},
		{"access token", "x-token-auth", "robot", 200, nil, 200, nil},
		{"email", email, "all", 401, []string{TextNotAuthenticated, "Authentication failed"},
			401, []string{TextNotAuthenticated, "Authentication failed"}},
		{"without scopes", sentinel, "unscoped", 401, []string{TextNotAuthenticated}, 401, []string{TextNotAuthenticated}},
		{"personal username", username, "robot", 401, []string{TextNotAuthenticated}, 401, []string{TextNotAuthenticated}},
		{"only read", sentinel, "reader", 200, nil, 403, []string{TextScopeMissing, "error: 403"}},
		{"only write", sentinel, "writer", 403, []string{TextScopeMissing, "error: 403"}, 200, nil},
		{"app password", username, "app-password", 410, strings.Split(TextAppPassword, "\n"),
			410, strings.Split(TextAppPassword, "\n")},
		{"not allowed", sentinel, "elsewhere", 404, []string{TextNoRepository, "not found"}, 403, []string{TextScopeMissing}},
		{"no credential", "", "", 401, []string{"could not read Username"}, 401, []string{"could not read Username"}},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.ResetRequests()
			output, err := git(t, s, test.username, test.label, "clone", repoURL, filepath.Join(t.TempDir(), "clone"))
			checkGit(t, s, output, err, test.cloneStatus, test.cloneSays)
			dir := cloned(t, s)
			commit(t, s, dir, fmt.Sprintf("file%d", i), []byte(test.name))
			s.ResetRequests()
			output, err = git(t, s, test.username, test.label, "-C", dir, "push", repoURL, "main")
			checkGit(t, s, output, err, test.pushStatus, test.pushSays)
			if test.pushStatus == http.StatusOK {
				sameHead(t, s, dir)
			}
		})
	}
}

// checkGit looks at the end of a git command: what it said, and the last status it was given.
func checkGit(t *testing.T, s *Server, output string, err error, status int, says []string) {
	t.Helper()
	if (err == nil) != (status == http.StatusOK) {
		t.Errorf("git: %v", err)
	}
	for _, line := range says {
		if !strings.Contains(output, line) {
			t.Errorf("git does not say %q but:\n%s", line, output)
		}
	}
	requests := s.Requests()
	if last := requests[len(requests)-1]; last.Status != status {
		t.Errorf("last request %+v, want status %d", last, status)
	}
}

func TestCredentialInURL(t *testing.T) {
	s := start(t)
	url := strings.Replace(repoURL, "//", "//"+sentinel+":"+credentials()["all"].Secret+"@", 1)
	if output, err := git(t, s, "", "", "clone", url, filepath.Join(t.TempDir(), "clone")); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

func TestRevoke(t *testing.T) {
	s := start(t)
	dir := cloned(t, s)
	dead := credentials()["all"]
	dead.Dead = true
	s.AddCredential(dead)
	output, err := git(t, s, sentinel, "all", "-C", dir, "fetch")
	checkGit(t, s, output, err, http.StatusUnauthorized, []string{"Authentication failed"})
	s.AddCredential(credentials()["all"])
	mustGit(t, s, "all", "-C", dir, "fetch")
}

func TestLargePush(t *testing.T) {
	s := start(t)
	dir := cloned(t, s)
	// Noise does not compress, so that git must send it in chunks: it is over http.postBuffer.
	noise := make([]byte, 3<<20)
	generator := rand.NewChaCha8([32]byte{})
	generator.Read(noise)
	commit(t, s, dir, "noise", noise)
	mustGit(t, s, "all", "-C", dir, "push")
	sameHead(t, s, dir)
	again := cloned(t, s)
	if got, err := os.ReadFile(filepath.Join(again, "noise")); err != nil || !bytes.Equal(got, noise) {
		t.Errorf("the clone has other noise: %v", err)
	}
}

// TestGzip fetches more branches than fit in a request that git leaves uncompressed (1,024 bytes).
func TestGzip(t *testing.T) {
	s := start(t)
	dir := cloned(t, s)
	for i := range 30 {
		commit(t, s, dir, "file", fmt.Append(nil, i))
		mustGit(t, s, "", "-C", dir, "branch", fmt.Sprint("branch", i))
	}
	mustGit(t, s, "all", "-C", dir, "push", "--all")
	t.Setenv("GIT_TRACE_CURL", "1")
	trace := mustGit(t, s, "all", "clone", repoURL, filepath.Join(t.TempDir(), "clone"))
	if !strings.Contains(strings.ToLower(trace), "content-encoding: gzip") {
		t.Error("git sent nothing compressed")
	}
}

func TestExpectContinue(t *testing.T) {
	s := start(t)
	transport := s.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	// The body is sent only when the server asks for it: an hour is for ever here.
	transport.ExpectContinueTimeout = time.Hour
	post := func(header string) int {
		request, err := http.NewRequestWithContext(t.Context(), "POST", repoURL+"/git-upload-pack", strings.NewReader("0000"))
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("Expect", "100-continue")
		request.Header.Set("Content-Type", "application/x-git-upload-pack-request")
		request.Header.Set("Authorization", header)
		response, err := transport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	if status := post(basic(sentinel, "all")); status != http.StatusOK {
		t.Errorf("status %d", status)
	}
	if status := post(basic(email, "all")); status != http.StatusUnauthorized {
		t.Errorf("status %d without a good username", status)
	}
}

func TestParallelClones(t *testing.T) {
	s := start(t)
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			cloned(t, s)
		})
	}
}
