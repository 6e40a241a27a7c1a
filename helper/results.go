package helper

import (
	"fmt"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/setup"
)

// results are what one check found.
type results struct {
	check     string
	report    []diagnosis
	first     string // what git uses before it asks this program; "" if nothing
	firstRank cause
}

// usesFirst notes what git uses in place of this program's answer. What ranks
// before hides what ranks behind.
func (out *results) usesFirst(rank cause, what string) {
	if out.first == "" || rank < out.firstRank {
		out.first, out.firstRank = what, rank
	}
}

func (out *results) add(d diagnosis) {
	d.check = out.check
	if d.do == fixCommand && len(d.steps) == 0 {
		d.do = "git credential-bitbucket setup" // which says why it cannot be planned
	}
	out.report = append(out.report, d)
}

func (out *results) ok(at setup.Where, format string, args ...any) {
	out.add(diagnosis{result: resultOK, found: fmt.Sprintf(format, args...), where: at})
}

func (out *results) skip(format string, args ...any) {
	out.add(diagnosis{result: resultSkipped, found: fmt.Sprintf(format, args...)})
}

func (out *results) warn(c cause, at setup.Where, do console.CommandLine, format string, args ...any) {
	out.add(diagnosis{result: resultWarning, cause: c, where: at, do: do, found: fmt.Sprintf(format, args...)})
}

func (out *results) wrong(c cause, at setup.Where, do console.CommandLine, format string, args ...any) {
	out.add(diagnosis{result: resultError, cause: c, where: at, do: do, found: fmt.Sprintf(format, args...)})
}
