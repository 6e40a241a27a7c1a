//go:build linux

package proof

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	// What is built below: go test is to know when that has changed.
	_ "git-credential-bitbucket/helper"
	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

var long = flag.Bool("long", false, "as many rounds as .ci/prove wants")

// programs is the folder with the program, built as a release is.
var programs string

const password = "keyring-password"

// gitName is what git logs in with when the password is an API token.
const gitName = "x-bitbucket-api-token-auth"

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	dir, err := os.MkdirTemp("", "proof")
	if err == nil {
		defer os.RemoveAll(dir)
		programs = filepath.Join(dir, "bin")
		err = build(filepath.Join(programs, "git-credential-bitbucket"), "-tags", "nethttpomithttp2", "-trimpath", "-ldflags", "-s -w")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func build(to string, options ...string) error {
	cmd := exec.Command("go", append(append([]string{"build"}, options...), "-o", to, "..")...)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("build the program: %w: %s", err, out)
	}
	return nil
}

// need skips a test, but not in CI, where a program that it starts is missing.
func need(t *testing.T, programs ...string) {
	t.Helper()
	for _, program := range programs {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
}

// rounds is how many times something is done in the short form and in the long one.
func rounds(short, many int) int {
	if *long {
		return many
	}
	return short
}

// figure notes one row of .ci/prove's table: what was tried, and what came of it.
func figure(t *testing.T, what, format string, args ...any) {
	t.Helper()
	part := partOf.FindString(strings.TrimPrefix(t.Name(), "Test"))
	t.Attr("figure", strings.ToLower(part)+"\t"+what+"\t"+fmt.Sprintf(format, args...))
}

// partOf finds the part of the table in a test's name: TestFaultsOfIndex is of the faults.
var partOf = regexp.MustCompile("^[A-Z][a-z]+")

// world is a home folder, and what is around it: nothing, until it is started.
type world struct {
	t         *testing.T
	home      string
	env       []string // replaces and extends what every run has
	special   string   // the path of another program than the one that all tests have
	session   *storetest.Session
	bitbucket *bitbuckettest.Server
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, home: t.TempDir()}
	config := "[user]\n\tname = Test User\n\temail = user@example.com\n[init]\n\tdefaultBranch = main\n" +
		"[credential \"https://bitbucket.org\"]\n\thelper =\n\thelper = " + w.program() + "\n"
	w.write(".gitconfig", config)
	return w
}

func (w *world) program() string {
	if w.special != "" {
		return w.special
	}
	return filepath.Join(programs, "git-credential-bitbucket")
}

// startKeychain starts gnome-keyring, unlocked, on a bus of this world's own.
func (w *world) startKeychain() {
	w.t.Helper()
	need(w.t, "dbus-daemon", "gnome-keyring-daemon")
	session, err := storetest.NewSession(w.home)
	w.check(err)
	w.t.Cleanup(session.Close)
	w.session = session
	w.setenv("DBUS_SESSION_BUS_ADDRESS", session.Address())
	w.check(session.StartKeyring(password))
}

// startBitbucket starts a Bitbucket with one repository, ws/repo.
func (w *world) startBitbucket() {
	w.t.Helper()
	dir := w.t.TempDir()
	server, err := bitbuckettest.Start(dir)
	w.check(err)
	w.t.Cleanup(func() { server.Close() })
	w.bitbucket = server
	w.env = append(w.env, server.Env()...)
	w.check(server.AddRepository("ws/repo"))
}

// setenv sets a variable for all runs from now on.
func (w *world) setenv(name, value string) { w.env = append(w.env, name+"="+value) }

// environment is what every run has. Nothing but loopback can be reached: there
// is a proxy that does not answer, until a Bitbucket is started.
func (w *world) environment() []string {
	env := []string{
		"PATH=" + programs + ":" + os.Getenv("PATH"), "HOME=" + w.home, "XDG_RUNTIME_DIR=" + w.home, "LC_ALL=C.UTF-8",
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0", "TERM=dumb", "DBUS_SESSION_BUS_ADDRESS=",
		"HTTPS_PROXY=http://127.0.0.1:1", "https_proxy=http://127.0.0.1:1",
	}
	return append(env, w.env...)
}

// outcome is what one run of a program did.
type outcome struct {
	stdout, stderr string
	code           int // or signalled
	took           time.Duration
}

// signalled is the exit code of what was ended by a signal.
const signalled = 128

// run starts the program.
func (w *world) run(stdin string, args ...string) outcome {
	w.t.Helper()
	return w.outcomeOf(w.ours(stdin, args...))
}

// start runs any program.
func (w *world) start(stdin string, argv ...string) outcome {
	w.t.Helper()
	return w.outcomeOf(w.command(stdin, argv...))
}

// command is a program in the home, with the world around it.
func (w *world) command(stdin string, argv ...string) *exec.Cmd {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Dir, cmd.Env, cmd.Stdin = w.home, w.environment(), strings.NewReader(stdin)
	cmd.WaitDelay = time.Second
	return cmd
}

