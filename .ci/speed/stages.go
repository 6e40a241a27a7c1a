package main

import (
	"fmt"
	"strconv"
)

// steps is the floor with none of its steps done, with one, and so on up to all four.
type steps [5]*row

func addSteps(t *table, progs *programs, s *session) (*steps, error) {
	id, err := s.accountID()
	if err != nil {
		return nil, err
	}
	all := &steps{}
	for i, what := range []string{"godbus linked", "+ connect", "+ OpenSession", "+ SearchItems", "+ GetSecret"} {
		right := nothing
		if i == len(all)-1 {
			right = exactly(s.tokens[0])
		}
		all[i] = t.add(fmt.Sprintf("floor %d: %s", i, what), s, "", right, progs.floor, strconv.Itoa(i), id)
	}
	return all, nil
}

// floor is the plainest program that reads the item.
func (s *steps) floor() *row { return s[len(s)-1] }

// cost is what the last of so many steps adds.
func (s *steps) cost(step int) float64 { return s[step].time() - s[step-1].time() }

// stages tells where the time of get goes.
func (r *report) stages(base *base, gets *gets, steps *steps) {
	fmt.Fprintf(r.out, "where the time of get goes: differences of the medians above, not measured inside of it\n")
	whole := gets.one.time()
	left := whole
	line := func(what string, ms float64) {
		left -= ms
		fmt.Fprintf(r.out, "  %-58s %6.2f ms %4.0f %%\n", what, ms, 100*ms/whole)
		r.row("speed", "where the time of get goes: "+what, fmt.Sprintf("%.2f ms, %.0f %%", ms, 100*ms/whole), "-")
	}
	line("start of an empty Go program", base.empty.time())
	line("linking net/http and the like", base.netHTTP.time()-base.empty.time())
	line("reading the request and answering", gets.environment.time()-base.netHTTP.time())
	line("index, and one file read", gets.file.time()-gets.environment.time())
	line("D-Bus: connect", steps.cost(1))
	line("D-Bus: OpenSession", steps.cost(2))
	line("D-Bus: SearchItems", steps.cost(3))
	line("D-Bus: GetSecret", steps.cost(4))
	line("what is left (Unlock; less for what is sent at once)", left)
	line("get", whole)
	fmt.Fprintln(r.out)
}
