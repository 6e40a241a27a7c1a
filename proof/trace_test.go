//go:build linux

package proof

import (
	"encoding/base64"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
)

// marksOf are pieces of a token, and what they look like in a Basic header, whatever
// is before them there.
func marksOf(token string) []string {
	var marks []string
	for _, piece := range []string{token[20:40], token[80:100], token[len(token)-30 : len(token)-10]} {
		marks = append(marks, piece)
		for before := range 3 {
			encoded := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", before) + piece))
			marks = append(marks, encoded[4:len(encoded)-4])
		}
	}
	return marks
}

func isMarked(text string, marks []string) bool {
	return slices.ContainsFunc(marks, func(mark string) bool { return strings.Contains(text, mark) })
}

// watched are the system calls by which a secret can leave a process, those that
// forbid a core, and those that make a process.
const watched = "execve,execveat,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,open,openat,openat2,creat,connect," +
	"symlink,symlinkat,link,linkat,rename,renameat,renameat2,mkdir,mkdirat,add_key,keyctl,prlimit64,setrlimit," +
	"copy_file_range,sendfile,splice,vmsplice,tee,process_vm_writev,clone,clone3,fork,vfork"

// unseen are those of which strace does not show what they carry.
var unseen = []string{"copy_file_range", "sendfile", "splice", "vmsplice", "tee", "process_vm_writev"}

// watch runs a case under strace and returns what that saw, line by line.
func (w *world) watch(c leakCase, marks []string) []string {
	w.t.Helper()
	trace := filepath.Join(w.t.TempDir(), "trace")
	argv := []string{"strace", "-f", "-qq", "-yy", "-v", "-s", "1000000", "-o", trace, "-e", "trace=" + watched}
	if c.command == "git" {
		argv = append(argv, "git")
	} else {
		argv = append(argv, w.program(), c.command)
	}
	was := w.env
	w.env = append(slices.Clone(was), c.env...)
	var o outcome
	if c.typed != "" {
		o = w.atTerminal(c.typed, append(argv, c.args...)...)
	} else {
		o = w.start(c.stdin, append(argv, c.args...)...)
	}
	w.env = was
	if (o.code != 0) != c.fails {
		w.t.Errorf("%s: exit %d: %s%s", c, o.code, o.stdout, o.stderr)
	}
	if isMarked(o.stderr, marks) || c.command != "get" && isMarked(o.stdout, marks) {
		w.t.Errorf("%s: the token is in what was said: %s%s", c, o.stdout, o.stderr)
	}
	return strings.Split(w.read(trace), "\n")
}

// atTerminal starts a program on a terminal, and answers its one secret question.
func (w *world) atTerminal(typed string, argv ...string) outcome {
	w.t.Helper()
	cmd := w.command("", argv...)
	cmd.Stdin = nil // the terminal
	terminal, err := pty.Start(cmd)
	w.check(err)
	defer terminal.Close()
	limit := time.AfterFunc(mostPatience, func() { cmd.Process.Kill() })
	defer limit.Stop()
	var screen strings.Builder
	buffer := make([]byte, 4096)
	for answered := false; ; {
		n, err := terminal.Read(buffer)
		if screen.Write(buffer[:n]); err != nil {
			break // as a terminal says that no process has it open any more
		}
		if !answered && strings.Contains(screen.String(), "@bitbucket.org': ") {
			answered = true
			_, err := terminal.WriteString(typed)
			w.check(err)
		}
	}
	cmd.Wait()
	return outcome{stdout: screen.String(), code: cmd.ProcessState.ExitCode()}
}

// makes is a line of strace's in which a process makes another: "PID clone3(…) = PID", or
// its second half.
var makes = regexp.MustCompile(`^(\d+) +(?:<\.\.\. )?(?:clone3?|v?fork)\b.* = (\d+)(?:<.*>)?$`)

// A call is one line of strace's: "PID NAME(FD<WHAT>, …".
var call = regexp.MustCompile(`^(\d+) +(\w+)\((?:(\d+)<(.*?)>[,)])?`)

