package credential

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Bounds of what is read. Git refuses nothing by length, so a hostile sender
// could otherwise feed a helper for ever.
const (
	maxLine  = 65535   // bytes of one line, without its line feed
	maxInput = 1 << 20 // bytes of one record
)

// Kinds of refusal, for errors.Is. None of them is about what a value means.
var (
	// ErrMalformed: not the protocol's format, or a repeated attribute.
	ErrMalformed = errors.New("malformed credential")
	// ErrIncomplete: well formed, but with no protocol or no host, which must
	// never be taken for "any" (CVE-2020-11008).
	ErrIncomplete = errors.New("incomplete credential")
	// ErrNoProtocol: an ErrIncomplete without even a protocol line. Git never
	// sends that; a person who pipes a bare token in does.
	ErrNoProtocol error = noProtocol{}
)

// noProtocol is a type of its own so that a start of this program costs no formatting.
type noProtocol struct{}

func (noProtocol) Error() string { return ErrIncomplete.Error() + ": no protocol line" }
func (noProtocol) Unwrap() error { return ErrIncomplete }

// Parse reads one record: lines up to a blank one or the end of input.
// Attributes it does not know are ignored, as the protocol demands.
//
// Callers on Windows may end every line with a carriage return and a line feed.
// Git never does, and what a URL smuggles into git's input cannot make it do so
// for all lines: one that ends otherwise than the first is refused.
//
// An error wraps ErrMalformed or ErrIncomplete, or is the reader's own. It
// names a line's number and an attribute's name, never a value.
func Parse(r io.Reader) (*Credential, error) {
	c := &Credential{}
	seen := map[string]bool{}
	in := bufio.NewReaderSize(io.LimitReader(r, maxInput+1), 4096)
	end := ""
	for number, total := 1, 0; ; number++ {
		line, last, err := readLine(in)
		if number == 1 && strings.HasSuffix(line, "\r") {
			end = "\r"
		}
		if err == nil && !last {
			line, err = cutEnd(line, end)
		}
		if total += len(line) + 1; err == nil && total > maxInput {
			err = fmt.Errorf("%w: over %d bytes", ErrMalformed, maxInput)
		}
		if err == nil && line != "" {
			err = c.setLine(line, seen)
		}
		switch {
		case errors.Is(err, ErrMalformed) && !seen["protocol"] && !strings.HasPrefix(line, "protocol="):
			return nil, fmt.Errorf("line %d: %w (%w)", number, err, ErrNoProtocol)
		case err != nil:
			return nil, fmt.Errorf("line %d: %w", number, err)
		case line == "" || last:
			return c, complete(c, seen)
		}
	}
}

func complete(c *Credential, seen map[string]bool) error {
	switch {
	case !seen["protocol"]:
		return ErrNoProtocol
	case c.Protocol == "":
		return fmt.Errorf("%w: the protocol is empty", ErrIncomplete)
	case !seen["host"]:
		return fmt.Errorf("%w: no host line", ErrIncomplete)
	}
	return nil
}

// cutEnd takes away what is before every line feed of this input.
func cutEnd(line, end string) (string, error) {
	line, found := strings.CutSuffix(line, end)
	if !found {
		return line, fmt.Errorf("%w: it ends in a line feed, the first line in a carriage return and a line feed", ErrMalformed)
	}
	return line, nil
}

// readLine returns the next line without its line feed, and whether the input
// ended with it. Only a line feed ends a line (CVE-2024-52006), and bufio's
// Scanner would eat a carriage return before it.
func readLine(in *bufio.Reader) (line string, last bool, err error) {
	var long []byte
	for {
		part, err := in.ReadSlice('\n')
		if len(long)+len(part) > maxLine+1 {
			return "", false, fmt.Errorf("%w: over %d bytes", ErrMalformed, maxLine)
		}
		long = append(long, part...)
		switch err {
		case nil:
			return string(long[:len(long)-1]), false, nil
		case bufio.ErrBufferFull:
		case io.EOF:
			if len(long) > maxLine {
				return "", false, fmt.Errorf("%w: over %d bytes", ErrMalformed, maxLine)
			}
			return string(long), true, nil
		default:
			return "", false, fmt.Errorf("read: %w", err)
		}
	}
}

func (c *Credential) setLine(line string, seen map[string]bool) error {
	key, value, found := strings.Cut(line, "=")
	if !found || key == "" {
		return fmt.Errorf("%w: not key=value", ErrMalformed)
	}
	if strings.ContainsAny(line, "\r\x00") {
		return fmt.Errorf("%w: a carriage return or NUL", ErrMalformed)
	}
	if c.addListed(key, value) {
		return nil
	}
	set := c.setter(key)
	if set == nil {
		return nil
	}
	if seen[key] {
		return fmt.Errorf("%w: %s twice", ErrMalformed, key)
	}
	seen[key] = true
	set(value)
	return nil
}

// addListed adds to an attribute that may repeat. An empty value empties it.
func (c *Credential) addListed(key, value string) bool {
	var list *[]string
	switch key {
	case "capability[]":
		list = &c.Capabilities
	case "state[]":
		list = &c.State
	case "wwwauth[]":
		list = &c.WWWAuth
	default:
		return false
	}
	if value == "" {
		*list = nil
	} else {
		*list = append(*list, value)
	}
	return true
}

// setter reports where an attribute with one value goes; nil: not known.
func (c *Credential) setter(key string) func(string) {
	text := func(field *string) func(string) { return func(v string) { *field = v } }
	secret := func(field *Secret) func(string) { return func(v string) { *field = NewSecret(v) } }
	switch key {
	case "protocol":
		return text(&c.Protocol)
	case "host":
		return text(&c.Host)
	case "path":
		return text(&c.Path)
	case "username":
		return text(&c.Username)
	case "password":
		return secret(&c.Password)
	case "oauth_refresh_token":
		return secret(&c.OAuthRefreshToken)
	case "authtype":
		return text(&c.AuthType)
	case "credential":
		return secret(&c.Secret)
	case "password_expiry_utc":
		return func(v string) { c.PasswordExpiry = parseTime(v) }
	case "ephemeral":
		return func(v string) { c.Ephemeral = parseBool(v) }
	}
	return nil
}

// parseTime takes what is no time for "no expiry", as git does.
func parseTime(value string) int64 {
	seconds, err := strconv.ParseInt(value, 10, 64)
	if err != nil || seconds < 0 {
		return 0
	}
	return seconds
}

// parseBool knows git's words for true.
func parseBool(value string) bool {
	switch strings.ToLower(value) {
	case "1", "true", "yes", "on":
		return true
	}
	return false
}
