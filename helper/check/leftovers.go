package check

import (
	"context"
	"path/filepath"
	"slices"

	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
)

// checkLeftovers looks for what a killed run left behind, and for the copies that
// check --fix made of files of passwords.
func checkLeftovers(_ context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	passwords := x.passwordFiles(ask.Run.Getenv)
	temporaries, copies := []string{}, []string{}
	for _, path := range slices.Concat(passwords, x.configFiles()) {
		left, kept := private.Beside(path)
		temporaries = append(temporaries, left...)
		if slices.Contains(passwords, path) {
			copies = append(copies, kept...)
		}
	}
	for _, folder := range []string{ask.Run.Store.Folder(), ask.Run.Files.Folder(), ask.Run.Encrypted.Folder()} {
		if filepath.IsAbs(folder) { // else there is no home folder
			temporaries = append(temporaries, private.Temporaries(folder)...)
		}
	}
	for _, path := range temporaries {
		out.Warnf(report.CauseLeftover, setup.Where{File: path}, "rm "+shell.Path(path), "a run of this program that was killed left this file; it can be removed")
	}
	for _, path := range copies {
		// Only ok: the user may need the copy to undo a change, and it has the original's permissions.
		out.Add(report.Diagnosis{Result: report.OK, Where: setup.Where{File: path}, Do: "rm " + shell.Path(path), Found: "a copy from before a change, which still holds a password"})
	}
	if len(out.Report) == 0 {
		out.OKf(setup.Where{}, "none")
	}
}

// passwordFiles are the files of passwords that check --fix changes.
func (x *facts) passwordFiles(getenv func(string) string) []string {
	paths := slices.Concat(found.NetrcFiles(), found.CredentialFiles(getenv))
	asked, cleared := git.Chain(x.settings, x.target.forHelpers())
	for _, h := range slices.Concat(asked, cleared) {
		paths = append(paths, h.StoreFiles(found.CredentialFiles(getenv))...)
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

// configFiles are the files of git's configuration that hold here or in one of the
// clones, and the one that setup would make.
func (x *facts) configFiles() []string {
	var paths []string
	if x.globalFile != "" {
		paths = append(paths, x.globalFile)
	}
	for _, s := range x.everySetting(func(settings []git.Setting) []git.Setting { return settings }) {
		if s.File() != "" {
			paths = append(paths, s.File())
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}
