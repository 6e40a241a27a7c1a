package bitbuckettest

import (
	"encoding/base64"
	"fmt"
	"hash/crc32"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	email    = "jo@example.com"
	username = "jo"
	repoURL  = "https://bitbucket.org/ws/repo.git"
	fetching = "/ws/repo.git/info/refs?service=git-upload-pack"
	pushing  = "/ws/repo.git/info/refs?service=git-receive-pack"
	sentinel = "x-bitbucket-api-token-auth"
)

// fakeToken has the shape of docs/bitbucket.md section 2 and nothing else of a token.
func fakeToken(prefix, filler string) string {
	text := prefix + strings.Repeat(filler, 20) + "="
	return fmt.Sprintf("%s%08X", text, crc32.ChecksumIEEE([]byte(text)))
}

func apiSecret(label string) string { return fakeToken("ATATT3xFfGF0", label+"_") }

func accessSecret(label string) string { return fakeToken("ATCTT3xFfGN0", label+"-") }

// person is an API token of the one account in these tests.
func person(label string, scopes ...string) Credential {
	return Credential{Label: label, Kind: APIToken, Secret: apiSecret(label), Email: email, Username: username,
		DisplayName: "Jo", Scopes: scopes}
}

func access(label string, scopes ...string) Credential {
	return Credential{Label: label, Kind: AccessToken, Secret: accessSecret(label), DisplayName: "a robot",
		Scopes: scopes}
}

// credentials has one for each row of the tables, by label.
func credentials() map[string]Credential {
	unscoped := person("unscoped")
	unscoped.Kind = APITokenWithoutScopes
	dead := person("dead", "read:repository:bitbucket")
	dead.Dead = true
	elsewhere := person("elsewhere", "read:repository:bitbucket")
	elsewhere.Repositories = []string{"other"}
	repoOnly := access("repo-only", "repository")
	repoOnly.Repositories = []string{"ws/repo"}
	appPassword := person("app-password")
	appPassword.Kind = AppPassword
	all := map[string]Credential{}
	for _, c := range []Credential{
		person("all", "read:repository:bitbucket", "write:repository:bitbucket", "read:user:bitbucket"),
		person("reader", "read:repository:bitbucket"),
		person("writer", "write:repository:bitbucket"),
		access("robot", "repository:write"),
		access("robot-reader", "repository"),
		access("robot-nothing", "pipeline"),
		unscoped, dead, elsewhere, repoOnly, appPassword,
	} {
		all[c.Label] = c
	}
	return all
}

// start is a Bitbucket with all credentials and the repository ws/repo.
func start(t *testing.T) *Server {
	t.Helper()
	s, err := Start(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	for _, c := range credentials() {
		s.AddCredential(c)
	}
	if err := s.AddRepository("ws/repo"); err != nil {
		t.Fatal(err)
	}
	return s
}

func client(t *testing.T, s *Server) *http.Client {
	transport := s.Transport()
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{
		Transport:     transport,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask returns the response with its body read. The header is an Authorization header, or empty.
func ask(t *testing.T, s *Server, method, url, header string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		request.Header.Set("Authorization", header)
	}
	response, err := client(t, s).Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func basic(username, label string) string {
	secret := credentials()[label].Secret
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+secret))
}

func bearer(label string) string { return "Bearer " + credentials()[label].Secret }

// checkChallenge wants the challenge with a 401 and none otherwise.
func checkChallenge(t *testing.T, response *http.Response, challenge string) {
	t.Helper()
	if response.StatusCode != http.StatusUnauthorized {
		challenge = ""
	}
	if got := response.Header.Get("WWW-Authenticate"); got != challenge {
		t.Errorf("WWW-Authenticate: %s, want %s", got, challenge)
	}
}

// git runs real git in a world of its own, with a credential helper that gives this pair, or none without a label.
func git(t *testing.T, s *Server, username, label string, arguments ...string) (string, error) {
	t.Helper()
	helper := ""
	if label != "" {
		helper = fmt.Sprintf("!f(){ test \"$1\" = get && echo 'username=%s' && echo 'password=%s'; }; f",
			username, credentials()[label].Secret)
	}
	command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "credential.helper=" + helper}, arguments...)...)
	command.Env = append(s.Env(), gitEnv()...)
	command.Env = append(command.Env, "HOME="+t.TempDir(), "LC_ALL=C",
		"GIT_TERMINAL_PROMPT=0", "GIT_TRACE_CURL="+os.Getenv("GIT_TRACE_CURL"),
		"GIT_AUTHOR_NAME=Jo", "GIT_AUTHOR_EMAIL="+email, "GIT_COMMITTER_NAME=Jo", "GIT_COMMITTER_EMAIL="+email)
	output, err := command.CombinedOutput()
	return string(output), err
}

func mustGit(t *testing.T, s *Server, label string, arguments ...string) string {
	t.Helper()
	output, err := git(t, s, sentinel, label, arguments...)
	if err != nil {
		t.Fatalf("git %s: %v\n%s", arguments, err, output)
	}
	return output
}

// cloned is a fresh clone of ws/repo.
func cloned(t *testing.T, s *Server) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "clone")
	mustGit(t, s, "all", "clone", repoURL, dir)
	return dir
}

// commit adds one file with this content.
func commit(t *testing.T, s *Server, dir, name string, content []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
		t.Fatal(err)
	}
	mustGit(t, s, "", "-C", dir, "add", ".")
	mustGit(t, s, "", "-C", dir, "commit", "-q", "-m", name)
}

// sameHead compares what the server holds with the clone.
func sameHead(t *testing.T, s *Server, dir string) {
	t.Helper()
	local := mustGit(t, s, "", "-C", dir, "rev-parse", "main")
	if remote := mustGit(t, s, "", "--git-dir="+s.RepositoryDir("ws/repo"), "rev-parse", "main"); remote != local {
		t.Errorf("the server is at %s, the clone at %s", remote, local)
	}
}

func TestCloseWithOpenTunnel(t *testing.T) {
	s := start(t)
	ask(t, s, "GET", repoURL, "")
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if response, err := client(t, s).Get(repoURL); err == nil {
		response.Body.Close()
		t.Error("a closed server answers")
	}
	if left, _ := filepath.Glob(filepath.Join(s.dir, "body-*")); len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
}
