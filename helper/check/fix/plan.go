// Package fix is what check --fix does, as data: the plan is made by functions that touch
// nothing, shown whole, and carried out only then.
package fix

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// Step is one thing that check --fix can do.
type Step interface {
	// what reports what it does, raw, one line or more.
	what() []string
	// undo is what to type to have it back.
	undo() hint.Line
	// order ranks steps: a token is saved before it is taken from where it is.
	order() int
	// key is what it is about: two with the same key are one step.
	key() Effect
	// with is the step that does what another one with the same key does as well.
	with(Step) Step
	// Effects are what it does, one by one.
	Effects() []Effect
	// run does it; errDoneAlready if there is nothing left to do.
	run(context.Context, *program.Run) error
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

// Plan puts steps in order, each once, and all changes of one
// file together.
func Plan(steps []Step, entries []store.Entry) []Step {
	var plan []Step
	for _, s := range steps {
		plan = merge(plan, s)
	}
	nameTokens(plan, entries)
	tellEarlier(plan)
	plan = slices.DeleteFunc(plan, func(s Step) bool { return isDoneBySetUp(s, plan) })
	slices.SortStableFunc(plan, func(a, b Step) int { return cmp.Compare(a.order(), b.order()) })
	return plan
}

// nameTokens gives each token that is to be saved a name that no entry has, and no other
// one that is to be saved.
func nameTokens(plan []Step, entries []store.Entry) {
	planned := map[string]bool{}
	for i, s := range plan {
		save, ok := s.(SaveToken)
		if !ok {
			continue
		}
		if name := save.Name; store.ByToken(entries, save.Found.Token) == nil {
			for n := 2; store.Named(entries, save.Name) != nil || planned[strings.ToLower(save.Name)]; n++ {
				save.Name = fmt.Sprintf("%s-%d", name, n)
			}
			plan[i] = save
		}
		planned[strings.ToLower(save.Name)] = true
	}
}

// tellEarlier lets the undo of a further name for a token keep the names before it.
func tellEarlier(plan []Step) {
	given := map[string][]string{}
	for i, s := range plan {
		if also, ok := s.(AddAlso); ok {
			also.Known = append(slices.Clip(also.Known), given[also.ID]...)
			given[also.ID] = append(given[also.ID], also.Name)
			plan[i] = also
		}
	}
}

// isDoneBySetUp reports whether a step is to write what setup's lines say as well.
func isDoneBySetUp(s Step, plan []Step) bool {
	on, ok := s.(SwitchOn)
	return ok && on.Section == "credential" && slices.ContainsFunc(plan, func(s Step) bool {
		setup, ok := s.(SetUp)
		return ok && strings.Contains(setup.Lines, on.Name)
	})
}

// merge adds a step to a plan, or to the step there that is about the same thing.
func merge(plan []Step, s Step) []Step {
	for i, known := range plan {
		if known.key() == s.key() {
			plan[i] = known.with(s)
			return plan
		}
	}
	return append(plan, s)
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

// Show prints every step with the way back.
func Show(run *program.Run, plan []Step) error {
	var out bytes.Buffer
	for i, s := range plan {
		lines := s.what()
		fmt.Fprintf(&out, "%d. %s\n", i+1, console.Escape(lines[0]))
		for n, line := range lines[1:] {
			if n == MostLines {
				fmt.Fprintf(&out, "   and %d more\n", len(lines)-1-n)
				break
			}
			fmt.Fprintf(&out, "   %s\n", console.Escape(line))
		}
		fmt.Fprintf(&out, "   undo: %s\n", s.undo())
	}
	return run.UI.PrintRaw(out.Bytes())
}

// CarryOut does each step; one that fails leaves the others standing. It returns what was
// tried, whether or not it helped.
func CarryOut(ctx context.Context, run *program.Run, plan []Step) (tried map[Effect]bool, failed bool) {
	tried = map[Effect]bool{}
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
			for _, d := range s.Effects() {
				tried[d] = true
			}
		}
	}
	return tried, failed
}

// Effect is one thing that a step does, by which it is known again in another plan.
type Effect struct {
	place, what, to string
	token           tokens.Token
}

// MostLines is how many lines of one check and result are shown to a person.
const MostLines = 20
