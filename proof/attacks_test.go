//go:build linux

package proof

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"git-credential-bitbucket/store/storetest"
)

// kindsOfAttack are the folders of the corpus, each with its way to run a file.
var kindsOfAttack = map[string]func(*testing.T, []Attack){
	"wire": attackWire, "env": attackEnvironment, "url": attackURLs, "gitconfig": attackConfigs, "index": attackIndex,
	"netrc": attackNetrc, "git-credentials": attackCredentials, "rest": attackREST, "believe": attackBelieve,
}

// fewestAttacks is how many inputs the corpus promises.
const fewestAttacks = 950

// TestAttacks runs the built program on everything hostile that is known to have
// been tried on credential helpers. Whatever it is: no host gets a token that should
// not, nothing crashes, and nothing reaches a terminal raw.
func TestAttacks(t *testing.T) {
	archives, err := filepath.Glob(filepath.Join("testdata", "attacks", "*"))
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	for _, archive := range archives {
		kind, isArchive := strings.CutSuffix(filepath.Base(archive), ".txtar")
		run, known := kindsOfAttack[kind]
		if !known || !isArchive {
			t.Errorf("nothing runs the inputs in %s", archive)
			continue
		}
		all := attacks(t, kind)
		count += len(all)
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			run(t, all)
		})
	}
	if count < fewestAttacks {
		t.Errorf("%d inputs, and there should be %d", count, fewestAttacks)
	}
}

// attacks are the inputs of a kind. What would be long is written @{60000*x}, for so
// many times x.
func attacks(t *testing.T, kind string) []Attack {
	t.Helper()
	all, err := Attacks(kind)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		all[i].Text = repetition.ReplaceAllStringFunc(all[i].Text, repeated)
	}
	return all
}

const email = "brandon@example.com"

var repetition = regexp.MustCompile(`@\{(\d+)\*(.+?)\}`)

func repeated(form string) string {
	parts := repetition.FindStringSubmatch(form)
	count, _ := strconv.Atoi(parts[1])
	return strings.Repeat(parts[2], count)
}

// marker is in the inputs wherever a secret is. It must never be shown.
const marker = "hunter2-marker"

// in is the same world for a test below its own.
func (w *world) in(t *testing.T) *world {
	here := *w
	here.t, here.env = t, slices.Clip(w.env)
	return &here
}

// wantShown checks that what a person sees of a run is fit for a terminal and
// has no secret in it.
func (w *world) wantShown(o outcome, secrets ...string) {
	w.t.Helper()
	for name, text := range map[string]string{"stdout": o.stdout, "stderr": o.stderr} {
		if at, what := rawIn(text); what != "" {
			w.t.Errorf("%s is raw: %s at %d in %q", name, what, at, short(text))
		}
	}
	w.wantNoSecret(o, secrets...)
}

func (w *world) wantNoSecret(o outcome, secrets ...string) {
	w.t.Helper()
	for _, text := range []string{o.stdout, o.stderr} {
		if strings.Contains(text, marker) {
			w.t.Errorf("the input's secret is shown: %q", short(text))
		}
		for _, secret := range secrets {
			if leaks(text, secret) {
				w.t.Errorf("a token gets out: %q", short(text))
			}
		}
	}
}

// rawIn finds what a terminal would not show as a character: control characters
// of either set, those that turn the direction, and what is no UTF-8.
func rawIn(text string) (at int, what string) {
	for at, r := range text {
		if r == utf8.RuneError && !strings.HasPrefix(text[at:], "\uFFFD") {
			return at, "invalid UTF-8"
		}
		if r != '\n' && !strconv.IsPrint(r) {
			return at, fmt.Sprintf("%U", r)
		}
	}
	return 0, ""
}

// leaks reports whether any piece of a token is in a text, as it is or in base64.
func leaks(text, token string) bool {
	const piece, prefix = 12, len("ATATT3xFfGF0") // all tokens of a kind begin alike
	body := token[min(prefix, len(token)-piece):]
	for at := 0; at+piece <= len(body); at++ {
		if strings.Contains(text, body[at:at+piece]) {
			return true
		}
	}
	for shift := range 3 { // three bytes make four characters, wherever it began
		encoded := base64.RawStdEncoding.EncodeToString([]byte(body[shift:]))
		if strings.Contains(text, encoded[:2*piece]) {
			return true
		}
	}
	return false
}

func short(text string) string {
	if len(text) > 600 {
		return text[:600] + "…"
	}
	return text
}

// wantJSON checks that a run printed JSON or, if it failed, nothing, and that
// it is as fit for a terminal as all else.
func (w *world) wantJSON(o outcome, secrets ...string) {
	w.t.Helper()
	if o.stdout != "" && !json.Valid([]byte(o.stdout)) || o.stdout == "" && o.code == 0 {
		w.t.Errorf("no JSON: exit %d, %q", o.code, short(o.stdout))
	}
	w.wantShown(o, secrets...)
}

// wantPair checks that git is told a pair or nothing: no line more, and no
// attribute that another made, nothing that could be taken for one, and, if
// any are given, no other password than these.
func (w *world) wantPair(o outcome, passwords ...string) {
	w.t.Helper()
	seen := map[string]bool{}
	for line := range strings.Lines(o.stdout) {
		key, value, found := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if !found || strings.ContainsAny(value, "\r\x00") || seen[key] || key != "username" && key != "password" && key != "password_expiry_utc" {
			w.t.Errorf("git is told the line %q", short(line))
		}
		if key == "password" && len(passwords) > 0 && !slices.Contains(passwords, value) {
			w.t.Errorf("git is told another password: %q", short(line))
		}
		seen[key] = true
	}
}

