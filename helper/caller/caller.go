// Package caller finds out which program git's word on the pipe came from: the git that
// speaks HTTP, or the program that runs `git credential`. Git before 2.46 has no state[] by
// which it could repeat a question, but the process that asked is the one that reports.
//
// It reads the system's list of processes and starts none. Where that list cannot be read,
// or on a system without a way to read it here, the caller is not known.
package caller

import (
	"path/filepath"
	"slices"
	"strings"
)

// Caller is who speaks to this program, through git.
type Caller struct {
	// ID names the process while it runs and is never that of another one: digits and "-".
	ID string
	// Seeds: it hands over a credential of its own accord, by `git credential approve`.
	Seeds bool
}

// process is one of the list; its id is of the process number and of when it started.
type process struct {
	id   string
	args []string
}

// highest is how many processes above this one are looked at.
const highest = 6

// Find returns the caller, and whether it is known.
func Find() (Caller, bool) { return identify(above(highest)) }

// identify finds the caller among the processes above this program, the nearest first.
func identify(chain []process) (Caller, bool) {
	for len(chain) > 0 && isInBetween(chain[0].args) {
		chain = chain[1:]
	}
	if len(chain) == 0 {
		return Caller{}, false
	}
	name, words := gitWords(chain[0].args)
	switch {
	case strings.HasPrefix(name, "remote-http"), name == "http-fetch", name == "http-push":
		return Caller{ID: chain[0].id}, true
	case name == "credential" && len(words) == 1:
		program := chain[min(1, len(chain)-1)] // a container may hide who runs git
		parent, _ := gitWords(program.args)
		// Git LFS reads URLs from repositories.
		return Caller{ID: program.id, Seeds: words[0] == "approve" && parent != "lfs"}, true
	}
	return Caller{}, false
}

// isInBetween reports whether a process only passes git's word on: the shell in which git
// starts a helper, which may run a script around this program, or the git that looks a
// helper up by its name.
func isInBetween(args []string) bool {
	if len(args) == 0 {
		return false
	}
	name, _ := gitWords(args)
	return name == "credential-bitbucket" || slices.Contains([]string{"sh", "dash", "bash", "ash", "busybox", "zsh"}, programName(args[0]))
}

// gitWords returns the name of git's command that a process runs, without "git-", and the
// words after it; "" if it runs none.
func gitWords(args []string) (name string, words []string) {
	if len(args) == 0 {
		return "", nil
	}
	program := programName(args[0])
	if name, isOwn := strings.CutPrefix(program, "git-"); isOwn {
		return name, args[1:]
	}
	if program != "git" {
		return "", nil
	}
	for i := 1; i < len(args); i++ {
		switch arg := args[i]; {
		case arg == "-c", arg == "-C", arg == "--git-dir", arg == "--work-tree", arg == "--namespace", arg == "--config-env":
			i++
		case !strings.HasPrefix(arg, "-"):
			return arg, args[i+1:]
		}
	}
	return "", nil
}

func programName(path string) string {
	return strings.TrimPrefix(strings.TrimSuffix(filepath.Base(path), ".exe"), "-")
}
