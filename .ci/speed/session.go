package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// session is the surroundings of a program: a home, perhaps with a keychain, and the tokens saved there, the first of
// which is the one to answer.
type session struct {
	home   string
	env    []string
	tokens []string
	took   time.Duration // to save them
}

// places are the sessions: keychains with so many tokens, and one token elsewhere than in a keychain.
type places struct {
	one, ten, hundred, thousand *session
	file, encrypted             *session
}

func newPlaces(out *report, progs *programs) (*places, error) {
	p := &places{}
	for _, keychain := range []struct {
		session **session
		size    int
	}{{&p.one, 1}, {&p.ten, 10}, {&p.hundred, 100}, {&p.thousand, 1000}} {
		s := newSession(fmt.Sprintf("home%d", keychain.size), os.Getenv(fmt.Sprintf("BUS%d", keychain.size)))
		if err := s.save(progs, keychain.size); err != nil {
			return nil, fmt.Errorf("save %d tokens: %w", keychain.size, err)
		}
		fmt.Fprintf(out.out, "saved %d in %.1f s\n", keychain.size, s.took.Seconds())
		*keychain.session = s
	}
	var err error
	if p.file, err = newElsewhere(progs, "file"); err != nil {
		return nil, err
	}
	if p.encrypted, err = newElsewhere(progs, "encrypted"); err != nil {
		return nil, err
	}
	return p, nil
}

func newSession(home, bus string) *session {
	root := os.Getenv("BENCH")
	s := &session{home: filepath.Join(root, home)}
	for _, set := range os.Environ() {
		name, _, _ := strings.Cut(set, "=")
		if name == "PATH" || strings.HasPrefix(name, "LC_") || name == "LANG" {
			s.env = append(s.env, set)
		}
	}
	s.env = append(s.env, "HOME="+s.home, "DBUS_SESSION_BUS_ADDRESS="+bus,
		"XDG_RUNTIME_DIR="+filepath.Join(root, "run"+strings.TrimPrefix(home, "home")),
		"GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	return s
}

// newElsewhere is a session without a keychain, with one token saved in another vault.
func newElsewhere(progs *programs, vault string) (*session, error) {
	s := newSession("home-"+vault, "")
	words := filepath.Join(s.home, "words")
	if err := os.MkdirAll(s.home, 0o700); err != nil {
		return nil, fmt.Errorf("make a home: %w", err)
	}
	if err := os.WriteFile(words, []byte("some words\n"), 0o600); err != nil {
		return nil, fmt.Errorf("write a passphrase: %w", err)
	}
	s.tokens = []string{token()}
	_, err := s.with("GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE="+words).
		ask(s.tokens[0]+"\n", progs.ours, "store", "--in", vault, "--username", "somebody", "--no-verify")
	if err != nil {
		return nil, fmt.Errorf("save in %s: %w", vault, err)
	}
	return s, nil
}

// with is the same session with more in its environment.
func (s *session) with(env ...string) *session {
	more := *s
	more.env = append(slices.Clone(s.env), env...)
	return &more
}

// ask runs a program as git does: the request on a pipe, the answer from one. It returns what a program said that
// failed, too.
func (s *session) ask(request string, argv ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second // for what a killed program has started
	cmd.Dir, cmd.Env = os.Getenv("BENCH"), s.env
	cmd.Stdin = strings.NewReader(request)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s %s: %w: %s", filepath.Base(argv[0]), strings.Join(argv[1:], " "), err, &stderr)
	}
	return stdout.String(), nil
}

// save fills a keychain as a script does: of what git reports only so many are kept.
func (s *session) save(progs *programs, size int) error {
	began := time.Now()
	for i := range size {
		s.tokens = append(s.tokens, token())
		if err := s.store(progs, fmt.Sprintf("saved-%d", i), s.tokens[i]); err != nil {
			return err
		}
	}
	s.took = time.Since(began)
	return nil
}

func (s *session) store(progs *programs, username, token string) error {
	_, err := s.ask(token+"\n", progs.ours, "store", "--name", username, "--username", username, "--in", "keychain", "--no-verify")
	return err
}

// accountID is what the first token is saved under in the keychain.
func (s *session) accountID() (string, error) {
	data, err := os.ReadFile(filepath.Join(s.home, ".config", "git-credential-bitbucket", "index.json"))
	if err != nil {
		return "", fmt.Errorf("read the index: %w", err)
	}
	var index struct{ Entries []struct{ ID string } }
	if err := json.Unmarshal(data, &index); err != nil {
		return "", fmt.Errorf("read the index: %w", err)
	}
	if len(index.Entries) == 0 {
		return "", errors.New("the index is empty")
	}
	return index.Entries[0].ID, nil
}
