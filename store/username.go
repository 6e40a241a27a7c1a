package store

import (
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// The longest that a username and an email are taken for, in bytes.
const (
	maxUsername = 62
	maxEmail    = 200
)

// PlausibleUsername reports whether a name may be shown and saved as a username: it
// has the form of a Bitbucket username, of an email, or stands for a kind of token.
// Anything else in a username's place may be a secret: an app password from before
// 2022 has no prefix by which it would be known.
func PlausibleUsername(name string) bool {
	own, host, isEmail := strings.Cut(name, "@")
	switch {
	case own == "", LooksSecret(name):
		return false
	case tokens.IsGitUsername(name):
		return true
	case !isEmail:
		return len(own) <= maxUsername && isMadeOf(own, "_-.")
	}
	return len(name) <= maxEmail && isMadeOf(own, "!#$%&'*+-/=?^_`{|}~.") &&
		strings.Contains(strings.Trim(host, "."), ".") && isMadeOf(host, "-.")
}

// LooksSecret reports whether a name is probably a secret, even if it was typed as a
// name: a token is in it, or it looks random.
func LooksSecret(name string) bool {
	own, host, _ := strings.Cut(name, "@")
	return HoldsToken(name) || looksRandom(own) || looksRandom(host)
}

// HoldsToken reports whether a token is anywhere in a text.
func HoldsToken(text string) bool {
	return tokens.New(text).Kind() != tokens.KindPassword || tokens.Redact(text) != text
}

// isMadeOf reports whether a text has only ASCII letters, digits and some signs.
func isMadeOf(text, signs string) bool {
	for i := range len(text) {
		if classOf(text[i]) == otherSign && strings.IndexByte(signs, text[i]) < 0 {
			return false
		}
	}
	return true
}

// class is a kind of character.
type class int

const (
	otherSign class = iota
	lowerCase
	upperCase
	digit
	classes
)

func classOf(c byte) class {
	switch {
	case 'a' <= c && c <= 'z':
		return lowerCase
	case 'A' <= c && c <= 'Z':
		return upperCase
	case '0' <= c && c <= '9':
		return digit
	}
	return otherSign
}

// shortestRandom is the fewest letters and digits that are taken for a secret.
const shortestRandom = 16

// looksRandom reports whether a text of some length changes between small letters,
// capitals and digits as no name does. BrandonSmith1999 changes four times; of 20
// random characters about twelve differ in kind from the one before.
func looksRandom(text string) bool {
	const fewTurns = 4
	var count [classes]int
	turns, last := 0, otherSign
	for i := range len(text) {
		c := classOf(text[i])
		count[c]++
		if c != last && c != otherSign && last != otherSign {
			turns++
		}
		last = c
	}
	length := len(text) - count[otherSign]
	mixed := count[lowerCase] > 0 && count[upperCase] > 0 && count[digit] > 0
	return length >= shortestRandom && (mixed && turns > fewTurns || turns*4 > length)
}
