package store

import (
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

// The variables that hold a token for programs that run unattended.
const (
	TokenVariable     = "BITBUCKET_TOKEN"
	TokenFileVariable = "BITBUCKET_TOKEN_FILE"
	EmailVariable     = "BITBUCKET_EMAIL"
	UsernameVariable  = "BITBUCKET_USERNAME"
)

// EnvironmentName is the name and id of the entry that comes from the
// environment. It is never in an index.
const EnvironmentName = "environment"

// Environment is the token that the environment holds: read only, never saved.
type Environment struct {
	Entry  Entry
	Token  tokens.Token
	Source string // the variable that it came from
	Around string // what was around the token there, in words; "" if nothing
}

// FromEnvironment returns the token that the environment holds, or nil if there
// is none. An error names the variable, and wraps ErrWrongKind if what it holds
// is of another shape.
func FromEnvironment(getenv func(string) string) (*Environment, error) {
	text, source, err := environmentToken(getenv)
	if err != nil || text == "" {
		return nil, err
	}
	plain, around := tokens.Unwrap(text)
	token := tokens.New(plain)
	if !token.Kind().IsToken() || !token.WellFormed() {
		return nil, &WrongKindError{source, token.Kind(), tokens.Unexpanded(text), tokens.IsBase64(text)}
	}
	for _, variable := range []string{EmailVariable, UsernameVariable} {
		if HoldsToken(getenv(variable)) {
			return nil, hint.With(fmt.Errorf("%s contains a token, %w", variable, ErrTokenInName), hint.Line("unset "+variable))
		}
	}
	return &Environment{
		Token:  token,
		Source: source,
		Around: around,
		Entry: Entry{
			ID: EnvironmentName, Name: EnvironmentName, Vault: EnvironmentName, Kind: token.Kind(),
			Email: strings.TrimSpace(getenv(EmailVariable)), Username: environmentUsername(getenv), Fingerprint: token.Fingerprint(),
		},
	}, nil
}

// environmentUsername leaves out the names that say nothing about whose token it is.
func environmentUsername(getenv func(string) string) string {
	name := strings.TrimSpace(getenv(UsernameVariable))
	if tokens.IsGitUsername(name) {
		return ""
	}
	return name
}

// WrongKindError is an ErrWrongKind that knows where and what.
type WrongKindError struct {
	Source   string      // the variable
	Kind     tokens.Kind // what its value looks like
	Variable string      // whose name is there in place of what it holds, "" if none does
	Base64   bool        // it is a token in base64
}

func (e *WrongKindError) Error() string {
	return fmt.Sprintf("%s is %v", e.Source, tokens.ErrWrongKind)
}
func (e *WrongKindError) Unwrap() error { return tokens.ErrWrongKind }

// ErrTokenInName: a token is in a variable for a name, which is shown and sent as
// a name.
var ErrTokenInName = errors.New("where a name belongs")

func environmentToken(getenv func(string) string) (text, source string, err error) {
	if text := strings.TrimSpace(getenv(TokenVariable)); text != "" {
		return text, TokenVariable, nil
	}
	path := getenv(TokenFileVariable)
	if path == "" {
		return "", "", nil
	}
	text, err = private.ReadNamedFile(TokenFileVariable, path)
	if err != nil {
		return "", "", fmt.Errorf("%s: %w", TokenFileVariable, err)
	}
	return text, TokenFileVariable, nil
}
