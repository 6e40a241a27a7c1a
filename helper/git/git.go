// Package git is the only place that starts git. It reads git's configuration
// and the other files in which git finds passwords, says what follows from them
// for credentials and remotes, and changes them.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// ErrNoGit: there is no git on PATH.
var ErrNoGit = errors.New("git is not on PATH")

// timeout ends a git that hangs, on a network drive for example.
const timeout = 10 * time.Second

// Path returns the absolute path of git. Git is started by it alone, never from
// the folder that a search happens to begin in (CVE-2020-26233).
func Path() (string, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return "", fmt.Errorf("find git: %w", err)
	}
	return path, nil
}

// job is one run of git.
type job struct {
	dir string   // the folder to run in
	env []string // beside this program's own environment
	in  []byte

	without []string // variables to leave out of it
}

// run starts git in a folder and returns what it printed. It asks no questions.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	return job{dir: dir}.run(ctx, args...)
}

func (j job) run(ctx context.Context, args ...string) ([]byte, error) {
	path, err := Path()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = j.dir
	cmd.Env = append(append(j.inherited(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C"), j.env...)
	cmd.Stdin = bytes.NewReader(j.in)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w%s", args[0], err, complaint(err))
	}
	return out, nil
}

func (j job) inherited() []string {
	return slices.DeleteFunc(os.Environ(), func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(j.without, name)
	})
}

// complaint is the first line that git wrote about its failure.
func complaint(err error) string {
	var failed *exec.ExitError
	if !errors.As(err, &failed) || len(failed.Stderr) == 0 {
		return ""
	}
	line, _, _ := bytes.Cut(failed.Stderr, []byte("\n"))
	return ": " + string(line)
}

// Version is git's, such as 2.39.5.
type Version struct {
	Text         string
	Major, Minor int
}

// AtLeast reports whether the version is that one or a later one.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || v.Major == major && v.Minor >= minor
}

// ReadVersion asks git for its version.
func ReadVersion(ctx context.Context) (Version, error) {
	out, err := run(ctx, ".", "version")
	if err != nil {
		return Version{}, err
	}
	return parseVersion(string(out))
}

// parseVersion reads "git version 2.39.5 (Apple Git-154)" and the like.
func parseVersion(out string) (Version, error) {
	words := strings.Fields(out)
	if len(words) < 3 {
		return Version{}, fmt.Errorf("git printed no version")
	}
	v := Version{Text: words[2]}
	if _, err := fmt.Sscanf(v.Text, "%d.%d", &v.Major, &v.Minor); err != nil {
		return Version{}, fmt.Errorf("git printed no version: %w", err)
	}
	return v, nil
}

// ExecPath returns the folder of git's own programs, where it looks for helpers
// before it looks on PATH.
func ExecPath(ctx context.Context) (string, error) {
	out, err := run(ctx, ".", "--exec-path")
	return strings.TrimSpace(string(out)), err
}
