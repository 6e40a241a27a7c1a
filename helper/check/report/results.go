package report

import (
	"fmt"

	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/hint"
)

// Results are what one check found.
type Results struct {
	Check     string
	Report    []Diagnosis
	First     string // what git uses before it asks this program; "" if nothing
	FirstRank cause
}

// UsesFirst notes what git uses in place of this program's answer. What ranks
// before hides what ranks behind.
func (out *Results) UsesFirst(rank cause, what string) {
	if out.First == "" || rank < out.FirstRank {
		out.First, out.FirstRank = what, rank
	}
}

func (out *Results) Add(d Diagnosis) {
	d.check = out.Check
	if d.Do == FixCommand && len(d.Steps) == 0 {
		d.Do = "git credential-bitbucket setup" // which says why it cannot be planned
	}
	out.Report = append(out.Report, d)
}

func (out *Results) OKf(at setup.Where, format string, args ...any) {
	out.Add(Diagnosis{Result: OK, Found: fmt.Sprintf(format, args...), Where: at})
}

func (out *Results) Skipf(format string, args ...any) {
	out.Add(Diagnosis{Result: Skipped, Found: fmt.Sprintf(format, args...)})
}

func (out *Results) Warnf(c cause, at setup.Where, do hint.Line, format string, args ...any) {
	out.Add(Diagnosis{Result: Warning, Cause: c, Where: at, Do: do, Found: fmt.Sprintf(format, args...)})
}

func (out *Results) Wrongf(c cause, at setup.Where, do hint.Line, format string, args ...any) {
	out.Add(Diagnosis{Result: Error, Cause: c, Where: at, Do: do, Found: fmt.Sprintf(format, args...)})
}
