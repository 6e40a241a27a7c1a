// Speed measures git-credential-bitbucket beside what else keeps secrets for git: whole processes, in turns so that
// noise hits all alike. .ci/bench starts it, with the programs in $BENCH/bin and a keychain behind each of $BUS1,
// $BUS10, $BUS100 and $BUS1000. If $ROWS names a file, each result is added to that, too.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	rounds := flag.Int("n", 200, "rounds")
	flag.Parse()
	if err := run(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, ".ci/bench:", err)
		os.Exit(1)
	}
}

func run(rounds int) error {
	if rounds < 1 {
		return fmt.Errorf("%d rounds are too few", rounds)
	}
	out, err := newReport(os.Getenv("ROWS"))
	if err != nil {
		return err
	}
	progs, err := newPrograms()
	if err != nil {
		return err
	}
	in, err := newPlaces(out, progs)
	if err != nil {
		return err
	}
	if err := measureAll(out, progs, in, rounds); err != nil {
		return err
	}
	for _, more := range []func(*report, *programs, *session) error{sideBySide, many, under} {
		if err := more(out, progs, in.one); err != nil {
			return err
		}
	}
	return out.close()
}

// measureAll runs what is measured in turns, and tells what came out.
func measureAll(out *report, progs *programs, in *places, rounds int) error {
	t := &table{}
	base := addBase(t, progs, in.one)
	gets, err := addGets(t, progs, in)
	if err != nil {
		return err
	}
	steps, err := addSteps(t, progs, in.one)
	if err != nil {
		return err
	}
	fills := addFills(t, progs, in.one)
	grown := addGrowth(t, progs, in)
	writes := addWrites(t, progs, in.one)
	if err := t.measure(rounds); err != nil {
		return err
	}
	if err := nothingLeft(progs, in.one); err != nil {
		return err
	}
	out.table(t, base.empty, rounds)
	out.operations(base, gets, steps, fills, writes)
	out.stages(base, gets, steps)
	out.aims(base, gets, steps, writes)
	return out.growth(progs, in, gets, grown)
}
