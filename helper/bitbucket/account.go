package bitbucket

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"git-credential-bitbucket/store/tokens"
)

// Why Bitbucket does not take a token, or could not be asked, for errors.Is.
// The first group says that the login was not taken.
var (
	ErrRefused = errors.New("the login is refused")
	// ErrInvalid: REST's 401 that a token without scopes gets, and a living token with a
	// wrong email or at an endpoint that is not for its kind. It proves nothing about the token.
	ErrInvalid     = errors.New("the token is invalid, expired, or not supported there, says Bitbucket")
	ErrAppPassword = errors.New("it is an app password")

	ErrIPAllowlist = errors.New("the workspace allows other IP addresses only")
	ErrTwoStep     = errors.New("the workspace wants two-step login")
	ErrScope       = errors.New("a scope is missing")
	ErrNoAccess    = errors.New("no such repository, or no access to it")

	ErrRateLimit   = errors.New("too many requests, says Bitbucket")
	ErrUnreachable = errors.New("no connection to Bitbucket")
	ErrTLS         = errors.New("the connection to Bitbucket cannot be trusted")
	ErrProxy       = errors.New("the proxy does not allow a connection to Bitbucket")
	ErrUnexpected  = errors.New("an unexpected answer from Bitbucket")
)

// IsRefused reports whether an error means that Bitbucket did not take the login. It may be
// the token's fault, the username's or email's, or, at git's endpoint, the repository's.
func IsRefused(err error) bool {
	return errors.Is(err, ErrRefused) || errors.Is(err, ErrInvalid) || errors.Is(err, ErrAppPassword)
}

// Account is what Bitbucket says about an accepted token.
type Account struct {
	Scopes      []string // granted; nil if it did not say
	Username    string   // empty if the token may not see it
	DisplayName string
}

// MayRead reports whether the scopes that are shown let git fetch. They are a label: what
// git's endpoint does counts for more.
func (a Account) MayRead() bool { return holdsOneOf(a.Scopes, scopesToRead) }

// MayWrite reports whether the scopes that are shown let git push.
func (a Account) MayWrite() bool { return holdsOneOf(a.Scopes, scopesToWrite) }

func holdsOneOf(scopes, wanted []string) bool {
	return slices.ContainsFunc(scopes, func(s string) bool { return slices.Contains(wanted, s) })
}

const userURL = RESTURL + "/2.0/user"

// Ask finds out whether a token is alive and what it may do: an API token with
// the email of its account, an access token alone. The error wraps ErrRefused, or
// one of the kinds that say nothing about the token (docs/bitbucket.md section 5).
func (c *Client) Ask(ctx context.Context, kind tokens.Kind, email string, token tokens.Token) (Account, error) {
	authorization := basic(email, token)
	if kind == tokens.KindAccessToken {
		authorization = "Bearer " + token.Reveal()
	}
	a, err := c.ask(ctx, c.rest, userURL, authorization)
	if err != nil {
		return Account{}, err
	}
	return accountFrom(a, token.Kind())
}

func basic(username string, token tokens.Token) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+token.Reveal()))
}

// restAnswer is the part of REST's answers that matters here.
type restAnswer struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name"`
	Error       struct {
		Message string `json:"message"`
		Detail  struct {
			Granted []string `json:"granted"`
		} `json:"detail"`
	} `json:"error"`
}

// accountFrom judges REST's answer. A token that may not see its user is refused
// with 403, but the answer says that it is alive and which scopes it has.
func accountFrom(a *answer, kind tokens.Kind) (Account, error) {
	var said restAnswer
	readable := json.Unmarshal(a.body, &said) == nil
	account := Account{Scopes: scopesFrom(a.header.Get("X-OAuth-Scopes")), Username: said.Username, DisplayName: said.DisplayName}
	if account.Scopes == nil {
		account.Scopes = limitScopes(said.Error.Detail.Granted)
	}
	switch {
	case a.status == http.StatusOK && readable && (account.Scopes != nil || said.DisplayName != "" || said.Username != ""):
		return account, nil
	case a.status == http.StatusForbidden && (account.Scopes != nil || a.header.Get("X-Credential-Type") != ""):
		return account, nil
	case a.status == http.StatusUnauthorized && strings.HasPrefix(a.header.Get("WWW-Authenticate"), "BitbucketCustom"):
		return Account{}, ErrInvalid
	}
	return Account{}, refusalIn(a, kind)
}

func scopesFrom(header string) []string {
	return limitScopes(strings.FieldsFunc(header, func(r rune) bool { return r == ',' || r == ' ' }))
}

// limitScopes bounds what a broken answer could make us keep.
func limitScopes(scopes []string) []string {
	const most, longest = 100, 100
	var good []string
	for _, scope := range scopes {
		if len(good) < most && scope != "" && len(scope) <= longest && utf8.ValidString(scope) {
			good = append(good, scope)
		}
	}
	return good
}

// refusalIn distinguishes the refusals that both of Bitbucket's hosts give, by status
// and text and by the kind of the token that was sent (docs/bitbucket.md sections 4 and 5).
// What is not understood is ErrUnexpected, with the text.
func refusalIn(a *answer, kind tokens.Kind) error {
	text := string(a.body)
	switch {
	case a.status == http.StatusUnauthorized:
		return ErrRefused
	case a.status == http.StatusGone && !kind.IsToken() && isAboutAppPasswords(text):
		return ErrAppPassword
	case a.status == http.StatusTooManyRequests:
		return ErrRateLimit
	case a.status == http.StatusForbidden && strings.Contains(text, "privilege scopes"):
		return ErrScope
	case a.status == http.StatusForbidden && strings.Contains(text, "whitelist your IP"):
		return ErrIPAllowlist
	case a.status == http.StatusForbidden && strings.Contains(text, "two-step"):
		return ErrTwoStep
	case a.status == http.StatusForbidden && strings.Contains(text, "do not have access"), a.status == http.StatusNotFound:
		return ErrNoAccess
	}
	if said := a.firstLine(); said != "" {
		return fmt.Errorf("%w: status %d: %s", ErrUnexpected, a.status, said)
	}
	return fmt.Errorf("%w: status %d", ErrUnexpected, a.status)
}

// isAboutAppPasswords reports whether a 410 is the one for app passwords. Atlassian
// retires other things with the same status and another CHANGE number.
func isAboutAppPasswords(text string) bool {
	return strings.Contains(text, appPasswordChange) || strings.Contains(strings.ToLower(text), "app password")
}

// firstLine is the first line of what a refusal says to a person; "" for a page, and for what
// a terminal should not be shown. What could be a secret, such as an Authorization that a
// proxy repeats, is left out.
func (a *answer) firstLine() string {
	const most = 200 // bytes
	text := string(a.body)
	var said restAnswer
	switch kind := a.header.Get("Content-Type"); {
	case strings.HasPrefix(kind, "application/json") && json.Unmarshal(a.body, &said) == nil:
		text = said.Error.Message
	case !strings.HasPrefix(kind, "text/plain"):
		return ""
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	line = strings.TrimSuffix(line, "\r")
	if !utf8.ValidString(line) || strings.ContainsFunc(line, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return ""
	}
	words := strings.Fields(line)
	for i, word := range words {
		if len(word) > longestWord && !strings.Contains(word, "://") {
			words[i] = "…"
		}
	}
	line = tokens.Redact(strings.Join(words, " "))
	return strings.ToValidUTF8(line[:min(len(line), most)], "")
}

// longestWord is the longest that is taken for a word of a sentence, in bytes.
const longestWord = 30
