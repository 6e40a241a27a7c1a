//go:build linux

package proof

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"git-credential-bitbucket/store/storetest"
)

// What is tried with an index in a bad state: what reads it, and what would write it.
func (w *world) indexUses() []func() outcome {
	new := echo("username=new", "password="+storetest.APIToken())
	return []func() outcome{
		func() outcome { return w.run(request(), "get") },
		func() outcome { return w.run("", "list") },
		func() outcome { return w.run(new, "store") },
		func() outcome { return w.run("", "edit", "brandon", "--also", "alice") },
		func() outcome { return w.run("", "erase", "brandon", "--yes") },
	}
}

// withFile is a world with a token in a plain file.
func withFile(t *testing.T) (*world, string) {
	w := newWorld(t)
	return w, w.save("brandon", "--in", "file")
}

// TestFaultsIndexCutShort: the index ends at each byte.
func TestFaultsIndexCutShort(t *testing.T) {
	t.Parallel()
	w, token := withFile(t)
	whole := w.read(w.index())
	var sample outcome
	tried := 0
	for length := 0; length < len(strings.TrimRight(whole, "\n")); length += rounds(7, 1) {
		tried++
		w.write(w.index(), whole[:length])
		for _, use := range w.indexUses() {
			sample = use()
			if sample.code != 1 || !strings.Contains(sample.stderr, "index.json") || strings.Contains(sample.stdout, token) {
				t.Fatalf("cut to %d bytes: exit %d, %s", length, sample.code, sample.stderr)
			}
		}
		if w.read(w.index()) != whole[:length] {
			t.Fatalf("cut to %d bytes: it was written", length)
		}
	}
	w.write(w.index(), whole)
	w.wantAnswer(token)
	figure(t, "index cut short", "at %d lengths, 5 commands each: %s; never written", tried, w.seen(sample))
}

// TestFaultsIndexBitFlipped: one bit of the index is wrong. It is then damaged, or
// says something else; it never makes a token go elsewhere, and never is lost.
func TestFaultsIndexBitFlipped(t *testing.T) {
	t.Parallel()
	w, token := withFile(t)
	whole := w.read(w.index())
	tried, damaged, answered := 0, 0, 0
	for bit := 0; bit < 8*len(whole); bit += rounds(61, 1) {
		tried++
		flipped := []byte(whole)
		flipped[bit/8] ^= 1 << (bit % 8)
		w.write(w.index(), string(flipped))
		got := w.run(request(), "get")
		foreign := w.run(lines("protocol=https", "host=bitbucket.example"), "get")
		switch {
		case foreign.stdout != "":
			t.Fatalf("bit %d: answered to another host", bit)
		case strings.Contains(got.stdout, "password="+token+"\n"):
			answered++
		case got.stdout != "":
			t.Fatalf("bit %d: answered %q", bit, got.stdout)
		case strings.Contains(got.stderr, "index.json"):
			damaged++
		case !strings.Contains(got.stderr, "hint: "):
			t.Errorf("bit %d: no answer, and no word why: %q in %s", bit, got.stderr, flipped)
		}
		// A day that has come near or passed is warned of, and the warning is noted.
		warned := strings.Contains(got.stderr, "; make a new one at ")
		if after := w.read(w.index()); after != string(flipped) && !warned {
			t.Fatalf("bit %d: it was written: %q, %s", bit, got.stderr, after)
		}
		flipped = []byte(w.read(w.index()))
		// A change is made to an index that can be read, and loses nothing of it.
		edit := w.run("", "edit", "brandon", "--also", "bo")
		switch {
		case edit.code != 0 && w.read(w.index()) != string(flipped):
			t.Fatalf("bit %d: an edit that failed has changed it: %s", bit, edit.stderr)
		case edit.code == 0 && w.run(request(), "get").stdout != got.stdout:
			t.Fatalf("bit %d: an edit has changed the answer", bit)
		}
	}
	w.write(w.index(), whole)
	w.wantAnswer(token)
	figure(t, "index, one bit wrong", "%d bits: %d named as damaged, %d harmless, %d not answered and told why; an edit changes only what can be read",
		tried, damaged, answered, tried-damaged-answered)
}

