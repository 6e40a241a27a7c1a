package check

import (
	"context"
	"fmt"
	"slices"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
)

// checkPath finds out whether git says which repository it asks for, where an
// entry is for one.
func checkPath(_ context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	limited := slices.IndexFunc(x.entries, func(e store.Entry) bool { return e.For != "" })
	switch {
	case limited < 0:
		out.OKf(setup.Where{}, "no saved token is for one workspace or repository")
	case x.pathIsSent():
		out.OKf(setup.Where{}, "git says which repository it asks for")
	default:
		e := x.entries[limited]
		out.Add(report.Diagnosis{Result: report.Error, Cause: report.CausePath, Do: x.pathWords(), Steps: x.sendingPath(),
			Found: fmt.Sprintf(`the token "%s" is for %s, but git does not say which repository it asks for`, e.Name, e.For)})
	}
}

// pathIsSent reports whether git says which repository it asks for.
func (x *facts) pathIsSent() bool {
	return git.Flag(x.settings, x.target.forHelpers(), "usehttppath")
}

// pathBlocker returns the setting that turns useHttpPath off and is read after the user's global
// file, so that a line there could not help; nil for none.
func (x *facts) pathBlocker() *git.Setting {
	s := git.Lookup(x.settings, x.target.forHelpers(), "usehttppath")
	if s == nil || x.globalFile == "" || git.IsTrue(s.Value) || s.Scope == string(git.System) || setup.SameFile(s.File(), x.globalFile) {
		return nil
	}
	return s
}

// pathWords is what to do where git does not say which repository it asks for.
func (x *facts) pathWords() hint.Line {
	switch blocker := x.pathBlocker(); {
	case blocker == nil:
		return report.FixCommand
	case blocker.File() == "":
		return setup.OffCommandLine
	default:
		return setup.UnsetValue(*blocker)
	}
}

// sendingPath is the step that makes git tell helpers which repository it asks
// for, if it does not yet.
func (x *facts) sendingPath() []fix.Step {
	if x.pathIsSent() || x.pathBlocker() != nil {
		return nil
	}
	old := ""
	for _, s := range x.settings {
		if s.Scope == string(git.Global) && s.Key == "credential."+bitbucket.GitURL+".usehttppath" {
			old = s.Value
		}
	}
	return []fix.Step{fix.SwitchOn{Scope: git.Global, Section: "credential", Sub: bitbucket.GitURL, Name: "useHttpPath", Value: "true",
		Why: "git says which repository it asks for", Old: old}}
}
