package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Clone is a repository on this machine.
type Clone struct {
	Dir       string // its work tree, or a bare repository's own folder
	CommonDir string // where its configuration is
	ownDir    string // of a worktree, where that is another
}

// Owns reports whether a file is one of the clone's own configuration: no link, and in
// its own folder. Others may be tracked, or be another's.
func (c Clone) Owns(file string) bool {
	return c.CommonDir != "" && gitDirs{RealPath(c.ownDir), RealPath(c.CommonDir)}.owns(file)
}

// IsSubmodule reports whether the clone is a submodule's, so that its address came from
// a .gitmodules.
func (c Clone) IsSubmodule() bool {
	for dir := RealPath(c.CommonDir); dir != filepath.Dir(dir); dir = filepath.Dir(dir) {
		if filepath.Base(dir) == "modules" && exists(filepath.Join(filepath.Dir(dir), "HEAD")) {
			return true
		}
	}
	return false
}

// ErrNoClone: the folder is not in a clone, or in one that git does not trust.
var ErrNoClone = errors.New("not in a clone")

// CloneAt returns the clone that a folder is in. The error wraps ErrNoClone, ErrEmbedded
// or ErrNotOwn.
func CloneAt(ctx context.Context, dir string) (Clone, error) {
	if err := checkPlace(dir); err != nil {
		return Clone{}, err
	}
	out, err := run(ctx, dir, "rev-parse", "--git-common-dir", "--show-cdup")
	if err != nil {
		return Clone{}, fmt.Errorf("%w: %w", ErrNoClone, err)
	}
	common, up, _ := strings.Cut(string(out), "\n")
	if dir, err = filepath.Abs(dir); err != nil {
		return Clone{}, err
	}
	dirs, _ := dirsFor(dir)
	return Clone{Dir: within(dir, strings.TrimSpace(up)), CommonDir: within(dir, common), ownDir: dirs.own}, nil
}

// checkPlace checks that the repository that git would find in a folder may be the
// person's own, and that git can read its configuration.
func checkPlace(dir string) error {
	dirs, around := dirsFor(dir)
	if around != "" {
		return fmt.Errorf("the bare repository %s is inside the clone %s: %w", dirs.own, around, ErrEmbedded)
	}
	return dirs.checkConfig()
}

// SettingsIn returns git's whole configuration as it holds in a folder, with
// absolute names of files, and the clone that the folder is in, or why it is in none.
func SettingsIn(ctx context.Context, dir string) (settings []Setting, clone Clone, noClone, err error) {
	if clone, noClone = CloneAt(ctx, dir); noClone != nil {
		settings, err = Settings(ctx, dir)
		return settings, clone, noClone, err
	}
	settings, err = clone.settings(ctx, job{dir: clone.Dir})
	return settings, clone, nil, err
}

func (c Clone) settings(ctx context.Context, j job) ([]Setting, error) {
	settings, err := j.settings(ctx)
	for i, s := range settings {
		if path := s.File(); path != "" && !filepath.IsAbs(path) {
			settings[i].Origin = "file:" + filepath.Join(c.Dir, path)
		}
	}
	return append(settings, c.oldRemotes(settings)...), err
}

// UsesLFS reports whether Git LFS keeps files of the clone.
func (c Clone) UsesLFS() bool {
	if exists(filepath.Join(c.CommonDir, "lfs")) {
		return true
	}
	path := filepath.Join(c.Dir, ".gitattributes")
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxFile {
		return false
	}
	text, err := os.ReadFile(path)
	return err == nil && strings.Contains(string(text), "filter=lfs")
}

// cloneVariables would lead git to another clone than that of its folder.
var cloneVariables = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_CONFIG"}

// readClone reads the configuration of the clone whose .git is in a folder.
func readClone(ctx context.Context, top string) (Clone, []Setting, error) {
	dirs, _ := dirsAt(top)
	clone := Clone{Dir: top, CommonDir: dirs.common, ownDir: dirs.own}
	if err := dirs.checkConfig(); err != nil {
		return clone, nil, err
	}
	settings, err := clone.settings(ctx, job{dir: top, without: cloneVariables})
	isLocal := func(s Setting) bool { return s.Scope == string(Local) }
	if err == nil && !slices.ContainsFunc(settings, isLocal) {
		err = fmt.Errorf("%w: git does not trust %s; it may be another user's", ErrNoClone, top)
	}
	return clone, settings, err
}

// readModule reads the configuration of a submodule's repository as a mere file: git
// would go to its work tree, which may not be there.
func readModule(ctx context.Context, dir string) (Clone, []Setting, error) {
	clone := Clone{Dir: dir, CommonDir: dir, ownDir: dir}
	if err := (gitDirs{dir, dir}).checkConfig(); err != nil {
		return clone, nil, err
	}
	settings, err := listFile(ctx, filepath.Join(dir, "config"))
	for i := range settings {
		settings[i].Scope = string(Local)
	}
	return clone, settings, err
}