// TestFaultsIndexIsSomethingElse: in the index's place is what is none.
func TestFaultsIndexIsSomethingElse(t *testing.T) {
	t.Parallel()
	w, token := withFile(t)
	whole := w.read(w.index())
	cases := []struct {
		name  string
		place func(path string) error
		reads bool // the index is read anyway
	}{
		{"a directory", func(path string) error { return os.Mkdir(path, 0o700) }, false},
		{"a symbolic link to the index", func(path string) error { return os.Symlink(w.write("elsewhere", whole), path) }, true},
		{"a symbolic link to nothing", func(path string) error { return os.Symlink("nothing", path) }, false},
		{"a symbolic link to itself", func(path string) error { return os.Symlink(path, path) }, false},
		{"a pipe", func(path string) error { return syscall.Mkfifo(path, 0o600) }, false},
		{"a device without end", func(path string) error { return os.Symlink("/dev/zero", path) }, false},
		{"a file of 100 MB", func(path string) error { return largeFile(path, 100<<20) }, false},
		{"from a newer version", func(path string) error {
			return os.WriteFile(path, []byte(strings.Replace(whole, `"version": 2`, `"version": 3`, 1)), 0o600)
		}, false},
	}
	for _, c := range cases {
		w.check(os.RemoveAll(w.index()))
		w.check(c.place(w.index()))
		before := w.whatLies(w.index())
		var sample outcome
		uses := w.indexUses()
		if c.reads {
			uses = uses[:2] // the others would change it
		}
		for i, use := range uses {
			o := use()
			if o.took > sample.took || sample.stderr == "" {
				sample = o
			}
			if c.reads != (o.code == 0) {
				t.Errorf("%s: use %d: exit %d, %s", c.name, i, o.code, o.stderr)
			}
		}
		if after := w.whatLies(w.index()); after != before {
			t.Errorf("%s: there was %s, and now there is %s", c.name, before, after)
		}
		if c.reads {
			sample.stderr = "git-credential-bitbucket: read as ever"
		}
		figure(t, "index is "+c.name, "%s, after %s", w.seen(sample), seconds(sample.took))
	}
	w.check(os.RemoveAll(w.index()))
	w.write(w.index(), whole)
	w.wantAnswer(token)
}

// whatLies describes what is in a path's place: its mode, where it leads to, and what it holds.
func (w *world) whatLies(path string) string {
	w.t.Helper()
	info, err := os.Lstat(path)
	w.check(err)
	to, _ := os.Readlink(path)
	text := ""
	if info.Mode().IsRegular() && info.Size() < 1<<20 {
		text = w.read(path)
	}
	return fmt.Sprintf("%s %q %d %s", info.Mode(), to, info.Size(), text)
}

func largeFile(path string, size int64) error {
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		return err
	}
	return os.Truncate(path, size)
}

// asUnprivileged runs the program as a user without rights.
func (w *world) asUnprivileged(stdin string, args ...string) outcome {
	w.t.Helper()
	cmd := w.ours(stdin, args...)
	cmd.Dir = "/"
	if os.Geteuid() == 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: unprivileged, Gid: unprivileged}}
	}
	return w.outcomeOf(cmd)
}

const unprivileged = 65534

// giveAway gives the home and all in it to that user, if we may.
func (w *world) giveAway() {
	if os.Geteuid() != 0 {
		return
	}
	for _, above := range []string{programs, filepath.Dir(programs), filepath.Dir(w.home)} { // all made by these tests
		w.check(os.Chmod(above, 0o755))
	}
	w.check(filepath.WalkDir(w.home, func(path string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, unprivileged, unprivileged)
	}))
}

