//go:build ignore

// Bench fills three keychains, measures the programs in turns so that noise hits all alike, and then asks and stores many
// at once, and lets check look at many clones. .ci/bench starts it, with the programs in $BENCH/bin and the sessions in $BUS1, $BUS100 and $BUS1000.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"flag"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

var rounds = flag.Int("n", 200, "rounds")

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, ".ci/bench:", err)
		os.Exit(1)
	}
}

// token makes one of the shape of an API token; its end is the checksum of the rest.
func token() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	b := make([]byte, 192-len("ATATT3xFfGF0")-len("=")-8)
	rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]%64]
	}
	s := "ATATT3xFfGF0" + string(b) + "="
	return s + fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(s)))
}

func bin(name string) string { return filepath.Join(os.Getenv("BENCH"), "bin", name) }

// session is one of the three: its environment, and the tokens saved in it, the first of which is the one to answer.
type session struct {
	size   int
	env    []string
	tokens []string
}

func newSession(size int) *session {
	s := &session{size: size}
	for _, set := range os.Environ() {
		name, _, _ := strings.Cut(set, "=")
		if name == "PATH" || strings.HasPrefix(name, "LC_") || name == "LANG" {
			s.env = append(s.env, set)
		}
	}
	root := os.Getenv("BENCH")
	s.env = append(s.env,
		fmt.Sprintf("HOME=%s/home%d", root, size),
		fmt.Sprintf("XDG_RUNTIME_DIR=%s/run%d", root, size),
		"DBUS_SESSION_BUS_ADDRESS="+os.Getenv(fmt.Sprintf("BUS%d", size)))
	return s
}

// newPlace is a session without a keychain, with one token saved in another place.
func newPlace(in string) (*session, error) {
	s := newSession(0)
	home := filepath.Join(os.Getenv("BENCH"), "home-"+in)
	words := filepath.Join(home, "words")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	if err := os.WriteFile(words, []byte("some words\n"), 0o600); err != nil {
		return nil, err
	}
	s.env = append(s.env, "HOME="+home, "DBUS_SESSION_BUS_ADDRESS=")
	s.tokens = []string{token()}
	saving := *s
	saving.env = append(slices.Clone(s.env), "GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE="+words)
	_, err := saving.ask(s.tokens[0]+"\n", bin("git-credential-bitbucket"), "store", "--in", in, "--username", "somebody", "--no-verify")
	return s, err
}

// ask runs a program as git does: the request on a pipe, the answer from one.
func (s *session) ask(request string, argv ...string) (string, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Env = s.env
	cmd.Stdin = strings.NewReader(request)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		return "", err
	}
	stop := time.AfterFunc(time.Minute, func() { cmd.Process.Kill() })
	defer stop.Stop()
	if err := cmd.Wait(); err != nil {
		return "", fmt.Errorf("%s %s: %v: %s", filepath.Base(argv[0]), strings.Join(argv[1:], " "), err, &stderr)
	}
	return stdout.String(), nil
}

func description(fields ...string) string {
	fields = append([]string{"protocol=https", "host=bitbucket.org"}, fields...)
	return strings.Join(fields, "\n") + "\n\n"
}

func (s *session) store(username, token string) error {
	_, err := s.ask(description("username="+username, "password="+token), bin("git-credential-bitbucket"), "store")
	return err
}

func (s *session) fill() error {
	for i := range s.size {
		s.tokens = append(s.tokens, token())
		if err := s.store(fmt.Sprintf("saved-%d", i), s.tokens[i]); err != nil {
			return err
		}
	}
	return nil
}

// answers checks a helper's answer.
func answers(username, password string) func(string) error {
	return func(out string) error {
		for _, line := range []string{"username=" + username, "password=" + password} {
			if !slices.Contains(strings.Split(out, "\n"), line) {
				// The line may hold a secret, made up as it is.
				return fmt.Errorf("no right %s in the answer", strings.SplitN(line, "=", 2)[0])
			}
		}
		return nil
	}
}

type row struct {
	name    string
	session *session
	env     []string
	request string
	argv    []string
	check   func(string) error
	ms, kb  []float64
}

func (r *row) measure(keep bool) error {
	with := *r.session
	with.env = append(slices.Clone(r.session.env), r.env...)
	out, err := with.ask(r.request, append([]string{bin("meter")}, r.argv...)...)
	if err != nil {
		return err
	}
	head, out, _ := strings.Cut(out, "\n")
	var ns, kb float64
	var status int
	if _, err := fmt.Sscan(head, &ns, &kb, &status); err != nil {
		return err
	}
	if status != 0 {
		return fmt.Errorf("exit %d", status)
	}
	if err := r.check(out); err != nil {
		return err
	}
	if keep {
		r.ms, r.kb = append(r.ms, ns/1e6), append(r.kb, kb)
	}
	return nil
}

