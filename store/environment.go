package store

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// The variables that hold a token for programs that run unattended.
const (
	TokenVariable     = "BITBUCKET_TOKEN"
	TokenFileVariable = "BITBUCKET_TOKEN_FILE"
	EmailVariable     = "BITBUCKET_EMAIL"
	UsernameVariable  = "BITBUCKET_USERNAME"
)

// PassphraseFileVariable names a file with the encrypted store's passphrase, for
// git that runs unattended.
const PassphraseFileVariable = "GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE"

// PassphraseFromFile returns the passphrase in the file that the environment names,
// and whether it names one.
func PassphraseFromFile(getenv func(string) string) (p Passphrase, named bool, err error) {
	path := getenv(PassphraseFileVariable)
	if path == "" {
		return Passphrase{}, false, nil
	}
	text, err := readNamedFile(PassphraseFileVariable, path)
	if err == nil && strings.Contains(text, "\n") {
		err = errors.New("the file has more than one line")
	}
	if err != nil {
		return Passphrase{}, true, fmt.Errorf("%s: %w", PassphraseFileVariable, err)
	}
	return NewPassphrase(text), true, nil
}

// EnvironmentName is the name and id of the entry that comes from the
// environment. It is never in an index.
const EnvironmentName = "environment"

// ErrWrongKind: a secret that is not of a kind that Bitbucket makes for git today.
var ErrWrongKind = errors.New("not a Bitbucket token")

// Environment is the token that the environment holds: read only, never saved.
type Environment struct {
	Entry  Entry
	Token  Token
	Source string // the variable that it came from
}

// FromEnvironment returns the token that the environment holds, or nil if there
// is none. An error names the variable, and wraps ErrWrongKind if what it holds
// is of another shape.
func FromEnvironment(getenv func(string) string) (*Environment, error) {
	text, source, err := environmentToken(getenv)
	if err != nil || text == "" {
		return nil, err
	}
	token := NewToken(text)
	if !token.Kind().IsToken() || !token.WellFormed() {
		return nil, &WrongKindError{source, token.Kind()}
	}
	for _, variable := range []string{EmailVariable, UsernameVariable} {
		if HoldsToken(getenv(variable)) {
			return nil, &TokenInNameError{variable}
		}
	}
	return &Environment{
		Token:  token,
		Source: source,
		Entry: Entry{
			ID: EnvironmentName, Name: EnvironmentName, Vault: EnvironmentName, Kind: token.Kind(),
			Email: strings.TrimSpace(getenv(EmailVariable)), Username: environmentUsername(getenv), Fingerprint: token.Fingerprint(),
		},
	}, nil
}

// environmentUsername leaves out the names that say nothing about whose token it is.
func environmentUsername(getenv func(string) string) string {
	name := strings.TrimSpace(getenv(UsernameVariable))
	if IsGitUsername(name) {
		return ""
	}
	return name
}

// WrongKindError is an ErrWrongKind that knows where and what.
type WrongKindError struct {
	Source string // the variable
	Kind   Kind   // what its value looks like
}

func (e *WrongKindError) Error() string { return fmt.Sprintf("%s is %v", e.Source, ErrWrongKind) }
func (e *WrongKindError) Unwrap() error { return ErrWrongKind }

// TokenInNameError: a token stands in a variable for a name, which is shown and sent as
// a name.
type TokenInNameError struct{ Variable string }

func (e *TokenInNameError) Error() string {
	return "a token stands in " + e.Variable + ", where a name belongs"
}

func environmentToken(getenv func(string) string) (text, source string, err error) {
	if text := strings.TrimSpace(getenv(TokenVariable)); text != "" {
		return text, TokenVariable, nil
	}
	path := getenv(TokenFileVariable)
	if path == "" {
		return "", "", nil
	}
	text, err = readNamedFile(TokenFileVariable, path)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", TokenFileVariable, err)
	}
	return text, TokenFileVariable, nil
}

// RelativePathError: a variable names a file by a path that means another file in
// each folder. Git starts helpers in the clone's, and a repository could bring one.
type RelativePathError struct{ Variable, Path string }

func (e *RelativePathError) Error() string {
	return fmt.Sprintf("%s is no absolute path, and a repository could bring such a file", e.Path)
}

// readNamedFile reads the small file that a variable names.
func readNamedFile(variable, path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", &RelativePathError{variable, path}
	}
	return readTokenFile(path)
}

// readTokenFile reads what a small file holds, trimmed: a regular file alone: a pipe could keep git waiting.
func readTokenFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2*MaxSecret))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	switch {
	case text == "":
		return "", errors.New("the file is empty")
	case len(text) > MaxSecret:
		return "", ErrTooLarge
	}
	return text, nil
}
