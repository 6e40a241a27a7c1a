package git

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
)

// Clone is a repository on this machine.
type Clone struct {
	Dir       string // its work tree, or a bare repository's own folder
	CommonDir string // where its configuration lies
}

// ErrNoClone: the folder is not in a clone, or in one that git does not trust.
var ErrNoClone = errors.New("not in a clone")

// CloneAt returns the clone that a folder is in.
func CloneAt(ctx context.Context, dir string) (Clone, error) {
	out, err := run(ctx, dir, "rev-parse", "--git-common-dir", "--show-cdup")
	if err != nil {
		return Clone{}, fmt.Errorf("%w: %w", ErrNoClone, err)
	}
	common, up, _ := strings.Cut(string(out), "\n")
	if dir, err = filepath.Abs(dir); err != nil {
		return Clone{}, err
	}
	within := func(path string) string {
		if filepath.IsAbs(path) {
			return path
		}
		return filepath.Join(dir, path)
	}
	return Clone{within(strings.TrimSpace(up)), within(common)}, nil
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
	return settings, err
}

// maxModules is the largest .gitmodules that is read, in bytes.
const maxModules = 4 << 20

// Modules returns the settings in the clone's .gitmodules; none if there is none.
func (c Clone) Modules(ctx context.Context) ([]Setting, error) {
	path := filepath.Join(c.Dir, ".gitmodules")
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxModules {
		return nil, nil
	}
	return listFile(ctx, path)
}

// UsesLFS tells whether Git LFS keeps files of the clone.
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

// Survey is a look at all clones below a folder.
type Survey struct {
	// Progress, if set, is told how many clones have been read. It may be called
	// from several goroutines.
	Progress func(clones int)
	// Each is called with every clone and its settings, or with why they could not
	// be read, one clone at a time and in no order.
	Each func(Clone, []Setting, error)
	// Unreadable counts the folders that could not be looked into; First is one.
	Unreadable int
	First      string
}

// readers is how many gits read clones at the same time.
const readers = 4

// Below reads every clone in a folder and below it: bare ones, work trees,
// submodules, also those that are not checked out. Links are not followed.
func (s *Survey) Below(ctx context.Context, dir string) error {
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir) // of the links only the first is followed
	}
	if err != nil {
		return err
	}
	if info, err := os.Stat(dir); err != nil {
		return err
	} else if !info.IsDir() {
		return fmt.Errorf("%s is not a folder", dir)
	}
	found := make(chan string)
	var reading sync.WaitGroup
	var mu sync.Mutex
	count := 0
	for range readers {
		reading.Go(func() {
			for path := range found {
				clone, settings, err := readClone(ctx, path)
				mu.Lock()
				count++
				s.Each(clone, settings, err)
				if s.Progress != nil {
					s.Progress(count)
				}
				mu.Unlock()
			}
		})
	}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		return s.visit(ctx, found, path, entry, err)
	})
	close(found)
	reading.Wait()
	return err
}

// visit hands on what is a clone.
func (s *Survey) visit(ctx context.Context, found chan<- string, path string, entry fs.DirEntry, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		if s.Unreadable++; s.First == "" {
			s.First = path
		}
		return nil
	}
	switch {
	case entry.Name() == ".git" && (entry.IsDir() || entry.Type().IsRegular()):
		found <- filepath.Dir(path)
		if entry.IsDir() {
			s.walkModules(ctx, found, filepath.Join(path, "modules"))
			return fs.SkipDir
		}
	case entry.IsDir() && isGitDir(path):
		found <- path
		return fs.SkipDir
	}
	return nil
}

// walkModules hands on the repositories of submodules, whose work trees may not
// be there.
func (s *Survey) walkModules(ctx context.Context, found chan<- string, dir string) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil || !entry.IsDir() || !isGitDir(path) {
			return ctx.Err()
		}
		found <- path
		s.walkModules(ctx, found, filepath.Join(path, "modules"))
		return fs.SkipDir
	})
}

// isGitDir tells whether a folder is a repository's own (git's setup.c,
// is_git_directory).
func isGitDir(path string) bool {
	for _, name := range []string{"HEAD", "objects", "refs", "config"} {
		if !exists(filepath.Join(path, name)) {
			return false
		}
	}
	return true
}

// cloneVariables would lead git to another clone than that of its folder.
var cloneVariables = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_CONFIG"}

// readClone reads the configuration of a clone that was found by its folder. A
// submodule's repository is read as a mere file: git would go to its work tree.
func readClone(ctx context.Context, path string) (Clone, []Setting, error) {
	clone := Clone{Dir: path, CommonDir: filepath.Join(path, ".git")}
	if isGitDir(path) {
		clone.CommonDir = path
		config := filepath.Join(path, "config")
		settings, err := listFile(ctx, config)
		for i := range settings {
			settings[i].Scope = string(Local)
		}
		return clone, settings, err
	}
	settings, err := clone.settings(ctx, job{dir: path, without: cloneVariables})
	if err == nil && !hasScope(settings, Local) {
		err = fmt.Errorf("%w: git does not trust %s; it may be another user's", ErrNoClone, path)
	}
	return clone, settings, err
}

func hasScope(settings []Setting, scope Scope) bool {
	for _, s := range settings {
		if s.Scope == string(scope) {
			return true
		}
	}
	return false
}