// judge finds where the token was seen; it is an error if that is not where it may be.
func (w *world) judge(c leakCase, trace []string, marks []string) map[channel]bool {
	w.t.Helper()
	seen := map[channel]bool{}
	watch := traceReader{world: w, programs: map[string]string{}, parents: map[string]string{}, sockets: map[string]string{}, first: true}
	for _, line := range trace {
		if made := makes.FindStringSubmatch(line); made != nil {
			watch.parents[made[2]] = made[1]
		}
	}
	for _, line := range trace {
		where := watch.read(line, isMarked(line, marks))
		if where == "" {
			continue
		}
		seen[where] = true
		if !slices.Contains(c.may, where) {
			w.t.Errorf("%s: the token is seen in %s: %s", c, where, cut(line))
		}
	}
	if c.command != "git" && !watch.noCore {
		w.t.Errorf("%s: a core could be written", c)
	}
	return seen
}

func cut(line string) string {
	if len(line) > 300 {
		return line[:300] + "…"
	}
	return line
}

// traceReader knows, while it reads a trace, which process runs what, and where
// sockets lead to.
type traceReader struct {
	*world
	programs map[string]string // by process
	parents  map[string]string // by process or thread
	sockets  map[string]string // paths, by strace's number of the socket
	first    bool              // the line is the start of all, with what the test itself handed over
	noCore   bool
}

// read takes one line, and tells where the token is seen in it, if it is.
func (r *traceReader) read(line string, marked bool) channel {
	parts := call.FindStringSubmatch(line)
	if parts == nil {
		if marked {
			return elsewhere
		}
		return ""
	}
	process, name, fd, what := parts[1], parts[2], parts[3], parts[4]
	first := r.first
	r.first = false
	switch name {
	case "execve":
		r.programs[process] = strings.SplitN(line, "\"", 3)[1]
		marked = marked && !first
	case "connect":
		if _, after, found := strings.Cut(line, "sun_path=\""); found {
			r.sockets[socketNumber(what)] = strings.SplitN(after, "\"", 2)[0]
		}
	case "prlimit64", "setrlimit":
		r.noCore = r.noCore || strings.Contains(line, "RLIMIT_CORE, {rlim_cur=1,")
	}
	if slices.Contains(unseen, name) && r.programOf(process) == r.program() {
		return elsewhere
	}
	if !marked {
		return ""
	}
	if !strings.Contains(name, "write") && !strings.HasPrefix(name, "send") {
		return elsewhere
	}
	return r.channelOf(process, fd, what)
}

// channelOf reports what a file descriptor that the token was written to leads to.
func (r *traceReader) channelOf(process, fd, what string) channel {
	program := r.programOf(process)
	ours := program == r.program()
	bus := strings.TrimPrefix(strings.SplitN(r.session.Address(), ",", 2)[0], "unix:path=")
	switch {
	case strings.HasPrefix(what, "UNIX") && r.sockets[socketNumber(what)] == bus:
		return keychain
	case strings.HasPrefix(what, filepath.Join(r.config(), "files")+"/"):
		return tokenFile
	case strings.HasPrefix(what, "pipe:") && ours && fd == "1":
		return toGit
	case strings.HasPrefix(what, "pipe:") && filepath.Base(program) == "cat":
		return fromCommand
	case strings.HasPrefix(what, "pipe:") && strings.HasPrefix(filepath.Base(program), "git") && !ours:
		return insideGit
	}
	return elsewhere
}

// programOf reports which program a process or thread runs: that of who made it, until
// it starts another.
func (r *traceReader) programOf(process string) string {
	for process != "" {
		if program := r.programs[process]; program != "" {
			return program
		}
		process = r.parents[process]
	}
	return ""
}

// socketNumber is how strace tells one socket from another, whatever it leads to.
func socketNumber(what string) string {
	number, _, _ := strings.Cut(what, "->")
	return strings.TrimSuffix(number, "]")
}

// String is the command as a person would type it.
func (c leakCase) String() string { return strings.Join(append([]string{c.command}, c.args...), " ") }

// everyCommandIsWatched holds the list of cases against the program's own.
func everyCommandIsWatched(t *testing.T, w *world, cases []leakCase) {
	t.Helper()
	commands := regexp.MustCompile(`(?m)^  ([a-z]+)`).FindAllStringSubmatch(w.run("", "help").stdout, -1)
	if len(commands) < 15 {
		t.Fatalf("help names %d commands", len(commands))
	}
	for _, command := range commands {
		if !slices.ContainsFunc(cases, func(c leakCase) bool { return c.command == command[1] }) {
			t.Errorf("%s is not watched", command[1])
		}
	}
}
