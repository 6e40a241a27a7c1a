package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// report prints the results, and adds them to a file of rows: group, what, figure and verdict, with tabs between.
type report struct {
	out  io.Writer
	rows *os.File // nil: none is wanted
	err  error    // the first of writing rows
}

func newReport(rows string) (*report, error) {
	r := &report{out: os.Stdout}
	if rows == "" {
		return r, nil
	}
	var err error
	if r.rows, err = os.OpenFile(rows, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644); err != nil {
		return nil, fmt.Errorf("open the file of rows: %w", err)
	}
	return r, nil
}

func (r *report) close() error {
	if r.rows == nil {
		return nil
	}
	if err := r.rows.Close(); r.err == nil {
		r.err = err
	}
	if r.err != nil {
		return fmt.Errorf("write the rows: %w", r.err)
	}
	return nil
}

func (r *report) row(group, what, figure, verdict string) {
	if r.rows == nil || r.err != nil {
		return
	}
	_, r.err = fmt.Fprintf(r.rows, "%s\t%s\t%s\t%s\n", group, what, figure, verdict)
}

// combined makes one row of several measured ones.
func (r *report) combined(group, what string, rows ...*row) {
	var figures []string
	for _, m := range rows {
		figures = append(figures, fmt.Sprintf("%.2f ms, %.1f MB", m.time(), m.memory()))
	}
	r.row(group, what, strings.Join(figures, " | "), "-")
}

// did tells of what has worked.
func (r *report) did(group, what, how string) {
	fmt.Fprintf(r.out, "%-8s %s: %s\n", "reached", what, how)
	r.row(group, what, how, "reached")
}

// aim compares two figures.
func (r *report) aim(group, what string, got, bound, factor float64) {
	word := verdict(got <= bound*factor)
	fmt.Fprintf(r.out, "%-8s %s: %.2f of at most %.2f\n", word, what, got/bound, factor)
	r.row(group, what, fmt.Sprintf("%.2f x (at most %g)", got/bound, factor), word)
}

func verdict(good bool) string {
	if good {
		return "reached"
	}
	return "missed"
}

// table prints every row.
func (r *report) table(t *table, empty *row, rounds int) {
	fmt.Fprintf(r.out, "\n%-36s %8s %10s %8s\n", fmt.Sprintf("median of %d", rounds), "ms", "x empty Go", "peak MB")
	for _, m := range t.rows {
		fmt.Fprintf(r.out, "%-36s %8.2f %10.2f %8.2f\n", m.name, m.time(), m.time()/empty.time(), m.memory())
	}
	fmt.Fprintln(r.out)
}

// operations puts side by side what does the same.
func (r *report) operations(base *base, gets *gets, steps *steps, fills *fills, w *writes) {
	r.combined("speed", "empty Go program | one that links net/http", base.empty, base.netHTTP)
	r.combined("speed", "get: this | libsecret | secret-tool | plainest godbus program | empty Go program",
		gets.one, gets.libsecret, gets.secretTool, steps.floor(), base.empty)
	r.combined("speed", "store of a known token: this | libsecret | secret-tool | empty Go program",
		w.ours.known, w.libsecret.known, w.secretTool.known, base.empty)
	r.combined("speed", "store of a new one: this | libsecret | secret-tool | empty Go program",
		w.ours.new, w.libsecret.new, w.secretTool.new, base.empty)
	r.combined("speed", "erase: this from git (notes the refusal) | this by name (destroys) | libsecret | secret-tool | empty Go program",
		w.ours.erase, w.destroy, w.libsecret.erase, w.secretTool.erase, base.empty)
	r.combined("speed", "git credential fill: this | libsecret | secret-tool | a fixed pair",
		fills.ours, fills.libsecret, fills.secretTool, fills.pair)
	r.combined("speed", "get from: keychain | encrypted, unlocked | plain file | BITBUCKET_TOKEN",
		gets.one, gets.encrypted, gets.file, gets.environment)
	r.combined("speed", "get: age linked | not linked", gets.one, gets.withoutAge)
}

// aims compares what was measured with what is wanted.
func (r *report) aims(base *base, gets *gets, steps *steps, w *writes) {
	aim := func(what string, got, bound, factor float64) { r.aim("speed", what, got, bound, factor) }
	empty := base.empty.time()
	aim("get to git-credential-libsecret, time", gets.one.time(), gets.libsecret.time(), 0.5)
	aim("get to git-credential-libsecret, peak memory", gets.one.memory(), gets.libsecret.memory(), 1.2)
	aim("get to the fastest other keychain helper, time", gets.one.time(), min(gets.libsecret.time(), gets.secretTool.time()), 0.5)
	aim("get to the plainest godbus program that reads the item, time", gets.one.time(), steps.floor().time(), 1.5)
	aim("get from BITBUCKET_TOKEN to an empty Go program, time", gets.environment.time(), empty, 2)
	aim("get from the plain file to an empty Go program, time", gets.file.time(), empty, 1.5)
	aim("get from the unlocked encrypted store to an empty Go program, time", gets.encrypted.time(), empty, 2)
	aim("get from the keychain with age linked to without, time", gets.one.time(), gets.withoutAge.time(), 1.05)
	aim("store of a known token to an empty Go program, time", w.ours.known.time(), empty, 2)
	fmt.Fprintln(r.out)
}
