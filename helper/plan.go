package helper

// What check --fix does, as data: the plan is made by functions that touch
// nothing, shown whole, and carried out only then.

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// step is one thing that check --fix can do.
type step interface {
	// what tells what it does, raw, one line or more.
	what() []string
	// undo is what to type to have it back.
	undo() console.CommandLine
	// order ranks steps: a token is saved before it is taken from where it lies.
	order() int
	// key is what it is about: two with the same key are one step.
	key() deed
	// with is the step that does what another one with the same key does as well.
	with(step) step
	// deeds are what it does, one by one.
	deeds() []deed
	// run does it; errDoneAlready if there is nothing left to do.
	run(context.Context, *Run) error
}

// errDoneAlready: what a step is for has come about without it, as when a helper
// has taken a line out of its own file.
var errDoneAlready = errors.New("done already")

// The order of the steps.
const (
	orderSave = iota
	orderAlso
	orderAddresses
	orderFiles // before helpers: exact, and with a copy
	orderHelpers
	orderSettings
	orderSetUp
)

// planOf puts the steps of a report in order, each once, and all changes of one
// file together.
func planOf(report []diagnosis, entries []store.Entry) []step {
	var plan []step
	for _, d := range report {
		for _, s := range d.steps {
			plan = merge(plan, s)
		}
	}
	nameTokens(plan, entries)
	tellEarlier(plan)
	plan = slices.DeleteFunc(plan, func(s step) bool { return isDoneBySetUp(s, plan) })
	slices.SortStableFunc(plan, func(a, b step) int { return cmp.Compare(a.order(), b.order()) })
	return plan
}

// nameTokens gives each token that is to be saved a name that no entry has, and no other
// one that is to be saved.
func nameTokens(plan []step, entries []store.Entry) {
	planned := map[string]bool{}
	for i, s := range plan {
		save, ok := s.(saveToken)
		if !ok {
			continue
		}
		if name := save.name; store.ByToken(entries, save.found.token) == nil {
			for n := 2; byName(entries, save.name) != nil || planned[strings.ToLower(save.name)]; n++ {
				save.name = fmt.Sprintf("%s-%d", name, n)
			}
			plan[i] = save
		}
		planned[strings.ToLower(save.name)] = true
	}
}

// tellEarlier lets the undo of a further name for a token keep the names before it.
func tellEarlier(plan []step) {
	given := map[string][]string{}
	for i, s := range plan {
		if also, ok := s.(addAlso); ok {
			also.known = append(slices.Clip(also.known), given[also.id]...)
			given[also.id] = append(given[also.id], also.name)
			plan[i] = also
		}
	}
}

// isDoneBySetUp reports whether a step is to write what setup's lines say as well.
func isDoneBySetUp(s step, plan []step) bool {
	on, ok := s.(switchOn)
	return ok && on.section == "credential" && slices.ContainsFunc(plan, func(s step) bool {
		setup, ok := s.(setUp)
		return ok && strings.Contains(setup.lines, on.name)
	})
}

// merge adds a step to a plan, or to the step there that is about the same thing.
func merge(plan []step, s step) []step {
	for i, known := range plan {
		if known.key() == s.key() {
			plan[i] = known.with(s)
			return plan
		}
	}
	return append(plan, s)
}

// common is the place that two are in: a repository, a workspace, or "" for all of
// bitbucket.org.
func common(a, b string) string {
	workspace := func(place string) string {
		first, _, _ := strings.Cut(place, "/")
		return first
	}
	switch {
	case tokens.SameName(a, b):
		return a
	case tokens.SameName(workspace(a), workspace(b)):
		return workspace(a)
	}
	return ""
}

// withNew adds to a list what is not in it.
func withNew[T comparable](list, more []T) []T {
	list = slices.Clip(list)
	for _, item := range more {
		if !slices.Contains(list, item) {
			list = append(list, item)
		}
	}
	return list
}

// showPlan prints every step with the way back.
func showPlan(run *Run, plan []step) error {
	var out bytes.Buffer
	for i, s := range plan {
		lines := s.what()
		fmt.Fprintf(&out, "%d. %s\n", i+1, console.Escape(lines[0]))
		for n, line := range lines[1:] {
			if n == mostLines {
				fmt.Fprintf(&out, "   and %d more\n", len(lines)-1-n)
				break
			}
			fmt.Fprintf(&out, "   %s\n", console.Escape(line))
		}
		fmt.Fprintf(&out, "   undo: %s\n", s.undo())
	}
	return run.UI.PrintRaw(out.Bytes())
}

// carryOut does each step; one that fails leaves the others standing. It returns what was
// tried, whether or not it helped.
func carryOut(ctx context.Context, run *Run, plan []step) (tried map[deed]bool, failed bool) {
	tried = map[deed]bool{}
	for _, s := range plan {
		err := s.run(ctx, run)
		switch {
		case err == nil:
			run.UI.Sayf("done: %s", s.what()[0])
		case errors.Is(err, errDoneAlready):
			run.UI.Sayf("not needed any more: %s", s.what()[0])
		default:
			failed = true
			run.UI.Fail(fmt.Errorf("not done: %s: %w", s.what()[0], err))
		}
		var vain noHelpError
		if err == nil || errors.Is(err, errDoneAlready) || errors.As(err, &vain) {
			for _, d := range s.deeds() {
				tried[d] = true
			}
		}
	}
	return tried, failed
}

// deed is one thing that a step does, by which it is known again in another plan.
type deed struct {
	place, what, to string
	token           tokens.Token
}

// withoutTried replaces the advice that was followed in this run and did not help.
func withoutTried(report []diagnosis, tried map[deed]bool) []diagnosis {
	isTried := func(s step) bool {
		return !slices.ContainsFunc(s.deeds(), func(d deed) bool { return !tried[d] })
	}
	report = slices.Clone(report)
	for i, d := range report {
		if d.do != fixCommand || len(d.steps) == 0 || slices.ContainsFunc(d.steps, func(s step) bool { return !isTried(s) }) {
			continue
		}
		d.found += "; what check --fix did has not helped"
		d.do, d.steps = d.otherwise, nil
		if d.do == "" && d.where.File != "" {
			d.do = "edit " + console.ShellPath(d.where.File)
		}
		report[i] = d
	}
	return report
}