func median(all []float64) float64 {
	all = slices.Sorted(slices.Values(all))
	return all[len(all)/2]
}

func run() error {
	const apiUser = "x-bitbucket-api-token-auth"
	one, hundred, thousand := newSession(1), newSession(100), newSession(1000)
	for _, s := range []*session{one, hundred, thousand} {
		began := time.Now()
		if err := s.fill(); err != nil {
			return err
		}
		fmt.Printf("saved %d in %.1f s\n", s.size, time.Since(began).Seconds())
	}

	ours, libsecret := bin("git-credential-bitbucket"), bin("git-credential-libsecret")
	secretTool, err := exec.LookPath("secret-tool")
	if err != nil {
		return err
	}
	// The same daemon and the same secret, saved in libsecret's way.
	if _, err := one.ask(description("username="+apiUser, "password="+one.tokens[0]), libsecret, "store"); err != nil {
		return err
	}

	file, err := newPlace("file")
	if err != nil {
		return err
	}
	encrypted, err := newPlace("encrypted")
	if err != nil {
		return err
	}

	nothing := func(out string) error {
		if out != "" {
			return fmt.Errorf("unexpected output")
		}
		return nil
	}
	get := "capability[]=authtype\ncapability[]=state\n" + description()
	fromEnvironment := token()
	empty := &row{name: "empty Go program", session: one, argv: []string{bin("empty")}, check: nothing}
	netHTTP := &row{name: "Go program that links net/http", session: one, argv: []string{bin("nethttp")}, check: nothing}
	getFile := &row{name: "get, plain file", session: file, request: get, argv: []string{ours, "get"},
		check: answers(apiUser, file.tokens[0])}
	getEncrypted := &row{name: "get, encrypted, unlocked", session: encrypted, request: get, argv: []string{ours, "get"},
		check: answers(apiUser, encrypted.tokens[0])}
	getWithoutAge := &row{name: "get, 1 saved, age not linked", session: one, request: get,
		argv: []string{bin("without-age/git-credential-bitbucket"), "get"}, check: answers(apiUser, one.tokens[0])}
	get1 := &row{name: "get, 1 saved", session: one, request: get, argv: []string{ours, "get"},
		check: answers(apiUser, one.tokens[0])}
	get100 := &row{name: "get, 100 saved", session: hundred, request: get, argv: []string{ours, "get"},
		check: answers(apiUser, hundred.tokens[0])}
	get1000 := &row{name: "get, 1000 saved", session: thousand, request: get, argv: []string{ours, "get"},
		check: answers(apiUser, thousand.tokens[0])}
	getEnv := &row{name: "get, BITBUCKET_TOKEN", session: one, env: []string{"BITBUCKET_TOKEN=" + fromEnvironment},
		request: get, argv: []string{ours, "get"}, check: answers(apiUser, fromEnvironment)}
	store := &row{name: "store of a known token", session: one,
		request: description("username="+apiUser, "password="+one.tokens[0]), argv: []string{ours, "store"}, check: nothing}
	libsecretGet := &row{name: "git-credential-libsecret get", session: one, request: get, argv: []string{libsecret, "get"},
		check: answers(apiUser, one.tokens[0])}
	lookup := &row{name: "secret-tool lookup", session: one,
		argv: []string{secretTool, "lookup", "protocol", "https", "server", "bitbucket.org", "user", apiUser},
		check: func(out string) error {
			if out != one.tokens[0] {
				return fmt.Errorf("wrong answer")
			}
			return nil
		}}
	rows := []*row{empty, netHTTP, getFile, getEncrypted, get1, getWithoutAge, get100, get1000, getEnv, store, libsecretGet, lookup}

	const warmUp = 5
	for i := range *rounds + warmUp {
		for _, r := range rows {
			if err := r.measure(i >= warmUp); err != nil {
				return fmt.Errorf("%s: %w", r.name, err)
			}
		}
	}
	fmt.Printf("\n%-32s %8s %10s %8s\n", fmt.Sprintf("median of %d", *rounds), "ms", "x empty Go", "peak MB")
	for _, r := range rows {
		fmt.Printf("%-32s %8.2f %10.2f %8.2f\n", r.name, median(r.ms), median(r.ms)/median(empty.ms), median(r.kb)/1024)
	}
	fmt.Println()

	aim := func(what string, got, bound, factor float64) {
		word := "reached"
		if got > bound*factor {
			word = "missed"
		}
		fmt.Printf("%-8s %s: %.2f of at most %.2f\n", word, what, got/bound, factor)
	}
	aim("get to git-credential-libsecret, time", median(get1.ms), median(libsecretGet.ms), 0.5)
	aim("get to git-credential-libsecret, peak memory", median(get1.kb), median(libsecretGet.kb), 1.2)
	aim("get from BITBUCKET_TOKEN to an empty Go program, time", median(getEnv.ms), median(empty.ms), 2)
	aim("get from the plain file to an empty Go program, time", median(getFile.ms), median(empty.ms), 1.5)
	aim("get from the unlocked encrypted store to an empty Go program, time", median(getEncrypted.ms), median(empty.ms), 2)
	aim("get from the keychain with age linked to without, time", median(get1.ms), median(getWithoutAge.ms), 1.05)
	aim("store of a known token to an empty Go program, time", median(store.ms), median(empty.ms), 2)
	aim("get with 100 saved to get with 1, time", median(get100.ms), median(get1.ms), 1.2)
	fmt.Println()

	if err := together(one, ours, get, apiUser); err != nil {
		return err
	}
	return under(one, ours)
}

