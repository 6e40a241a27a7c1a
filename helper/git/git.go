// Package git is the only place that starts git. It reads git's configuration
// and tells what follows from it for credentials and remotes.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// ErrNoGit: there is no git on PATH.
var ErrNoGit = errors.New("git is not on PATH")

// timeout ends a git that hangs, on a network drive for example.
const timeout = 10 * time.Second

// run starts git in a folder and returns what it printed. Git is started by its
// absolute path, never from the folder itself (CVE-2020-26233), and never asks.
func run(ctx context.Context, dir string, args ...string) ([]byte, error) {
	path, err := exec.LookPath("git")
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNoGit, err)
	}
	if path, err = filepath.Abs(path); err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("git %s: %w%s", args[0], err, complaint(err))
	}
	return out, nil
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

// Setting is one line of git's configuration.
type Setting struct {
	Scope  string // "system", "global", "local", "worktree" or "command"
	Origin string // such as "file:/home/me/.gitconfig"
	Key    string // section and name in lower case, the part between as it is written
	Value  string
}

// Settings returns git's whole configuration as it holds in a folder, in the
// order in which git reads it.
func Settings(ctx context.Context, dir string) ([]Setting, error) {
	out, err := run(ctx, dir, "config", "--list", "--show-scope", "--show-origin", "-z")
	if err != nil {
		return nil, err
	}
	return parseSettings(string(out)), nil
}

// parseSettings reads scope, origin and "key LF value", each ended by NUL.
func parseSettings(out string) []Setting {
	fields := strings.Split(out, "\x00")
	var settings []Setting
	for ; len(fields) >= 3; fields = fields[3:] {
		key, value, hasValue := strings.Cut(fields[2], "\n")
		if !hasValue {
			value = "true" // a key alone is a true one
		}
		settings = append(settings, Setting{Scope: fields[0], Origin: fields[1], Key: key, Value: value})
	}
	return settings
}

// splitKey takes "section.the.middle.name" apart.
func splitKey(key string) (section, middle, name string) {
	first, last := strings.Index(key, "."), strings.LastIndex(key, ".")
	if first < 0 {
		return key, "", ""
	}
	if first == last {
		return key[:first], "", key[last+1:]
	}
	return key[:first], key[first+1 : last], key[last+1:]
}
