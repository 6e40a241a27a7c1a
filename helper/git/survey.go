package git

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
)

// Survey is a look at all clones below a folder. Only what has a .git is a clone of the
// person's: a folder that is a repository, with those of its submodules, or a file that
// leads to one. A repository can be part of what another tracks, or have come in an
// archive that was unpacked there: what is in a clone's work tree is counted alone.
type Survey struct {
	// Progress, if set, is told how many clones have been read. It may be called
	// from several goroutines.
	Progress func(clones int)
	// Each is called with every clone and its settings, or with why they could not
	// be read, one clone at a time and in no order.
	Each func(Clone, []Setting, error)
	// Unreadable counts the folders that could not be looked into.
	Unreadable Passed
	// Bare are the bare repositories, and Inside those in a clone's work tree but its own
	// submodules and worktrees, by that clone's folder.
	Bare   Passed
	Inside map[string]Passed

	clones []surveyed // around the folder that is looked into, the innermost last
}

// Passed are folders that were ignored.
type Passed struct {
	Count int
	First string
}

func (p *Passed) add(path string) {
	if p.Count++; p.Count == 1 {
		p.First = path
	}
}

// surveyed is a clone whose work tree is being looked into.
type surveyed struct {
	top  string
	dirs gitDirs
}

// readers is how many gits read clones at the same time.
const readers = 4

// Below reads every clone in a folder and below it. Links are not followed.
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
	each := func(clone Clone, settings []Setting, err error) {
		mu.Lock()
		defer mu.Unlock()
		count++
		s.Each(clone, settings, err)
		if s.Progress != nil {
			s.Progress(count)
		}
	}
	for range readers {
		reading.Go(func() {
			for top := range found {
				readAll(ctx, top, each)
			}
		})
	}
	s.Inside = map[string]Passed{}
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		return s.visit(ctx, found, path, entry, err)
	})
	close(found)
	reading.Wait()
	return err
}

// readAll reads a clone and its submodules, if git trusts it.
func readAll(ctx context.Context, top string, each func(Clone, []Setting, error)) {
	clone, settings, err := readClone(ctx, top)
	each(clone, settings, err)
	if err == nil {
		readModules(ctx, filepath.Join(clone.ownDir, "modules"), each)
	}
}

// readModules reads the repositories of submodules, and of theirs.
func readModules(ctx context.Context, dir string, each func(Clone, []Setting, error)) {
	filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || ctx.Err() != nil || !entry.IsDir() || !isGitDir(path) {
			return ctx.Err()
		}
		each(readModule(ctx, path))
		readModules(ctx, filepath.Join(path, "modules"), each)
		return fs.SkipDir
	})
}

// visit hands on what is a clone of the person's, and counts what may not be.
func (s *Survey) visit(ctx context.Context, found chan<- string, path string, entry fs.DirEntry, err error) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		s.Unreadable.add(path)
		return nil
	case !entry.IsDir():
		return nil
	case entry.Name() == ".git":
		return fs.SkipDir
	}
	around := s.around(path)
	dirs, isClone := dirsAt(path)
	switch {
	case !isClone && !isGitDir(path), isClone && around.holdsModule(dirs):
		return nil
	case !isClone:
		if _, around := dirsFor(path); around == "" {
			s.Bare.add(path)
		}
		return fs.SkipDir
	case around.top != "" && !around.holdsWorktree(dirs):
		passed := s.Inside[around.top]
		passed.add(path)
		s.Inside[around.top] = passed
		return fs.SkipDir
	}
	s.clones = append(s.clones, surveyed{path, dirs})
	found <- path
	return nil
}

// around returns the innermost clone in whose work tree a folder is; none if its top is
// empty.
func (s *Survey) around(path string) surveyed {
	for len(s.clones) > 0 {
		if last := s.clones[len(s.clones)-1]; isInside(path, last.top) {
			return last
		}
		s.clones = s.clones[:len(s.clones)-1]
	}
	return surveyed{}
}

// holdsModule reports whether a repository is one of the clone's submodules, and
// holdsWorktree whether it is another worktree of it.
func (c surveyed) holdsModule(dirs gitDirs) bool {
	return c.dirs.own != "" && isInside(dirs.own, filepath.Join(c.dirs.own, "modules"))
}

func (c surveyed) holdsWorktree(dirs gitDirs) bool {
	return c.dirs.common != "" && isInside(dirs.own, filepath.Join(c.dirs.common, "worktrees"))
}
