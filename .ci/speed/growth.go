package main

import (
	"errors"
	"fmt"
)

// growth is get where there is more of something than usual.
type growth struct {
	ten, hundred, thousand *row
	paths                  []*row
	line                   *row
}

// segments are the path depths that are tried.
var segments = []int{2, 20, 200, 2000}

const longestLine = 65535 // bytes, without the line feed

func addGrowth(t *table, progs *programs, in *places) *growth {
	get := func(name string, s *session, request string) *row {
		return t.add("get, "+name, s, request, answers(apiUser, s.tokens[0]), progs.ours, "get")
	}
	g := &growth{
		ten:      get("10 saved", in.ten, query()),
		hundred:  get("100 saved", in.hundred, query()),
		thousand: get("1000 saved", in.thousand, query()),
		line:     get("a line of 64 KiB", in.one, query(longLine(longestLine))),
	}
	for _, n := range segments {
		g.paths = append(g.paths, get(fmt.Sprintf("path of %d segments", n), in.one, query(pathOf(n))))
	}
	return g
}

func (g *growth) deepest() *row { return g.paths[len(g.paths)-1] }

// growth tells how get grows, and that what is too long is refused.
func (r *report) growth(progs *programs, in *places, gets *gets, g *growth) error {
	if err := refused(progs, in.one); err != nil {
		return err
	}
	r.combined("growth", "get with 1 | 10 | 100 | 1,000 saved", gets.one, g.ten, g.hundred, g.thousand)
	r.row("growth", "saving 1 | 10 | 100 | 1,000 through git, one by one", fmt.Sprintf("%.2f s | %.2f s | %.2f s | %.2f s",
		in.one.took.Seconds(), in.ten.took.Seconds(), in.hundred.took.Seconds(), in.thousand.took.Seconds()), "-")
	r.combined("growth", "get with a path of 2 | 20 | 200 | 2,000 segments", g.paths...)
	r.combined("growth", "get with a line of 65,535 bytes", g.line)
	r.aim("growth", "get with 100 saved to get with 1, time", g.hundred.time(), gets.one.time(), 1.2)
	r.aim("growth", "get with a path of 2,000 segments to get, time", g.deepest().time(), gets.one.time(), 1.2)
	r.aim("growth", "get with a line of 65,535 bytes to get, time", g.line.time(), gets.one.time(), 1.2)
	r.did("growth", "a line of 65,536 bytes", "refused, not answered")
	fmt.Fprintln(r.out)
	return nil
}

// refused checks that one byte more than the longest line is not answered.
func refused(progs *programs, s *session) error {
	said, err := s.ask(query(longLine(longestLine+1)), progs.ours, "get")
	if err == nil || said != "" {
		return errors.New("get took a line that is too long")
	}
	return nil
}
