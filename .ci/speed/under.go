package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// under lets check look at 1,000 clones, each with an app password in its URL.
func under(r *report, progs *programs, s *session) error {
	const clones, most = 1000, 10 // seconds
	dir := filepath.Join(os.Getenv("BENCH"), "clones")
	for i := range clones {
		if err := clone(progs, filepath.Join(dir, fmt.Sprint(i%50), fmt.Sprint(i)), i); err != nil {
			return err
		}
	}
	path := "PATH=" + filepath.Dir(progs.ours) + ":" + os.Getenv("PATH")
	began := time.Now()
	// It fails, since something is wrong.
	out, _ := s.with(path).ask("", progs.ours, "check", "--offline", "--json", "--under", dir)
	took := time.Since(began).Seconds()
	if found := strings.Count(out, "has a dead app password"); found != clones {
		return fmt.Errorf("check --under found %d of %d", found, clones)
	}
	word := verdict(took <= most)
	fmt.Fprintf(r.out, "%-8s check --under, %d clones: %.2f s of at most %d\n", word, clones, took, most)
	r.row("speed", fmt.Sprintf("check --under, %d clones", clones), fmt.Sprintf("%.2f s (at most %d)", took, most), word)
	return nil
}

// clone makes a repository with such a URL.
func clone(progs *programs, dir string, number int) error {
	if out, err := exec.Command(progs.git, "init", "-q", dir).CombinedOutput(); err != nil {
		return fmt.Errorf("git init: %w: %s", err, out)
	}
	config, err := os.OpenFile(filepath.Join(dir, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return fmt.Errorf("open a clone's settings: %w", err)
	}
	_, err = fmt.Fprintf(config, "[remote \"origin\"]\n\turl = https://me:ATBB%s@bitbucket.org/ws/r%d.git\n",
		strings.Repeat("x", 32), number)
	if closed := config.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write a clone's settings: %w", err)
	}
	return nil
}
