package helper

import (
	"cmp"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/setup"
)

// diagnosis is one line of what check found: how a check came out, with the one
// thing to do about it.
type diagnosis struct {
	check  string // the check's name
	result result
	found  string // raw: it is escaped where it is shown
	where  setup.Where
	do     console.CommandLine // "" where there is nothing to do
	cause  cause               // how it ranks among the next steps
	steps  []step              // what check --fix does about it
	// otherwise is what else there is to do if these steps did not help.
	otherwise console.CommandLine
}

// result is how a check came out.
type result string

// The results. Only an error makes check fail.
const (
	resultOK      result = "ok"
	resultWarning result = "warning"
	resultError   result = "error"
	resultSkipped result = "skipped"
)

// cause ranks what is wrong: in the order in which git meets it, since what git
// meets first hides all that follows (docs/bitbucket.md section 1).
type cause int

const (
	causeUnreadable cause = iota // git cannot read its own configuration
	causeURL                     // a password in the URL: no helper is asked
	causeHeader                  // a header that overrides every password
	causeNetrc                   // .netrc is read before a helper is asked
	causeHelper                  // another helper answers before this program
	causeNotAsked                // git does not ask this program
	causeNoToken                 // nothing is saved
	causeVault                   // what is saved cannot be read
	causeToken                   // the token is dead, expired, or was made without scopes
	causeUsername                // the name in the URL is another's
	causePath                    // git does not say for which repository it asks
	causeScope                   // a scope is missing
	causeAccess                  // the account may not see the repository
	causeAddress                 // http:, www., or a rule that leads elsewhere
	causeLFS
	causeNetwork
	causeHanded   // others are handed the token
	causeEditor   // an editor may not find this program
	causeLeftover // something dead that is not in the way
	causeVersion
	causePassed // a repository that was not looked at
)

// isTrouble reports whether there is something to do.
func (d diagnosis) isTrouble() bool { return d.result == resultError || d.result == resultWarning }

// countOf counts the diagnoses with a result.
func countOf(report []diagnosis, r result) int {
	count := 0
	for _, d := range report {
		if d.result == r {
			count++
		}
	}
	return count
}

// fixCommand is what to type where check --fix can do it.
const fixCommand console.CommandLine = "git credential-bitbucket check --fix"

// nextStep is one thing to do, and for how many of the lines.
type nextStep struct {
	do    console.CommandLine
	count int
}

// nextSteps are the things to do, each once, the most probable cause first: errors
// before warnings, and then as git meets them.
func nextSteps(report []diagnosis) []nextStep {
	rank := func(d diagnosis) int {
		if d.result == resultError {
			return int(d.cause)
		}
		return int(causeVersion) + 1 + int(d.cause)
	}
	sorted := slices.Clone(report)
	slices.SortStableFunc(sorted, func(a, b diagnosis) int { return cmp.Compare(rank(a), rank(b)) })
	var steps []nextStep
	for _, d := range sorted {
		if !d.isTrouble() || d.do == "" {
			continue
		}
		i := slices.IndexFunc(steps, func(s nextStep) bool { return s.do == d.do })
		if i < 0 {
			steps = append(steps, nextStep{d.do, 0})
			i = len(steps) - 1
		}
		steps[i].count++
	}
	return steps
}
