// Package passwords reads the files in which git finds passwords: its curl reads .netrc
// before a helper is asked, and the helper named store keeps .git-credentials.
package passwords

import (
	"strings"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/git/configtext"
)

// Line is one user's password for a host, in a file.
type Line struct {
	Host     string // in lower case; "" for the default of a .netrc, which is for every host
	User     string
	Password string
	Line     int // from 1
	begin    int // of what to take out, in bytes of the text
	end      int
}

// Same reports whether two lines say the same, wherever they are.
func (p Line) Same(o Line) bool {
	return p.Host == o.Host && p.User == o.User && p.Password == o.Password
}

// ParseNetrc returns the entries of a .netrc as curl reads it: words between
// spaces, in double quotes if need be, up to a # that begins a word; the lines of
// a macdef up to an empty one count for nothing
// (https://everything.curl.dev/usingcurl/netrc.html).
func ParseNetrc(text string) []Line {
	var entries []Line
	var current *Line
	words := netrcWords(text)
	for i := 0; i < len(words); i++ {
		w := words[i]
		value := ""
		if takesValue(w.text) && i+1 < len(words) {
			i++
			value = words[i].text
		}
		switch strings.ToLower(w.text) {
		case "machine":
			entries = append(entries, Line{Host: strings.ToLower(value), Line: w.line, begin: w.begin})
			current = &entries[len(entries)-1]
		case "default":
			entries = append(entries, Line{Line: w.line, begin: w.begin})
			current = &entries[len(entries)-1]
		case "macdef":
			i = afterMacro(text, words, i)
			current = nil
			continue
		case "login":
			if current != nil {
				current.User = value
			}
		case "password":
			if current != nil {
				current.Password = value
			}
		}
		if current != nil {
			current.end = words[i].end
		}
	}
	return entries
}

func takesValue(word string) bool {
	switch strings.ToLower(word) {
	case "machine", "login", "password", "account", "macdef":
		return true
	}
	return false
}

// netrcWord is one word, with its place.
type netrcWord struct {
	text       string
	line       int
	begin, end int
}

func netrcWords(text string) []netrcWord {
	var words []netrcWord
	line := 1
	for at := 0; at < len(text); {
		switch c := text[at]; {
		case c == '\n':
			line++
			at++
		case configtext.IsSpace(c):
			at++
		case c == '#':
			at = lineEnd(text, at)
		default:
			w := netrcWord{line: line, begin: at}
			w.text, at = readWord(text, at)
			w.end = at
			words = append(words, w)
		}
	}
	return words
}

// readWord reads a word up to white space, or up to the closing quote.
func readWord(text string, at int) (word string, end int) {
	if text[at] != '"' {
		end = at
		for end < len(text) && text[end] != '\n' && !configtext.IsSpace(text[end]) {
			end++
		}
		return text[at:end], end
	}
	var out strings.Builder
	for end = at + 1; end < len(text) && text[end] != '\n'; end++ {
		c := text[end]
		switch {
		case c == '"':
			return out.String(), end + 1
		case c == '\\' && end+1 < len(text) && text[end+1] != '\n':
			end++
			if i := strings.IndexByte("nrt", text[end]); i >= 0 {
				c = "\n\r\t"[i]
			} else {
				c = text[end]
			}
		}
		out.WriteByte(c)
	}
	return out.String(), end
}

func lineEnd(text string, at int) int {
	if length := strings.IndexByte(text[at:], '\n'); length >= 0 {
		return at + length
	}
	return len(text)
}

// afterMacro returns the index of the last word of a macro, whose lines end with
// an empty one.
func afterMacro(text string, words []netrcWord, i int) int {
	begin := words[i].begin
	end := len(text)
	for _, blank := range []string{"\n\n", "\n\r\n"} {
		if length := strings.Index(text[begin:], blank); length >= 0 {
			end = min(end, begin+length)
		}
	}
	for i+1 < len(words) && words[i+1].begin < end {
		i++
	}
	return i
}

// ParseCredentials returns the entries of a .git-credentials file, which has a
// URL on each line (git's Documentation/git-credential-store.adoc). Those over
// other protocols than https and http are left out, since they are for others.
func ParseCredentials(text string) []Line {
	var entries []Line
	at := 0
	for number, line := range strings.SplitAfter(text, "\n") {
		address, ok := git.ParseAddress(strings.TrimRight(line, "\r\n"))
		if ok && (address.Scheme == "https" || address.Scheme == "http") && address.HasPassword {
			entries = append(entries, Line{Host: address.Hostname(), User: address.User, Password: address.Password,
				Line: number + 1, begin: at, end: at + len(line)})
		}
		at += len(line)
	}
	return entries
}

// WithoutLines returns the text without these entries, and with all else as it was.
func WithoutLines(text string, entries []Line) string {
	var out strings.Builder
	at := 0
	for _, entry := range entries {
		begin, end := wholeLines(text, entry.begin, entry.end)
		if begin < at {
			continue
		}
		out.WriteString(text[at:begin])
		at = end
	}
	return out.String() + text[at:]
}

// wholeLines widens a piece of the text to the ends of its lines, if nothing else
// is on them.
func wholeLines(text string, begin, end int) (int, int) {
	start := strings.LastIndexByte(text[:begin], '\n') + 1
	stop := lineEnd(text, max(begin, end-1))
	if strings.TrimSpace(text[start:begin]) != "" || strings.TrimSpace(text[min(end, stop):stop]) != "" {
		return begin, end
	}
	return start, min(stop+1, len(text))
}
