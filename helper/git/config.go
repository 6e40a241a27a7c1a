package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/store/shell"
)

// Setting is one line of git's configuration.
type Setting struct {
	Scope  string // "system", "global", "local", "worktree" or "command"
	Origin string // such as "file:/home/me/.gitconfig"
	Key    string // section and name in lower case, the part between as it is written
	Value  string
	Bare   bool // the key is alone, which means true, and for some is an error
}

// File returns the file that the setting is in, or "" if it is in none,
// as after git -c.
func (s Setting) File() string {
	path, _ := strings.CutPrefix(s.Origin, "file:")
	if path == s.Origin {
		return ""
	}
	return path
}

// IsOfClone reports whether the setting is in a clone's configuration, or in what
// that includes.
func (s Setting) IsOfClone() bool {
	return (s.Scope == string(Local) || s.Scope == "worktree") && s.File() != ""
}

// Settings returns git's whole configuration as it holds in a folder, in the
// order in which git reads it, less that of a repository that may be a stranger's.
func Settings(ctx context.Context, dir string) ([]Setting, error) {
	if checkPlace(dir) != nil {
		dir = folderWithoutClone()
	}
	return job{dir: dir}.settings(ctx)
}

func (j job) settings(ctx context.Context) ([]Setting, error) {
	out, err := j.run(ctx, "config", "--list", "--show-scope", "--show-origin", "-z")
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
		settings = append(settings, Setting{Scope: fields[0], Origin: fields[1], Key: key, Value: value, Bare: !hasValue})
	}
	return settings
}

// folderWithoutClone is a folder where no clone's configuration is in the way.
func folderWithoutClone() string {
	return filepath.VolumeName(os.TempDir()) + string(filepath.Separator)
}

// listFile returns the settings of one file, given by its absolute path, and not
// of those that it includes.
func listFile(ctx context.Context, path string) ([]Setting, error) {
	out, err := run(ctx, folderWithoutClone(), "config", "--file", path, "--no-includes", "--list", "--show-scope", "--show-origin", "-z")
	if err != nil {
		return nil, err
	}
	return parseSettings(string(out)), nil
}

// SplitKey takes a key "section.the.middle.name" apart.
func SplitKey(key string) (section, middle, name string) {
	first, last := strings.Index(key, "."), strings.LastIndex(key, ".")
	if first < 0 {
		return key, "", ""
	}
	if first == last {
		return key[:first], "", key[last+1:]
	}
	return key[:first], key[first+1 : last], key[last+1:]
}

// Scope is one of the configurations that setup can write to.
type Scope string

// The scopes.
const (
	System Scope = "system"
	Global Scope = "global"
	Local  Scope = "local"
)

// ErrNoConfig: there is no place for such a configuration here.
var ErrNoConfig = errors.New("there is no such configuration")

// ConfigFile returns the file that git writes to for a scope, whether or not it
// exists yet (git's Documentation/git-config.adoc, "FILES").
func ConfigFile(ctx context.Context, dir string, scope Scope) (string, error) {
	switch scope {
	case System:
		return systemFile(ctx)
	case Global:
		return globalFile()
	}
	clone, err := CloneAt(ctx, dir)
	if err != nil {
		return "", fmt.Errorf("%w: this is not a clone", ErrNoConfig)
	}
	return filepath.Join(clone.CommonDir, "config"), nil
}

// ConfigFiles returns all files that git reads for a scope. There are two global
// ones, of which it writes to the first that is there.
func ConfigFiles(ctx context.Context, dir string, scope Scope) ([]string, error) {
	if scope == Global {
		return globalFiles()
	}
	path, err := ConfigFile(ctx, dir, scope)
	return []string{path}, err
}

func globalFile() (string, error) {
	files, err := globalFiles()
	if err != nil {
		return "", err
	}
	if len(files) == 2 && !exists(files[0]) && exists(files[1]) {
		return files[1], nil
	}
	return files[0], nil
}

// globalFiles returns ~/.gitconfig and the one in the person's configuration folder.
func globalFiles() ([]string, error) {
	if path := os.Getenv("GIT_CONFIG_GLOBAL"); path != "" {
		path, err := filepath.Abs(path)
		return []string{path}, err
	}
	// Git reads HOME alone, on Windows too, where it sets it for those it starts.
	home := os.Getenv("HOME")
	if home == "" {
		var err error
		if home, err = shell.Home(); err != nil {
			return nil, fmt.Errorf("%w: HOME is not set", ErrNoConfig)
		}
	}
	folder := os.Getenv("XDG_CONFIG_HOME")
	if folder == "" {
		folder = filepath.Join(home, ".config")
	}
	return []string{filepath.Join(home, ".gitconfig"), filepath.Join(folder, "git", "config")}, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// systemFile asks git, which knows where it was told to look when it was built.
// Older ones only show the name once something is in the file.
func systemFile(ctx context.Context) (string, error) {
	if path := os.Getenv("GIT_CONFIG_SYSTEM"); path != "" {
		return filepath.Abs(path)
	}
	if out, err := run(ctx, folderWithoutClone(), "var", "GIT_CONFIG_SYSTEM"); err == nil {
		path, _, _ := strings.Cut(string(out), "\n")
		return path, nil
	}
	settings, err := Settings(ctx, ".")
	if err != nil {
		return "", err
	}
	for _, s := range settings {
		if s.Scope == string(System) && s.File() != "" {
			return s.File(), nil
		}
	}
	return "", fmt.Errorf("%w: this git does not say which file is the system's; name it in GIT_CONFIG_SYSTEM", ErrNoConfig)
}