// TestFaultsUnreadable: the index, or the folder that it is in, may not be read
// or written.
func TestFaultsUnreadable(t *testing.T) {
	w, token := withFile(t)
	w.giveAway()
	cases := []struct {
		name string
		path string
		mode os.FileMode
		uses []string // what must fail, besides get where the index is not read
	}{
		{"index unreadable", w.index(), 0, []string{"get", "list", "edit brandon --also alice"}},
		{"folder unreadable", w.config(), 0, []string{"get", "list", "edit brandon --also alice"}},
		{"folder read-only", w.config(), 0o500, []string{"edit brandon --also alice", "erase brandon --yes"}},
		{"token's file unreadable", filepath.Join(w.config(), "files"), 0, []string{"get"}},
	}
	for _, c := range cases {
		was, err := os.Stat(c.path)
		w.check(err)
		w.check(os.Chmod(c.path, c.mode))
		var o outcome
		for _, use := range c.uses {
			if o = w.asUnprivileged(request(), strings.Fields(use)...); o.code != 1 || !strings.Contains(o.stderr, "hint: ") {
				t.Errorf("%s: %s: exit %d, %q", c.name, use, o.code, o.stderr)
			}
		}
		w.check(os.Chmod(c.path, was.Mode()))
		figure(t, c.name, "%s, after %s", w.seen(o), seconds(o.took))
	}
	if o := w.asUnprivileged(request(), "get"); !strings.Contains(o.stdout, token) {
		t.Errorf("the token is not answered any more: %s", o.stderr)
	}

	// The folder is still to be made, and that above it is another's.
	w.check(os.RemoveAll(w.config()))
	w.check(os.Chmod(filepath.Dir(w.config()), 0o500))
	o := w.asUnprivileged(storetest.APIToken()+"\n", "store", "--in", "file", "--username", "brandon", "--no-verify")
	if want := "hint: sudo chown \"$(id -un)\" ~/.config && chmod u+rwx ~/.config\n"; o.code != 1 || !strings.Contains(o.stderr, want) {
		t.Errorf("exit %d, %q", o.code, o.stderr)
	}
	figure(t, "folder above read-only", "%s, after %s", w.seen(o), seconds(o.took))
}

// TestFaultsReadOnlyAndFull: a disk that cannot be written, and one that is full.
// Both are mounted where no one else sees them.
func TestFaultsReadOnlyAndFull(t *testing.T) {
	t.Parallel()
	need(t, "unshare", "dd")
	enter := []string{"unshare", "-m"}
	if os.Geteuid() != 0 {
		enter = []string{"unshare", "-rm"}
	}
	if out, err := exec.CommandContext(t.Context(), enter[0], enter[1], "true").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("%v: %s", err, out)
		}
		t.Skipf("nothing may be mounted here: %s", out)
	}
	uses := `
		"$PROGRAM" get <request >answer || echo "get: exit $?" >&2
		"$PROGRAM" edit brandon --also alice; echo "edit: $?"
		"$PROGRAM" store <new; echo "store: $?"
		printf '%s\n' "$TOKEN" | "$PROGRAM" store --in keychain --username other --no-verify; echo "save: $?"
		printf '%s\n' "$TOKEN" | "$PROGRAM" store --name brandon --yes --no-verify; echo "replace: $?"
		"$PROGRAM" erase brandon --yes; echo "erase: $?"
		"$PROGRAM" move brandon --in keychain; echo "move: $?"
		printf '%s\n' "$TOKEN" | "$PROGRAM" store --in file --username other --no-verify; echo "save: $?"
		cat "$INDEX"`
	cases := []struct{ name, mount string }{
		{"disk read-only", `mount --bind "$FOLDER" "$FOLDER" && mount -o remount,bind,ro "$FOLDER" || exit 9`},
		{"disk full", `cp -a "$FOLDER" saved && mount -t tmpfs -o size=16k,mode=700 tmpfs "$FOLDER" && cp -a saved/. "$FOLDER" || exit 9
			dd if=/dev/zero of="$FOLDER/filler" bs=1k 2>/dev/null`},
	}
	for _, c := range cases {
		w, token := withFile(t)
		w.startKeychain() // its own files are elsewhere
		whole := w.read(w.index())
		w.write("request", request())
		w.write("new", echo("username=new", "password="+storetest.APIToken()))
		for name, value := range map[string]string{"PROGRAM": w.program(), "FOLDER": w.config(), "INDEX": w.index(), "TOKEN": storetest.APIToken()} {
			w.setenv(name, value)
		}
		o := w.start("", append(enter, "sh", "-c", c.mount+uses)...)
		if want := "edit: 1\nstore: 1\nsave: 1\nreplace: 1\nerase: 1\nmove: 1\nsave: 1\n" + whole; o.stdout != want {
			t.Errorf("%s: got %s%s", c.name, o.stdout, o.stderr)
		}
		if answer := w.read(filepath.Join(w.home, "answer")); !strings.Contains(answer, token) {
			t.Errorf("%s: no answer: %s", c.name, o.stderr)
		}
		w.wantAnswer(token)
		w.wantItemsKnown()
		figure(t, c.name, "get answers; edit, git's store, save, replace, erase and move fail: %s, all after %s", w.seen(o), seconds(o.took))
	}
}

