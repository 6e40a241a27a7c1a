package check

import (
	"context"
	"errors"
	"slices"
	"sync"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
)

// facts are what there is to look at. They are gathered before the first check, and then only read.
type facts struct {
	options *options
	saveIn  program.Place // for tokens that are to be saved

	gitVersion     git.Version
	versionErr     error
	settings       []git.Setting // as they hold here
	settingErr     error
	here           git.Clone
	hereErr        error           // why this is not a clone
	clones         []lookedAt      // whose remotes are looked at
	fromRepository map[string]bool // files of clones' configuration, and whether they are content
	target         target
	tellsName      func() bool // whether git tells helpers the name in a URL; it is tried once
	globalFile     string      // of git's configuration; "" if it is not known
	setUp          []fix.Step  // makes git ask this program alone

	entries    []store.Entry
	entriesErr error
	noFolder   error // why there is no place for entries
	env        *store.Environment
	envErr     error
}

// lookedAt is a clone with its settings, and the addresses in them.
type lookedAt struct {
	git.Clone
	settings []git.Setting
	remotes  []git.Remote
}

// lookAt adds a clone to those whose remotes are looked at.
func (x *facts) lookAt(clone git.Clone, settings []git.Setting) {
	x.clones = append(x.clones, lookedAt{clone, settings, git.Remotes(settings)})
	x.noteOrigins(clone, settings)
}

// noteOrigins finds out which files of a clone's configuration are content of a repository:
// git takes the addresses of submodules from .gitmodules, and what a clone's own file
// includes may be tracked.
func (x *facts) noteOrigins(clone git.Clone, settings []git.Setting) {
	for _, s := range settings {
		if _, known := x.fromRepository[s.File()]; s.IsOfClone() && !known {
			x.fromRepository[s.File()] = clone.IsSubmodule() || !clone.Owns(s.File())
		}
	}
}

// isFromRepository reports whether a setting is content of a repository, and so no evidence about
// the person.
func (x *facts) isFromRepository(s git.Setting) bool {
	section, _, _ := git.SplitKey(s.Key)
	return section == "submodule" || x.fromRepository[s.File()]
}

// gather reads what the checks look at.
func gather(ctx context.Context, run *program.Run, o *options) *facts {
	x := &facts{options: o, saveIn: o.place, fromRepository: map[string]bool{}}
	x.gitVersion, x.versionErr = git.ReadVersion(ctx)
	x.settings, x.here, x.hereErr, x.settingErr = git.SettingsIn(ctx, ".")
	x.noteOrigins(x.here, x.settings)
	x.globalFile, _ = git.ConfigFile(ctx, ".", git.Global)
	x.tellsName = sync.OnceValue(func() bool {
		told, err := git.TellsURLName(ctx)
		return told || err != nil
	})
	if x.entries, x.entriesErr = run.Store.Entries(); errors.Is(x.entriesErr, store.ErrNoFolder) {
		x.noFolder, x.entriesErr = x.entriesErr, nil
	}
	x.env, x.envErr = store.FromEnvironment(run.Getenv)
	if x.entriesErr == nil {
		needsPath := slices.ContainsFunc(x.entries, func(e store.Entry) bool { return e.For != "" })
		o, ofClone := &setup.Options{}, false
		if cleared := x.clearedHere(); cleared != nil && cleared.IsOfClone() {
			o, ofClone = setup.ForClone(), true
		}
		if file, sections, err := setup.Prepare(ctx, o, needsPath); err == nil {
			x.setUp = []fix.Step{fix.SetUp{File: file, Lines: setup.Shown(sections), Clone: ofClone}}
		}
	}
	return x
}
