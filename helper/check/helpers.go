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
	"git-credential-bitbucket/store/hint"
)

// checkHelpers reports which helpers git asks, in its order, and which it does not.
func checkHelpers(_ context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	asked, cleared := git.Chain(x.settings, x.target.forHelpers())
	before, ours := git.SplitAt(asked, setup.IsThisProgram)
	switch {
	case ours == nil && x.target.loginProxy != "":
		out.Skipf("git asks no helper here: the proxy %s adds the login", x.target.loginProxy)
	case ours == nil:
		out.Add(x.notAsked(asked))
	default:
		out.OKf(setup.At(ours.Setting), "git asks this program")
		for _, h := range before {
			checkOther(x, out, h, "git asks %s before this program")
		}
		for _, h := range asked[len(before)+1:] {
			if !setup.IsThisProgram(h) {
				checkOther(x, out, h, "%s gets every token that worked"+setup.PlainWords(h))
			}
		}
	}
	if len(cleared) > 0 {
		out.OKf(setup.Where{}, "not asked for bitbucket.org, since an empty helper follows: %s", setup.DescribeHelpers(cleared))
	}
}

// notAsked says that git does not ask this program, and why.
func (x *facts) notAsked(asked []git.Helper) report.Diagnosis {
	d := report.Diagnosis{Result: report.Error, Cause: report.CauseNotAsked, Do: report.FixCommand, Steps: x.settingUp(), Otherwise: x.withoutReset(),
		Found: "git asks no helper, and so not this program"}
	if len(asked) > 0 {
		d.Found = "git does not ask this program, but " + setup.DescribeHelpers(asked)
	}
	switch s := x.clearedHere(); {
	case s == nil:
	case s.File() == "":
		d.Found += ": its helpers are cleared on the command line, or in the environment"
		d.Do, d.Steps = setup.OffCommandLine, nil
	default:
		d.Found += ": this clone's configuration clears its helpers"
		d.Where = setup.At(*s)
	}
	return d
}

// withoutReset takes out the empty helper that clears what setup has written.
func (x *facts) withoutReset() hint.Line {
	switch s := git.Reset(x.settings, x.target.forHelpers()); {
	case s == nil:
		return ""
	case s.File() == "":
		return setup.OffCommandLine
	default:
		return setup.UnsetValue(*s)
	}
}

// clearedHere is the empty helper of this clone, of the command line or of the environment that
// clears this program; nil if git asks it, or the person's own files clear it.
func (x *facts) clearedHere() *git.Setting {
	asked, _ := git.Chain(x.settings, bitbucket.GitURL)
	_, ours := git.SplitAt(asked, setup.IsThisProgram)
	s := git.Reset(x.settings, bitbucket.GitURL)
	if ours != nil || s == nil || !s.IsOfClone() && s.File() != "" {
		return nil
	}
	return s
}

// checkOther warns of a helper beside ours. setup puts its lines behind those of
// the system and the person; a repository's own come after them.
func checkOther(x *facts, out *report.Results, h git.Helper, format string) {
	d := report.Diagnosis{Result: report.Warning, Cause: report.CauseHanded, Where: setup.At(h.Setting), Found: fmt.Sprintf(format, setup.HelperName(h))}
	if h.IsOwn() {
		d.Do, d.Steps = report.FixCommand, x.settingUp()
	} else if h.File() != "" {
		d.Do = setup.UnsetHelper(h)
	}
	out.Add(d)
}

// settingUp is the step that makes git ask this program alone.
func (x *facts) settingUp() []fix.Step { return slices.Clone(x.setUp) }