// TestFaultsStreams: what git closes or never opens, and few file descriptors.
func TestFaultsStreams(t *testing.T) {
	t.Parallel()
	w, token := withFile(t)
	whole := w.read(w.index())
	w.setenv("GOTRACEBACK", "crash") // so that a panic ends by a signal, unseen
	for _, closed := range []string{"<&-", ">&-", "2>&-", "<&- >&- 2>&-", "</dev/full", ">/dev/full", "2>/dev/full"} {
		for _, command := range []string{"get", "store", "erase", "list", "check --offline", "help"} {
			o := w.start(request("password=unknown"), "sh", "-c", w.program()+" "+command+" "+closed)
			// Without its input git's own command has been used wrongly.
			wrongUse := strings.HasPrefix(closed, "<") && slices.Contains([]string{"get", "store", "erase"}, command)
			if o.code > 2 || (o.code == 2) != wrongUse {
				t.Errorf("%s %s: exit %d: %s", command, closed, o.code, o.stderr)
			}
			if command == "get" && closed == ">/dev/full" && (o.code != 1 || o.stderr == "") {
				t.Errorf("%s %s: exit %d: %s", command, closed, o.code, o.stderr)
			}
		}
		if w.read(w.index()) != whole {
			t.Fatalf("%s: written into the index", closed)
		}
	}
	figure(t, "closed streams", "7 ways, 6 commands each: exit 0 or 1, or 2 without the input; no crash, no change of the index")

	for _, command := range []string{"get", "list"} {
		o := w.unread(request(), command)
		if o.code != signalled || o.stderr != "" {
			t.Errorf("%s, and no one reads: exit %d, %q", command, o.code, o.stderr)
		}
	}
	figure(t, "SIGPIPE", "no process reads the answer: ended by the signal, nothing is said")
	w.wantAnswer(token)
}

// unread runs the program with no reader at the other end of its stdout.
func (w *world) unread(stdin string, args ...string) outcome {
	w.t.Helper()
	reader, writer, err := os.Pipe()
	w.check(err)
	reader.Close()
	defer writer.Close()
	cmd := w.ours(stdin, args...)
	cmd.Stdout = writer
	return w.outcomeOf(cmd)
}

