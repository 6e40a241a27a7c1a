package git

// Where the folders of a repository are and which of their files are its own, found
// without git: a file that git would read may be a link or a device that another put there.

import (
	"errors"
	"fmt"
	"git-credential-bitbucket/helper/git/configtext"
	"os"
	"path/filepath"
	"strings"
)

// Why a repository is not looked at, for errors.Is. No git is started there, which would
// read its configuration.
var (
	// ErrNotOwn: a file of its configuration is a link, leads out of its own folder, or
	// is a device.
	ErrNotOwn = errors.New("not a file of the clone's own")
	// ErrEmbedded: a bare repository in the work tree of a clone, which may track it.
	ErrEmbedded = errors.New("it may be part of that")
)

// gitDirs are a repository's own folder and the one that its worktrees share, links
// resolved. They are the same but in a worktree.
type gitDirs struct{ own, common string }

// dirsAt returns the folders of the repository whose .git, a folder or a file that names
// one (git's Documentation/gitrepository-layout.adoc), is in that folder. Where the file
// leads nowhere they are empty.
func dirsAt(top string) (dirs gitDirs, found bool) {
	path := filepath.Join(top, ".git")
	info, err := os.Lstat(path)
	switch {
	case err != nil:
		return gitDirs{}, false
	case info.IsDir() && isGitDir(path):
		return withCommon(path), true
	case info.Mode().IsRegular():
		name, isNamed := strings.CutPrefix(readLine(path), "gitdir: ")
		if !isNamed || !exists(within(top, name)) {
			return gitDirs{}, true
		}
		return withCommon(within(top, name)), true
	}
	return gitDirs{}, false
}

func withCommon(own string) gitDirs {
	common := own
	if name := readLine(filepath.Join(own, "commondir")); name != "" {
		common = within(own, name)
	}
	return gitDirs{RealPath(own), RealPath(common)}
}

// longestLine bounds the files that name a folder, in bytes.
const longestLine = 8 << 10

// readLine returns what a small file holds, without the end of the line; "" if it is
// not there, or no file.
func readLine(path string) string {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > longestLine {
		return ""
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimRight(string(text), "\r\n")
}

// within is a path as it is meant in a folder.
func within(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, path)
}

// RealPath is a path with all links resolved, or itself if it leads nowhere.
func RealPath(path string) string {
	if resolved, err := filepath.EvalSymlinks(path); err == nil {
		return resolved
	}
	return filepath.Clean(path)
}

// isInside reports whether a path is a folder or below it, both resolved.
func isInside(path, folder string) bool {
	if folder == "" {
		return false
	}
	rest, err := filepath.Rel(folder, path)
	return err == nil && filepath.IsLocal(rest)
}

// isGitDir reports whether a folder is a repository's own (git's setup.c,
// is_git_directory). Git would open its HEAD.
func isGitDir(path string) bool {
	for _, name := range []string{"objects", "refs", "config"} {
		if _, err := os.Lstat(filepath.Join(path, name)); err != nil {
			return false
		}
	}
	info, err := os.Lstat(filepath.Join(path, "HEAD"))
	return err == nil && info.Mode()&^os.ModePerm&^os.ModeSymlink == 0
}

// dirsFor returns the folders of the repository that git would find for a folder; empty if
// there is none, or if the environment names one, which the user chose. around is the clone
// in whose work tree it is, if it is a bare one in there, and "" else.
func dirsFor(dir string) (dirs gitDirs, around string) {
	abs, err := filepath.Abs(dir)
	if err != nil || os.Getenv("GIT_DIR") != "" {
		return gitDirs{}, ""
	}
	for dir = RealPath(abs); ; dir = filepath.Dir(dir) {
		at, found := dirsAt(dir)
		switch {
		case found && dirs.own == "":
			return at, ""
		case found && (isInside(dirs.own, at.own) || isInside(dirs.own, at.common)):
			return dirs, ""
		case found:
			return dirs, dir
		case dirs.own == "" && isGitDir(dir):
			dirs = gitDirs{dir, dir}
		}
		if dir == filepath.Dir(dir) {
			return dirs, ""
		}
	}
}

// checkConfig checks that what git would read as a repository's configuration are
// files of its own, and that what they include are files.
func (d gitDirs) checkConfig() error {
	if d.own == "" {
		return nil
	}
	for _, path := range []string{filepath.Join(d.common, "config"), filepath.Join(d.own, "config.worktree")} {
		info, err := os.Lstat(path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			continue
		case err != nil:
			return err
		case info.Mode()&os.ModeSymlink != 0, info.Mode().IsRegular() && !d.owns(path):
			return fmt.Errorf("%s is %w: it leads to %s", path, ErrNotOwn, leadsTo(path))
		}
		if err := checkIncludes(path, map[string]bool{}); err != nil {
			return err
		}
	}
	return nil
}

// owns reports whether a path is that of a file, and no link, in the repository's own
// folders.
func (d gitDirs) owns(path string) bool {
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() {
		return false
	}
	resolved := RealPath(path)
	return isInside(resolved, d.common) || isInside(resolved, d.own)
}

// leadsTo is where a link ends, as far as it can be followed.
func leadsTo(path string) string { return RealPath(followed(path)) }

// maxConfig is the largest configuration file in which includes are looked for, in bytes.
const maxConfig = 4 << 20

// checkIncludes checks that what a file includes, under whatever condition, are
// files, which do not keep git waiting.
func checkIncludes(path string, seen map[string]bool) error {
	info, err := os.Stat(path)
	switch {
	case err != nil || seen[path]:
		return nil
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is %w", path, ErrNotOwn)
	case info.Size() > maxConfig:
		return fmt.Errorf("%s is %w: it has over %d bytes", path, ErrNotOwn, maxConfig)
	}
	seen[path] = true
	text, err := os.ReadFile(path)
	if err != nil {
		return nil // git says why
	}
	config, err := configtext.Parse(string(text))
	if err != nil {
		return nil
	}
	for _, v := range config.Variables {
		section, _, name := SplitKey(v.Key)
		if section != "include" && section != "includeif" || name != "path" {
			continue
		}
		if err := checkIncludes(within(filepath.Dir(path), ExpandHome(v.Value)), seen); err != nil {
			return err
		}
	}
	return nil
}
