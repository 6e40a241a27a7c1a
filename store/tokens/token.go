// Package tokens is what a Bitbucket token is: its kind by its shape, its fingerprint, the
// masked form in which it is shown, and what a vault does with it. It is at the bottom and
// knows no other package of this program.
package tokens

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash/crc32"
	"io"
	"strings"
)

// The longest that are taken, in bytes.
const (
	// MaxToken is for one token that a person has: no Bitbucket token is nearly as long.
	MaxToken = 2560
	// MaxSecret is for what a vault keeps of one entry: an OAuth pair of another helper's is over
	// 5,000 (docs/bitbucket.md section 2).
	MaxSecret = 64 << 10
)

// Token is a secret as Bitbucket knows it: an API token, an access token or a
// password. Every format verb and encoder shows it as "ATATT…(192)"; only Reveal
// returns the text.
type Token struct{ text string }

// New wraps text.
func New(text string) Token { return Token{text} }

// Reveal returns the text itself. It may go to git, to Bitbucket and into a vault.
func (t Token) Reveal() string { return t.text }

// Empty reports whether there is no token.
func (t Token) Empty() bool { return t.text == "" }

// Kind tells the kind from the shape. See KindOf.
func (t Token) Kind() Kind { return KindOf(t.text) }

// WellFormed reports whether the token is made of visible ASCII characters alone,
// as every secret that Bitbucket makes is.
func (t Token) WellFormed() bool {
	for i := range len(t.text) {
		if t.text[i] <= ' ' || t.text[i] > '~' {
			return false
		}
	}
	return t.text != ""
}

// Fingerprint is the SHA-256 of a token in hexadecimal: equal tokens can be told
// from it without a look at the secret. It is safe to keep because the tokens
// are long and random. Passwords may be neither, so they have none.
func (t Token) Fingerprint() string {
	if !t.Kind().IsToken() {
		return ""
	}
	sum := sha256.Sum256([]byte(t.text))
	return hex.EncodeToString(sum[:])
}

// ChecksumOK reports whether the last eight characters are the upper-case CRC-32
// of all that is before them, as in nearly every token seen (docs/bitbucket.md
// section 2). That not all have it makes a failure a reason to ask, not to refuse.
func (t Token) ChecksumOK() bool {
	const digits = 8
	body, sum := t.text, ""
	if cut := len(body) - digits; cut > 0 {
		body, sum = body[:cut], body[cut:]
	}
	return strings.HasSuffix(body, "=") && sum == fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(body)))
}

// Format writes the masked form, whatever the verb.
func (t Token) Format(state fmt.State, _ rune) { io.WriteString(state, t.String()) }

// String returns the masked form: the public prefix of the kind and the length.
func (t Token) String() string {
	if t.text == "" {
		return "none"
	}
	return fmt.Sprintf("%s…(%d)", t.Kind().prefix(), len(t.text))
}

// MarshalText keeps encoders to the masked form too.
func (t Token) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// Redact masks every token in a text that may hold one by accident.
func Redact(text string) string {
	const shortest = 16 // bytes; a prefix alone is no secret
	var out strings.Builder
	for {
		at, length := findToken(text)
		if at < 0 {
			return out.String() + text
		}
		word := text[at : at+length]
		if out.WriteString(text[:at]); length < shortest {
			out.WriteString(word)
		} else {
			out.WriteString(New(word).String())
		}
		text = text[at+length:]
	}
}

// findToken finds the first run of token characters that starts like one.
func findToken(text string) (at, length int) {
	at = -1
	for _, k := range kinds {
		if i := strings.Index(text, k.prefix); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	if at < 0 {
		return at, 0
	}
	end := strings.IndexFunc(text[at:], func(r rune) bool { return !isTokenChar(r) })
	if end < 0 {
		end = len(text) - at
	}
	return at, end
}

func isTokenChar(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("_-=", r)
}