// TestFaultsFileDescriptors: with so few that something cannot be opened, there is
// an answer or an error, and no change that is half done.
func TestFaultsFileDescriptors(t *testing.T) {
	t.Parallel()
	need(t, "prlimit")
	w, token := withFile(t)
	enough, ended := 0, 0
	var sample outcome
	for limit := 20; limit >= 3; limit-- {
		o, gaveUp := w.withDescriptors(limit, token, request(), "get")
		switch {
		case strings.Contains(o.stdout, token):
			enough = limit
		case o.code == 0:
			t.Errorf("%d descriptors: neither an answer nor an error", limit)
		case gaveUp:
			ended = max(ended, limit)
		default:
			sample = o
		}
		w.save("spare", "--in", "file")
		before, also := w.read(w.index()), fmt.Sprintf("also-%d", limit)
		changes := []struct {
			stdin string
			args  []string
		}{
			{"", []string{"edit", "brandon", "--also", also}},
			{token + "\n", []string{"store", "--name", "brandon", "--yes", "--no-verify", "--in", "file"}},
			{"", []string{"erase", "spare", "--yes"}},
		}
		for _, c := range changes {
			if o, _ := w.withDescriptors(limit, token, c.stdin, c.args...); o.code != 0 && w.read(w.index()) != before {
				t.Errorf("%d descriptors: %s failed and has changed the index: %s", limit, c.args[0], o.stderr)
			}
			w.wantAnswer(token, "username=brandon")
			before = w.read(w.index())
		}
	}
	figure(t, "out of file descriptors", "get needs %d; with fewer: %s; with %d and fewer Go's runtime ends it, without a word of secrets; edit, save and erase do it or change nothing",
		enough, w.seen(sample), ended)
}

// withDescriptors runs the program with so few file descriptors at most. Go's
// runtime gives up itself where it cannot wait for a file.
func (w *world) withDescriptors(limit int, token, stdin string, args ...string) (o outcome, gaveUp bool) {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := w.command(stdin, append([]string{"prlimit", "--nofile=" + strconv.Itoa(limit), w.program()}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); errors.As(err, &exit) {
		o.code = exit.ExitCode()
	} else {
		w.check(err)
	}
	o.stdout, o.stderr = stdout.String(), stderr.String()
	w.wantNoSecret(outcome{stderr: o.stderr}, token)
	if gaveUp = crashed(o.stderr); gaveUp && !strings.Contains(o.stderr, "runtime.netpollinit()") {
		w.t.Errorf("%d descriptors: %s", limit, o.stderr)
	}
	return o, gaveUp
}

// TestFaultsHome: the environment does not say where the home folder is.
func TestFaultsHome(t *testing.T) {
	t.Parallel()
	w, token := withFile(t)
	w.startKeychain()
	const noFolder = "neither $XDG_CONFIG_HOME nor $HOME are defined"
	for _, c := range []struct {
		command, stdin string
		code           int
		says           string // on stderr or, for check, on stdout
		answers        bool
	}{
		{"get", request(), 1, noFolder, false},
		{"list", "", 1, noFolder, false},
		{"store", echo("username=new", "password="+storetest.APIToken()), 1, "", false},
		{"check --offline", "", 1, noFolder, false},
		{"get", request(), 0, "", true},
	} {
		cmd := w.ours(c.stdin, strings.Fields(c.command)...)
		cmd.Env = slices.DeleteFunc(w.environment(), func(set string) bool { return strings.HasPrefix(set, "HOME=") })
		if c.answers {
			cmd.Env = append(cmd.Env, "BITBUCKET_TOKEN="+token)
		}
		o := w.outcomeOf(cmd)
		if c.answers != strings.Contains(o.stdout, token) || o.code != c.code || !strings.Contains(o.stderr+o.stdout, c.says) || c.says == "" && o.stderr != "" {
			t.Errorf("%s: exit %d, %q, %s", c.command, o.code, o.stdout, o.stderr)
		}
		what := w.seen(o)
		if strings.HasPrefix(c.command, "check") {
			what = regexp.MustCompile(`(?m)there is no folder.*$`).FindString(o.stdout)
		}
		if c.answers {
			what = "answered"
			c.command += " with BITBUCKET_TOKEN"
		}
		figure(t, "HOME unset, "+c.command, "%s, exit %d", what, o.code)
	}
	w.wantItemsKnown()
}
