// Package credential reads and writes git's credential protocol: the
// key=value lines that git and its credential helpers exchange.
//
// It knows nothing of Bitbucket, entries or keychains, and touches nothing but
// the reader or writer it is given. It is strict because its input can be
// steered by the author of a repository's configuration or of a URL: what git
// itself would not send is refused, and refusals never quote the input.
//
// Source: git's Documentation/git-credential.adoc, "INPUT/OUTPUT FORMAT", and
// the rules of credential.c that it leaves unsaid.
package credential

import (
	"fmt"
	"io"
)

// The capabilities that a helper and git tell each other of, from git 2.46.
const (
	CapabilityAuthtype = "authtype"
	CapabilityState    = "state"
)

// Credential is one record of the protocol: what git asks about, or what a
// helper answers. The zero value of a field means that the attribute is absent.
type Credential struct {
	Capabilities []string // of the sender, such as "state"

	Protocol string // "https"
	Host     string // in the caller's own case, with ":port" where the URL has one
	Path     string // only if git's credential.useHttpPath is on
	Username string
	Password Secret

	PasswordExpiry    int64 // seconds since 1970 UTC; 0: none
	OAuthRefreshToken Secret

	AuthType  string // with Secret: "Authorization: <AuthType> <Secret>"
	Secret    Secret // the attribute named credential
	Ephemeral bool   // "do not save this"

	State   []string // opaque words of helpers, each with its helper's prefix
	WWWAuth []string // WWW-Authenticate headers of the refusal that led here
}

// Can reports whether the sender named the capability.
func (c *Credential) Can(capability string) bool {
	for _, known := range c.Capabilities {
		if known == capability {
			return true
		}
	}
	return false
}

// Secret is a text that no format verb, encoder or error shows. Unlike an
// empty string, a zero Secret means that none was given.
type Secret struct {
	text  string
	given bool
}

// NewSecret wraps text; an empty text is a secret that was given and is empty.
func NewSecret(text string) Secret { return Secret{text: text, given: true} }

// Given reports whether the attribute was there at all.
func (s Secret) Given() bool { return s.given }

// Reveal returns the text itself.
func (s Secret) Reveal() string { return s.text }

// Format writes a stand-in, whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) {
	if !s.given {
		io.WriteString(state, "none")
		return
	}
	fmt.Fprintf(state, "secret(%d)", len(s.text))
}

// MarshalText keeps encoders from looking inside.
func (s Secret) MarshalText() ([]byte, error) { return fmt.Append(nil, s), nil }