// ours is the same for our program.
func (w *world) ours(stdin string, args ...string) *exec.Cmd {
	return w.command(stdin, append([]string{w.program()}, args...)...)
}

// mostPatience is after how long a program that has not ended hangs.
const mostPatience = 2 * time.Minute

// outcomeOf runs a command to its end, and sees that it did not crash.
func (w *world) outcomeOf(cmd *exec.Cmd) outcome {
	w.t.Helper()
	var stdout, stderr bytes.Buffer
	if cmd.Stdout == nil {
		cmd.Stdout = &stdout
	}
	if cmd.Stderr == nil {
		cmd.Stderr = &stderr
	}
	began := time.Now()
	w.check(cmd.Start())
	limit := time.AfterFunc(mostPatience, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	hangs := !limit.Stop()
	o := outcome{stdout: stdout.String(), stderr: stderr.String(), took: time.Since(began)}
	var exit *exec.ExitError
	switch {
	case hangs:
		w.t.Fatalf("%q hangs: %s", cmd.Args, o.stderr)
	case errors.As(err, &exit):
		if o.code = exit.ExitCode(); o.code < 0 {
			o.code = signalled
		}
	case err != nil && !errors.Is(err, exec.ErrWaitDelay):
		w.t.Fatalf("%q: %v", cmd.Args, err)
	}
	if crashed(o.stderr) {
		w.t.Errorf("%q crashed: %s", cmd.Args, o.stderr)
	}
	return o
}

func crashed(stderr string) bool {
	return strings.Contains(stderr, "goroutine ") || strings.Contains(stderr, "panic:") || strings.Contains(stderr, "fatal error:")
}

// lines joins the lines of a request, and adds the blank one.
func lines(all ...string) string { return strings.Join(all, "\n") + "\n\n" }

// request is what git asks for bitbucket.org, with more lines.
func request(more ...string) string {
	return lines(append([]string{"protocol=https", "host=bitbucket.org"}, more...)...)
}

// echo is what git from 2.46 on reports of an answer to this program's own question.
func echo(more ...string) string {
	all := append([]string{"capability[]=state", "protocol=https", "host=bitbucket.org"}, more...)
	return lines(append(all, "state[]=bitbucket:?")...)
}

// save saves an API token in a script's way and returns it.
func (w *world) save(username string, options ...string) string {
	w.t.Helper()
	token := storetest.APIToken()
	if w.bitbucket != nil {
		w.bitbucket.AddCredential(bitbuckettest.Credential{Label: username, Kind: bitbuckettest.APIToken, Secret: token, Username: username,
			Email: username + "@example.com", Scopes: []string{"read:repository:bitbucket", "write:repository:bitbucket"}})
	} else {
		options = append(options, "--no-verify")
	}
	o := w.run(token+"\n", append([]string{"store", "--username", username, "--yes"}, options...)...)
	if o.code != 0 {
		w.t.Fatalf("save: %s", o.stderr)
	}
	return token
}

// wantAnswer checks that git gets this token, and with it that it is not lost.
func (w *world) wantAnswer(token string, more ...string) outcome {
	w.t.Helper()
	o := w.run(request(more...), "get")
	if want := "username=" + gitName + "\npassword=" + token + "\n"; !strings.HasPrefix(o.stdout, want) {
		w.t.Fatalf("the token is not answered any more: exit %d, %s%s", o.code, o.stdout, o.stderr)
	}
	w.wantPair(o, token)
	return o
}

// index is the path of the index; config is the folder that it is in.
func (w *world) index() string  { return filepath.Join(w.config(), "index.json") }
func (w *world) config() string { return filepath.Join(w.home, ".config", "git-credential-bitbucket") }

func (w *world) write(name, text string) string {
	w.t.Helper()
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(w.home, name)
	}
	w.check(os.MkdirAll(filepath.Dir(path), 0o700))
	w.check(os.WriteFile(path, []byte(text), 0o600))
	return path
}

func (w *world) read(path string) string {
	w.t.Helper()
	text, err := os.ReadFile(path)
	w.check(err)
	return string(text)
}

func (w *world) check(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// seen is what a person sees of a run, short enough for a table: what was said
// last, without the hint.
func (w *world) seen(o outcome) string {
	text, ours := "nothing is said", false
	for line := range strings.Lines(strings.ReplaceAll(o.stderr, w.home, "~")) {
		said, first := strings.CutPrefix(line, "git-credential-bitbucket: ")
		if ours = ours || first; ours && !strings.HasPrefix(said, "hint: ") && !strings.HasPrefix(said, "fatal: ") {
			text = strings.TrimSpace(said)
		}
	}
	text = noise.ReplaceAllString(text, "$1")
	if runes := []rune(text); len(runes) > 120 {
		text = string(runes[:119]) + "…"
	}
	return text
}

// noise is the part of a temporary folder's path that differs by run.
var noise = regexp.MustCompile(`/tmp/[^ ]*/([^/ ]+)`)

// seconds is a time as the table has it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