// legalAnswers proves that the token can be had by who asks properly: else no
// attack could fail.
func legalAnswers(w *world, token string) {
	w.t.Helper()
	if o := w.wantAnswer(token); !leaks(o.stdout, token) || !leaks(base64.StdEncoding.EncodeToString([]byte("x:"+token)), token) {
		w.t.Fatal("a token is not seen where it is")
	}
	w.wantAnswer(token, "username=brandon")
	w.wantAnswer(token, "path=ws/repo.git", "wwwauth[]=Basic realm=\"Bitbucket\"")
	if o := w.run(lines("protocol=https", "host=api.bitbucket.org"), "get"); !leaks(o.stdout, token) {
		w.t.Errorf("REST gets no token: %s", o.stderr)
	}
}

// attackWire hands every input to all that git can ask, where a token is saved, and
// where the environment has one (CVE-2024-53858).
func attackWire(t *testing.T, all []Attack) {
	all = append(all, Attack{"cve-2025-48386-many-lines", strings.Repeat("x=y\n", 300_000) + request()},
		Attack{"cve-2025-48386-line-without-end", strings.Repeat("protocol=https", 200_000)})
	saved, environment := newWorld(t), newWorld(t)
	token, variable := saved.save("brandon", "--in", "file", "--email", email), storetest.APIToken()
	environment.setenv("BITBUCKET_TOKEN", variable)
	environment.setenv("BITBUCKET_USERNAME", "brandon")
	environment.setenv("BITBUCKET_EMAIL", email)
	legalAnswers(saved, token)
	legalStore(saved)
	legalAnswers(environment, variable)
	reset := keeper(saved, saved.index())
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			defer reset(saved.in(t)) // so that one that gets through fails alone
			wantNothingFor(saved.in(t), a.Text, token)
			wantNothingFor(environment.in(t), a.Text, variable)
		})
	}
	figure(t, fmt.Sprintf("wire: %d inputs x get, store, erase, from a vault and the environment", len(all)), "no token, no crash, nothing raw")
}

// legalStore proves, where there is a keychain, that git's store would save
// something if it were for the right host.
func legalStore(w *world) {
	w.t.Helper()
	if _, err := exec.LookPath("gnome-keyring-daemon"); err != nil && os.Getenv("CI") == "" {
		return
	}
	w.startKeychain()
	before := w.savedState()
	for _, verb := range []string{"store", "erase"} {
		if o := w.run(request("username=other", "password="+marker), verb); o.code != 0 {
			w.t.Fatalf("%s: %s", verb, o.stderr)
		}
		if stored := w.savedState() != before; stored != (verb == "store") {
			w.t.Fatalf("%s of a password: saved is %v", verb, stored)
		}
	}
}

// wantNothingFor checks that no host gets anything by an input, and that it
// changes nothing.
func wantNothingFor(w *world, input, token string) {
	before := w.savedState()
	for _, verb := range []string{"get", "store", "erase"} {
		o := w.run(input, verb)
		w.wantShown(o, token)
		if o.stdout != "" {
			w.t.Errorf("%s answers %q", verb, short(o.stdout))
		}
		if after := w.savedState(); after != before {
			w.t.Fatalf("%s changed what is saved:\n%s\nbefore:\n%s", verb, after, before)
		}
	}
	w.wantAnswer(token)
}

// savedState is the index and the names of the files of tokens.
func (w *world) savedState() string {
	index, _ := os.ReadFile(w.index())
	files, _ := filepath.Glob(filepath.Join(w.config(), "files", "*"))
	return string(index) + strings.Join(files, "\n")
}

// attackEnvironment sets variables: NAME="a value as Go quotes it", one a line, in
// which TOKEN stands for a token.
func attackEnvironment(t *testing.T, all []Attack) {
	clean := newWorld(t)
	token := clean.save("brandon", "--in", "file", "--email", email)
	legalAnswers(clean, token)
	state := clean.savedState()
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w, variable := clean.in(t), storetest.APIToken()
			for line := range strings.Lines(a.Text) {
				name, quoted, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				value := variable
				if quoted != "TOKEN" {
					var err error
					value, err = strconv.Unquote(quoted)
					w.check(err)
				}
				w.setenv(name, value)
			}
			wantOrderly(w, token, variable)
			if clean.in(t).savedState() != state {
				t.Error("what is saved has changed")
			}
		})
	}
	clean.wantAnswer(token)
	if _, err := os.Stat(filepath.Join(clean.home, "ran")); err == nil {
		t.Error("something from the environment was started")
	}
	figure(t, fmt.Sprintf("env: %d inputs x 10 commands", len(all)), "nothing for other hosts, no crash, nothing raw")
}

// wantOrderly runs the commands that look at the environment.
func wantOrderly(w *world, tokens ...string) {
	foreign := lines("protocol=https", "host=evil.example", "path=bitbucket.org/ws")
	for _, argv := range [][]string{{"list"}, {"list", "--json"}, {"check", "--offline"}, {"check", "--offline", "--json"}} {
		if o := w.run("", argv...); slices.Contains(argv, "--json") {
			w.wantJSON(o, tokens...)
		} else {
			w.wantShown(o, tokens...)
		}
	}
	for _, stdin := range []string{request(), request("username=brandon"), lines("protocol=https", "host=api.bitbucket.org")} {
		o := w.run(stdin, "get")
		w.wantPair(o, tokens...)
		w.wantShown(outcome{stderr: o.stderr}, tokens...)
	}
	for _, stdin := range []string{foreign, lines("protocol=https", "host=evilbitbucket.org"), lines("protocol=http", "host=bitbucket.org")} {
		if o := w.run(stdin, "get"); o.stdout != "" || o.stderr != "" {
			w.t.Errorf("%q is answered: %q %q", stdin, short(o.stdout), short(o.stderr))
		}
	}
}
