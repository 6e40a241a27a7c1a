package report

import (
	"cmp"
	"slices"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/hint"
)

// Diagnosis is one line of what check found: how a check came out, with the one
// thing to do about it.
type Diagnosis struct {
	check  string // the check's name
	Result Result
	Found  string // raw: it is escaped where it is shown
	Where  setup.Where
	Do     hint.Line  // "" where there is nothing to do
	Cause  cause      // how it ranks among the next steps
	Steps  []fix.Step // what check --fix does about it
	// Otherwise is what else there is to do if these steps did not help.
	Otherwise hint.Line
}

// Result is how a check came out.
type Result string

// The results. Only an error makes check fail.
const (
	OK      Result = "ok"
	Warning Result = "warning"
	Error   Result = "error"
	Skipped Result = "skipped"
)

// cause ranks what is wrong: in the order in which git meets it, since what git
// meets first hides all that follows (docs/bitbucket.md section 1).
type cause int

const (
	CauseUnreadable cause = iota // git cannot read its own configuration
	CauseURL                     // a password in the URL: no helper is asked
	CauseHeader                  // a header that overrides every password
	CauseNetrc                   // .netrc is read before a helper is asked
	CauseHelper                  // another helper answers before this program
	CauseNotAsked                // git does not ask this program
	CauseNoToken                 // nothing is saved
	CauseVault                   // what is saved cannot be read
	CauseToken                   // the token is dead, expired, or was made without scopes
	CauseUsername                // the name in the URL is another's
	CausePath                    // git does not say for which repository it asks
	CauseScope                   // a scope is missing
	CauseAccess                  // the account may not see the repository
	CauseAddress                 // http:, www., or a rule that leads elsewhere
	CauseLFS
	CauseNetwork
	CauseHanded   // others are handed the token
	CauseEditor   // an editor may not find this program
	CauseLeftover // something dead that is not in the way
	CauseVersion
	CausePassed // a repository that was not looked at
)

// isTrouble reports whether there is something to do.
func (d Diagnosis) isTrouble() bool { return d.Result == Error || d.Result == Warning }

// CountOf counts the diagnoses with a result.
func CountOf(report []Diagnosis, r Result) int {
	count := 0
	for _, d := range report {
		if d.Result == r {
			count++
		}
	}
	return count
}

// FixCommand is what to type where check --fix can do it.
const FixCommand hint.Line = "git credential-bitbucket check --fix"

// nextStep is one thing to do, and for how many of the lines.
type nextStep struct {
	do    hint.Line
	count int
}

// nextSteps are the things to do, each once, the most probable cause first: errors
// before warnings, and then as git meets them.
func nextSteps(report []Diagnosis) []nextStep {
	rank := func(d Diagnosis) int {
		if d.Result == Error {
			return int(d.Cause)
		}
		return int(CauseVersion) + 1 + int(d.Cause)
	}
	sorted := slices.Clone(report)
	slices.SortStableFunc(sorted, func(a, b Diagnosis) int { return cmp.Compare(rank(a), rank(b)) })
	var steps []nextStep
	for _, d := range sorted {
		if !d.isTrouble() || d.Do == "" {
			continue
		}
		i := slices.IndexFunc(steps, func(s nextStep) bool { return s.do == d.Do })
		if i < 0 {
			steps = append(steps, nextStep{d.Do, 0})
			i = len(steps) - 1
		}
		steps[i].count++
	}
	return steps
}

// StepsOf are the steps of all lines of a report.
func StepsOf(report []Diagnosis) []fix.Step {
	var steps []fix.Step
	for _, d := range report {
		steps = append(steps, d.Steps...)
	}
	return steps
}

// Troubles leaves the lines with something to do.
func Troubles(report []Diagnosis) []Diagnosis {
	var left []Diagnosis
	for _, d := range report {
		if d.isTrouble() {
			left = append(left, d)
		}
	}
	return left
}

// WithoutTried replaces the advice that was followed in this run and did not help.
func WithoutTried(report []Diagnosis, tried map[fix.Effect]bool) []Diagnosis {
	isTried := func(s fix.Step) bool {
		return !slices.ContainsFunc(s.Effects(), func(d fix.Effect) bool { return !tried[d] })
	}
	report = slices.Clone(report)
	for i, d := range report {
		if d.Do != FixCommand || len(d.Steps) == 0 || slices.ContainsFunc(d.Steps, func(s fix.Step) bool { return !isTried(s) }) {
			continue
		}
		d.Found += "; check --fix did not help"
		d.Do, d.Steps = d.Otherwise, nil
		if d.Do == "" && d.Where.File != "" {
			d.Do = setup.EditFile(d.Where.File, d.Where.Line)
		}
		report[i] = d
	}
	return report
}
