package bitbuckettest

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/cgi"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
)

// gitPath is what git and git-lfs ask for, with and without the .git.
var gitPath = regexp.MustCompile(
	`^/([^/]+/[^/]+?)(?:\.git)?/(info/refs|git-upload-pack|git-receive-pack|info/lfs/.+)$`)

// serveGit answers for https://bitbucket.org.
func (s *Server) serveGit(w http.ResponseWriter, r *http.Request, who caller) {
	match := gitPath.FindStringSubmatch(r.URL.Path)
	if match == nil {
		noRepository.write(w)
		return
	}
	repository, service := strings.ToLower(match[1]), match[2]
	if endpoint, found := strings.CutPrefix(service, "info/lfs/"); found {
		s.serveLFS(w, r, who, repository, endpoint)
		return
	}
	wanted := toRead
	if service == "git-receive-pack" || r.URL.Query().Get("service") == "git-receive-pack" {
		wanted = toWrite
	}
	if refusal, refused := s.judgeGit(who, repository, wanted); refused {
		refusal.write(w)
		return
	}
	s.runBackend(w, r, "/"+repository+".git/"+service)
}

// judgeGit is the table of docs/bitbucket.md section 4 from top to bottom. That a missing scope is told before a missing
// repository is an assumption.
func (s *Server) judgeGit(who caller, repository string, wanted need) (refusal answer, refused bool) {
	ways := s.currentWays()
	open := wanted == toRead && s.isPublic(repository)
	switch c := who.credential; {
	case open && (who.scheme == "" || !ways.PublicIsStrict):
		return answer{}, false
	case who.scheme == "":
		return ways.challenge(noCredential), true
	case who.scheme != "Basic", !who.alive(), !c.goesBy(who.username) && !ways.AnyName:
		return ways.challenge(notAuthenticated), true
	case c.Kind == AppPassword:
		return appPasswordGone, true
	case open:
		return answer{}, false
	case !c.grants(wanted):
		return scopeMissing, true
	case !s.has(repository), !c.sees(repository):
		return ways.noAccess(), true
	}
	return answer{}, false
}

// findBackend asks git for the place of its own CGI program.
func findBackend() (string, error) {
	command := exec.Command("git", "--exec-path")
	command.Env = gitEnv()
	output, err := command.Output()
	if err != nil {
		return "", fmt.Errorf("asking git for its programs: %w", err)
	}
	backend := filepath.Join(strings.TrimSpace(string(output)), "git-http-backend")
	if runtime.GOOS == "windows" {
		backend += ".exe"
	}
	if _, err := os.Stat(backend); err != nil {
		return "", fmt.Errorf("finding git http-backend: %w", err)
	}
	return backend, nil
}

// runBackend lets git http-backend answer. The body goes through a file because a CGI program needs its length,
// which git's chunked pushes do not tell.
func (s *Server) runBackend(w http.ResponseWriter, r *http.Request, path string) {
	r, release, err := s.spool(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer release()
	r.URL.Path = path
	r.Header.Del("Authorization")
	handler := cgi.Handler{
		Path:   s.backend,
		Env:    s.backendEnv(r),
		Logger: log.New(io.Discard, "", 0),
		Stderr: io.Discard,
	}
	handler.ServeHTTP(w, r)
}

func (s *Server) backendEnv(r *http.Request) []string {
	return append(gitEnv(),
		"GIT_PROJECT_ROOT="+s.repositoriesDir(),
		"GIT_HTTP_EXPORT_ALL=1",
		"GIT_PROTOCOL="+r.Header.Get("Git-Protocol"),
		"REMOTE_USER=bitbuckettest",
	)
}

// gitEnv is the whole environment that git gets, the same on every machine: of the caller's only what finds git's
// programs, no config of the user or the system, no quarrel about who owns the directory, and no housekeeping that
// outlives a push and writes into a directory being removed.
func gitEnv() []string {
	env := []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}
	for _, name := range []string{"PATH", "GIT_EXEC_PATH", "LD_LIBRARY_PATH"} {
		if value, found := os.LookupEnv(name); found {
			env = append(env, name+"="+value)
		}
	}
	settings := [][2]string{
		{"safe.directory", "*"},
		{"http.receivepack", "true"},
		{"receive.autogc", "false"},
		{"gc.auto", "0"},
		{"maintenance.auto", "false"},
	}
	for i, setting := range settings {
		env = append(env,
			fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", i, setting[0]),
			fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", i, setting[1]))
	}
	return append(env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(settings)))
}

// spool reads the whole body into a file and returns the request with that file as its body, of known length.
func (s *Server) spool(r *http.Request) (spooled *http.Request, release func(), err error) {
	file, err := os.CreateTemp(s.dir, "body-*")
	if err != nil {
		return nil, nil, fmt.Errorf("making a file for a request: %w", err)
	}
	release = func() {
		file.Close()
		os.Remove(file.Name())
	}
	size, err := io.Copy(file, r.Body)
	if err == nil {
		_, err = file.Seek(0, io.SeekStart)
	}
	if err != nil {
		release()
		return nil, nil, fmt.Errorf("reading a request: %w", err)
	}
	spooled = r.Clone(r.Context())
	spooled.Body, spooled.ContentLength, spooled.TransferEncoding = file, size, nil
	return spooled, release, nil
}
