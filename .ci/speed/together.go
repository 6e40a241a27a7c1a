package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"
)

// sideBySide asks so many times at once, and doubles that up to 64.
func sideBySide(r *report, progs *programs, s *session) error {
	const repetitions, most = 9, 64
	k := &keeper{session: s}
	took := map[int][]float64{}
	for range repetitions {
		for n := 1; n <= most; n *= 2 {
			ms, err := getAtOnce(progs, k, n)
			if err != nil {
				return err
			}
			took[n] = append(took[n], ms)
		}
	}
	var numbers, all, each []string
	fmt.Fprintf(r.out, "%-36s %8s %10s\n", fmt.Sprintf("get side by side, median of %d", repetitions), "ms", "ms per get")
	for n := 1; n <= most; n *= 2 {
		ms := median(took[n])
		fmt.Fprintf(r.out, "%-36d %8.2f %10.2f\n", n, ms, ms/float64(n))
		numbers = append(numbers, fmt.Sprint(n))
		all = append(all, fmt.Sprintf("%.2f ms", ms))
		each = append(each, fmt.Sprintf("%.2f ms", ms/float64(n)))
	}
	k.tell(r, "1 to 64 get side by side")
	fmt.Fprintln(r.out)
	what := strings.Join(numbers, " | ") + " get side by side, "
	r.row("growth", what+"until all are answered", strings.Join(all, " | "), "-")
	r.row("growth", what+"per get", strings.Join(each, " | "), "-")
	return nil
}

// getAtOnce tells how many milliseconds n get take side by side.
func getAtOnce(progs *programs, k *keeper, n int) (ms float64, err error) {
	right := answers(apiUser, k.session.tokens[0])
	err = k.survive(func() error {
		began := time.Now()
		defer func() { ms = time.Since(began).Seconds() * 1000 }()
		return atOnce(n, func(int) error {
			out, err := k.session.ask(query(), progs.ours, "get")
			if err != nil {
				return err
			}
			return right(out)
		})
	})
	if err != nil {
		return 0, fmt.Errorf("%d get at once: %w", n, err)
	}
	return ms, nil
}

// many asks 100 times at once, and stores 50 different tokens at once.
func many(r *report, progs *programs, s *session) error {
	k := &keeper{session: s}
	ms, err := getAtOnce(progs, k, 100)
	if err != nil {
		return err
	}
	r.did("speed", "100 get at once", fmt.Sprintf("all right, in %.2f s", ms/1000))

	names, tokens := make([]string, 50), make([]string, 50)
	for i := range tokens {
		names[i], tokens[i] = fmt.Sprintf("together-%02d", i), token()
	}
	var took time.Duration
	err = k.survive(func() error {
		began := time.Now()
		defer func() { took = time.Since(began) }()
		return atOnce(len(tokens), func(i int) error { return s.store(progs, names[i], tokens[i]) })
	})
	if err != nil {
		return fmt.Errorf("50 store at once: %w", err)
	}
	if err := allThere(progs, s, names, tokens); err != nil {
		return fmt.Errorf("50 store at once: %w", err)
	}
	r.did("speed", "50 store at once", fmt.Sprintf("all there and all answered, in %.2f s", took.Seconds()))
	k.tell(r, "100 get and 50 store at once")
	return nil
}

// allThere checks that all are listed without their secrets, and answer.
func allThere(progs *programs, s *session, names, tokens []string) error {
	list, err := s.ask("", progs.ours, "list", "--json")
	if err != nil {
		return err
	}
	if !json.Valid([]byte(list)) {
		return errors.New("list --json is not JSON")
	}
	for i, name := range names {
		if !strings.Contains(list, `"`+name+`"`) {
			return fmt.Errorf("list --json has no %s", name)
		}
		if strings.Contains(list, tokens[i]) {
			return errors.New("list --json shows a secret")
		}
		out, err := s.ask(description("username="+name), progs.ours, "get")
		if err != nil {
			return err
		}
		if err := answers(apiUser, tokens[i])(out); err != nil {
			return fmt.Errorf("get for %s: %w", name, err)
		}
	}
	return nil
}

// atOnce runs f n times side by side and returns the first error.
func atOnce(n int, f func(int) error) error {
	errs := make(chan error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { errs <- f(i) })
	}
	all.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
