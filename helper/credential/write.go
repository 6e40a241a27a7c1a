package credential

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// ErrUnwritable: a value that the protocol cannot carry, or git would refuse.
var ErrUnwritable = errors.New("value cannot be sent to git")

// Write writes the attributes that are there, in the order that git asks for:
// a capability before what depends on it. Nothing is written if one of them
// cannot be; that error wraps ErrUnwritable and names the attribute alone.
func (c *Credential) Write(w io.Writer) error {
	out := &strings.Builder{}
	for _, line := range c.lines() {
		if strings.ContainsAny(line.value, "\n\r\x00") {
			return fmt.Errorf("%w: %s holds a line end or NUL", ErrUnwritable, line.key)
		}
		if len(line.key)+1+len(line.value) > maxLine {
			return fmt.Errorf("%w: %s is too long", ErrUnwritable, line.key)
		}
		out.WriteString(line.key + "=" + line.value + "\n")
	}
	_, err := io.WriteString(w, out.String())
	return err
}

type line struct{ key, value string }

func (c *Credential) lines() []line {
	var lines []line
	list := func(key string, values []string) {
		for _, value := range values {
			lines = append(lines, line{key, value})
		}
	}
	text := func(key, value string) {
		if value != "" {
			lines = append(lines, line{key, value})
		}
	}
	secret := func(key string, value Secret) {
		if value.Given() {
			lines = append(lines, line{key, value.Reveal()})
		}
	}
	list("capability[]", c.Capabilities)
	text("authtype", c.AuthType)
	secret("credential", c.Secret)
	if c.Ephemeral {
		text("ephemeral", "1")
	}
	if c.Protocol != "" {
		// An empty host is one that was given: git sends it for certificates.
		lines = append(lines, line{"protocol", c.Protocol}, line{"host", c.Host})
	}
	text("path", c.Path)
	text("username", c.Username)
	secret("password", c.Password)
	secret("oauth_refresh_token", c.OAuthRefreshToken)
	if c.PasswordExpiry != 0 {
		text("password_expiry_utc", strconv.FormatInt(c.PasswordExpiry, 10))
	}
	list("wwwauth[]", c.WWWAuth)
	list("state[]", c.State)
	return lines
}
