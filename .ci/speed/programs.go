package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// programs is where everything lies that is run.
type programs struct {
	ours, withoutAge            string
	empty, netHTTP, floor, pair string
	libsecret, secretTool, git  string
}

func newPrograms() (*programs, error) {
	p := &programs{
		ours: bin("git-credential-bitbucket"), withoutAge: bin("without-age/git-credential-bitbucket"),
		empty: bin("empty"), netHTTP: bin("nethttp"), floor: bin("floor"), pair: bin("pair"),
		libsecret: bin("git-credential-libsecret"),
	}
	var err error
	if p.secretTool, err = exec.LookPath("secret-tool"); err != nil {
		return nil, fmt.Errorf("find secret-tool: %w", err)
	}
	if p.git, err = exec.LookPath("git"); err != nil {
		return nil, fmt.Errorf("find git: %w", err)
	}
	return p, nil
}

func bin(name string) string { return filepath.Join(os.Getenv("BENCH"), "bin", name) }

// metered runs a program under the meter, which has to find it by its path.
func metered(s *session, request string, argv []string) (said string, ns, kb float64, err error) {
	out, err := s.ask(request, append([]string{bin("meter")}, argv...)...)
	if err != nil {
		return "", 0, 0, err
	}
	head, said, _ := strings.Cut(out, "\n")
	var status int
	if _, err := fmt.Sscan(head, &ns, &kb, &status); err != nil {
		return "", 0, 0, fmt.Errorf("read the meter: %w", err)
	}
	if status != 0 {
		return "", 0, 0, fmt.Errorf("exit %d", status)
	}
	return said, ns, kb, nil
}

// base is what any program pays.
type base struct{ empty, netHTTP *row }

func addBase(t *table, progs *programs, s *session) *base {
	return &base{
		empty: t.add("empty Go program", s, "", nothing, progs.empty),
		// What asks Bitbucket has to be linked; this is what that costs by itself.
		netHTTP: t.add("Go program that links net/http", s, "", nothing, progs.netHTTP),
	}
}
