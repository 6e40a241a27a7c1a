package main

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// row is one thing to measure. Requests and checks are functions because some rounds ask for what is new in them.
type row struct {
	name    string
	session *session
	argv    []string
	request func() string
	check   check
	ms, kb  []float64
	// next has its turn right after this one; such a row follows.
	next    *row
	follows bool
}

// table holds the rows in the order in which they are printed.
type table struct{ rows []*row }

func (t *table) add(name string, s *session, request string, check check, argv ...string) *row {
	return t.addNew(name, s, func() string { return request }, check, argv...)
}

func (t *table) addNew(name string, s *session, request func() string, check check, argv ...string) *row {
	r := &row{name: name, session: s, argv: argv, request: request, check: check}
	t.rows = append(t.rows, r)
	return r
}

// after gives the row its turn right after another, whose work it undoes.
func (r *row) after(before *row) *row {
	before.next, r.follows = r, true
	return r
}

// measure gives each row its turn in every round. What ran just before leaves its traces in caches and on the disk, so
// the order is another each time.
func (t *table) measure(rounds int) error {
	const warmUp = 5
	turns := slices.DeleteFunc(slices.Clone(t.rows), func(r *row) bool { return r.follows })
	for i := range rounds + warmUp {
		rand.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
		for _, first := range turns {
			for r := first; r != nil; r = r.next {
				if err := r.measure(i >= warmUp); err != nil {
					return fmt.Errorf("%s: %w", r.name, err)
				}
			}
		}
	}
	return nil
}

func (r *row) measure(keep bool) error {
	said, ns, kb, err := metered(r.session, r.request(), r.argv)
	if err != nil {
		return err
	}
	if err := r.check(said); err != nil {
		return err
	}
	if keep {
		r.ms, r.kb = append(r.ms, ns/1e6), append(r.kb, kb)
	}
	return nil
}

func (r *row) time() float64 { return median(r.ms) }

func (r *row) memory() float64 { return median(r.kb) / 1024 }

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}
