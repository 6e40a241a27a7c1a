package bitbuckettest

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var repositoryName = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*/[A-Za-z0-9_-][A-Za-z0-9._-]*$`)

// firstCommit is what a new repository holds, in the language of git fast-import: it needs no work tree.
const firstCommit = `commit refs/heads/main
committer Test <test@bitbuckettest.invalid> 1700000000 +0000
data 13
first commit
M 100644 inline README
data 7
a test

`

// AddRepository makes the bare repository name ("ws/repo") with one commit, a README on branch main. Nothing of the
// user's git config plays a part. Upper and lower case are the same name.
func (s *Server) AddRepository(name string) error {
	if !repositoryName.MatchString(name) {
		return fmt.Errorf("adding a repository: %q is not workspace/repository", name)
	}
	dir := s.RepositoryDir(name)
	if err := runGit("", "init", "--quiet", "--bare", "--initial-branch=main", "--template=", dir); err != nil {
		return fmt.Errorf("adding repository %s: %w", name, err)
	}
	if err := runGit(firstCommit, "--git-dir="+dir, "fast-import", "--quiet"); err != nil {
		return fmt.Errorf("adding a commit to %s: %w", name, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.repositories[strings.ToLower(name)] = true
	return nil
}

// Publish lets everyone read a repository. A login that comes along is not looked at, unless Ways.PublicIsStrict.
func (s *Server) Publish(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.public[strings.ToLower(name)] = true
}

func (s *Server) isPublic(repository string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.public[repository]
}

// RepositoryDir is where the bare repository name ("ws/repo") is, for a look at what was pushed.
func (s *Server) RepositoryDir(name string) string {
	return filepath.Join(s.repositoriesDir(), filepath.FromSlash(strings.ToLower(name))+".git")
}

func (s *Server) repositoriesDir() string { return filepath.Join(s.dir, "repositories") }

func (s *Server) has(repository string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.repositories[repository]
}

func runGit(input string, arguments ...string) error {
	command := exec.Command("git", arguments...)
	command.Env = gitEnv()
	command.Stdin = strings.NewReader(input)
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("git %s: %w: %s", arguments, err, output)
	}
	return nil
}
