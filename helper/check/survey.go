package check

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// surveyTime bounds the search for clones.
const surveyTime = 5 * time.Minute

// survey finds the clones whose remotes are looked at.
func survey(ctx context.Context, run *program.Run, x *facts) ([]report.Diagnosis, error) {
	out := &report.Results{Check: "clones"}
	switch {
	case x.options.under != "" && x.target.given:
		return nil, console.Usagef("a URL and --under do not go together")
	case x.options.under == "":
		if x.hereErr == nil && !x.target.given {
			x.lookAt(x.here, x.settings)
		}
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, surveyTime)
	defer cancel()
	progress := run.UI.Progress()
	defer progress.End()
	survey := git.Survey{
		Progress: func(clones int) { progress.Showf("looking for clones: %d so far", clones) },
		Each: func(clone git.Clone, settings []git.Setting, err error) {
			switch {
			case errors.Is(err, git.ErrNotOwn):
				out.Warnf(report.CauseUnreadable, setup.Where{File: clone.Dir}, "", "this clone is not looked at: %v", err)
			case err != nil:
				out.Warnf(report.CauseUnreadable, setup.Where{File: clone.Dir}, "", "git does not read this clone: %v", err)
			default:
				x.lookAt(clone, settings)
			}
		},
	}
	err := survey.Below(ctx, x.options.under)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		out.Warnf(report.CauseUnreadable, setup.Where{File: x.options.under}, "", "the search took over %v and was ended; name a smaller folder", surveyTime)
	case errors.Is(err, os.ErrNotExist):
		return nil, console.Usagef("--under: there is no folder %s", x.options.under)
	case err != nil:
		return nil, fmt.Errorf("--under: %w", err)
	}
	slices.SortFunc(x.clones, func(a, b lookedAt) int { return strings.Compare(a.Dir, b.Dir) })
	slices.SortStableFunc(out.Report, func(a, b report.Diagnosis) int { return strings.Compare(a.Where.File, b.Where.File) })
	namePassed(out, &survey)
	out.OKf(setup.Where{File: x.options.under}, "%s found", report.Plural(len(x.clones), "clone"))
	return out.Report, nil
}

// namePassed names what the search for clones ignored.
func namePassed(out *report.Results, survey *git.Survey) {
	if p := survey.Unreadable; p.Count > 0 {
		out.Warnf(report.CauseUnreadable, setup.Where{File: p.First}, "", "%s could not be looked into", report.Plural(p.Count, "folder"))
	}
	for _, top := range slices.Sorted(maps.Keys(survey.Inside)) {
		p := survey.Inside[top]
		out.Warnf(report.CausePassed, setup.Where{File: p.First}, checkIn(p.First), "%s inside the clone %s %s not looked at",
			report.Plural(p.Count, "repository"), shell.Tilde(top), report.IsOrAre(p.Count))
	}
	if p := survey.Bare; p.Count > 0 {
		out.Warnf(report.CausePassed, setup.Where{File: p.First}, checkIn(p.First), "%s %s not looked at", report.Plural(p.Count, "bare repository"), report.IsOrAre(p.Count))
	}
}

func checkIn(dir string) hint.Line {
	return "cd " + shell.Path(dir) + " && git credential-bitbucket check"
}