// under lets check look at 1,000 clones, each with an app password in its URL.
func under(s *session, ours string) error {
	const clones, most = 1000, 10 // seconds
	dir := filepath.Join(os.Getenv("BENCH"), "clones")
	for i := range clones {
		clone := filepath.Join(dir, fmt.Sprint(i%50), fmt.Sprint(i))
		if out, err := exec.Command("git", "init", "-q", clone).CombinedOutput(); err != nil {
			return fmt.Errorf("git init: %w: %s", err, out)
		}
		config, err := os.OpenFile(filepath.Join(clone, ".git", "config"), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			return err
		}
		fmt.Fprintf(config, "[remote \"origin\"]\n\turl = https://me:ATBB%s@bitbucket.org/ws/r%d.git\n", strings.Repeat("x", 32), i)
		if err := config.Close(); err != nil {
			return err
		}
	}
	began := time.Now()
	cmd := exec.Command(ours, "check", "--offline", "--json", "--under", dir)
	cmd.Env = append(slices.Clone(s.env), "PATH="+filepath.Dir(ours)+":"+os.Getenv("PATH"))
	out, _ := cmd.Output() // it fails, since something is wrong
	took := time.Since(began).Seconds()
	if found := strings.Count(string(out), "has a dead app password"); found != clones {
		return fmt.Errorf("check --under found %d of %d", found, clones)
	}
	word := "reached"
	if took > most {
		word = "missed"
	}
	fmt.Printf("%-8s check --under, %d clones: %.2f s of at most %d\n", word, clones, took, most)
	return nil
}

// together asks 100 times at once, and stores 50 different tokens at once.
func together(s *session, ours, get, apiUser string) error {
	began := time.Now()
	err := atOnce(100, func(int) error {
		out, err := s.ask(get, ours, "get")
		if err != nil {
			return err
		}
		return answers(apiUser, s.tokens[0])(out)
	})
	if err != nil {
		return fmt.Errorf("100 get at once: %w", err)
	}
	fmt.Printf("100 get at once: all right, in %.2f s\n", time.Since(began).Seconds())

	tokens := make([]string, 50)
	for i := range tokens {
		tokens[i] = token()
	}
	name := func(i int) string { return fmt.Sprintf("together-%02d", i) }
	began = time.Now()
	if err := atOnce(len(tokens), func(i int) error { return s.store(name(i), tokens[i]) }); err != nil {
		return fmt.Errorf("50 store at once: %w", err)
	}
	took := time.Since(began)
	list, err := s.ask("", ours, "list", "--json")
	if err != nil {
		return err
	}
	if !json.Valid([]byte(list)) {
		return fmt.Errorf("list --json is not JSON")
	}
	for i := range tokens {
		if !strings.Contains(list, `"`+name(i)+`"`) {
			return fmt.Errorf("50 store at once: list --json has no %s", name(i))
		}
		if strings.Contains(list, tokens[i]) {
			return fmt.Errorf("list --json shows a secret")
		}
		out, err := s.ask(description("username="+name(i)), ours, "get")
		if err != nil {
			return err
		}
		if err := answers(apiUser, tokens[i])(out); err != nil {
			return fmt.Errorf("50 store at once, then get for %s: %w", name(i), err)
		}
	}
	fmt.Printf("50 store at once: all there and all answered, in %.2f s\n", took.Seconds())
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
