package setup

// Setup's own lines in a configuration file: which they are, and which are not.

import (
	"errors"
	"os"
	"slices"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
)

// setupGroup are lines as setup writes them, below one heading, by their indexes.
type setupGroup struct {
	lines []int
	reset bool // the empty helper is before this program
	path  string
}

// setupGroups finds them: this program by a path, the empty helper just before it,
// and the words about paths and the username before that. What a person adds with git config comes
// behind them.
func setupGroups(e *git.Edit) []setupGroup {
	const key = "credential." + bitbucket.GitURL + "."
	var groups []setupGroup
	variables := e.Variables()
	beside := func(i, j int, name, value string) bool {
		return j >= 0 && j < len(variables) && e.Heading(i) == e.Heading(j) &&
			variables[j].Key == key+name && variables[j].Value == value
	}
	for i, v := range variables {
		h := git.Helper{Command: v.Value}
		if v.Key != key+"helper" || h.Program() == "" || !IsThisProgram(h) {
			continue
		}
		g := setupGroup{lines: []int{i}, path: h.Program(), reset: beside(i, i-1, "helper", "")}
		first := i
		if g.reset {
			first--
			g.lines = append(g.lines, first)
		}
		if beside(i, first-1, "usehttppath", "true") {
			first--
			g.lines = append(g.lines, first)
		}
		if beside(i, first-1, "username", noName) {
			g.lines = append(g.lines, first-1)
		}
		groups = append(groups, g)
	}
	return groups
}

func (g setupGroup) isGone() bool {
	_, err := os.Stat(g.path)
	return errors.Is(err, os.ErrNotExist)
}

// isThis reports whether the lines start this very program, and not a second one
// that is installed elsewhere.
func (g setupGroup) isThis() bool {
	self, err := os.Executable()
	return err == nil && SameFile(g.path, self)
}

// mark is behind those of setup's lines that a person may have written as well, outside of
// the section credential.
const mark = "git-credential-bitbucket setup"

// removeMarked takes out setup's lines in other sections.
func removeMarked(e *git.Edit) {
	for i, v := range e.Variables() {
		if v.Comment == mark {
			e.Remove(i)
		}
	}
}

func removeGroup(e *git.Edit, g setupGroup) {
	for _, i := range g.lines {
		e.Remove(i)
	}
}

// replaceSetup takes out what the new lines take the place of. A line for this
// program that is alone may be a person's own.
func replaceSetup(e *git.Edit) {
	for _, g := range setupGroups(e) {
		if g.reset || g.isGone() {
			removeGroup(e, g)
		}
	}
	removeMarked(e)
}

// removeSetup takes out the lines that setup wrote for this program, or for one
// that is gone. Those of --keep-others have no empty helper; where there are lines
// with one, a line without may be a person's own.
func removeSetup(e *git.Edit) (removed bool) {
	groups := slices.DeleteFunc(setupGroups(e), func(g setupGroup) bool { return !g.isThis() && !g.isGone() })
	full := slices.ContainsFunc(groups, func(g setupGroup) bool { return g.reset })
	for _, g := range groups {
		if g.reset || !full {
			removeGroup(e, g)
			removed = true
		}
	}
	if removed {
		removeMarked(e)
	}
	return removed
}
