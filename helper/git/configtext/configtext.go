// Package configtext is the text of one of git's configuration files, as far as is needed to
// change one line of it and leave all others, comments included, as they are (git's config.c,
// git_parse_source). Git's own commands would want the old value as an argument,
// where every program can read it, and that may be a password.
package configtext

import (
	"errors"
	"fmt"
	"strings"
)

// ErrSyntax: a text that git would not read either.
var ErrSyntax = errors.New("not a configuration file")

// Heading is a line such as [remote "origin"].
type Heading struct {
	Begin, End int    // of the brackets, in bytes of the text
	Section    string // in lower case
	Sub        string
	HasSub     bool
	Commented  bool // a comment is below it
}

// Variable is a line such as url = https://…, with its place in the text.
type Variable struct {
	Key        string // as git lists it
	Value      string
	Heading    int // index of its heading
	Line       int // from 1
	Begin, End int // of the line or lines, in bytes, with the line feed
	From, To   int // of the value; equal where there is none
}

// Text is the text of a configuration file, taken apart.
type Text struct {
	Text      string
	Headings  []Heading
	Variables []Variable
}

// Parse takes a text apart. The error wraps ErrSyntax.
func Parse(text string) (*Text, error) {
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("%w: it holds NUL", ErrSyntax)
	}
	p := &configParser{text: text, line: 1}
	p.at = len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("%w: line %d", err, p.line)
	}
	return &Text{text, p.headings, p.variables}, nil
}

type configParser struct {
	text      string
	at        int // the next byte
	line      int // of the next byte
	headings  []Heading
	variables []Variable
}

// peek returns the next byte, 0 at the end. CRLF counts as LF.
func (p *configParser) peek() byte {
	switch {
	case p.at >= len(p.text):
		return 0
	case strings.HasPrefix(p.text[p.at:], "\r\n"):
		return '\n'
	}
	return p.text[p.at]
}

func (p *configParser) next() byte {
	c := p.peek()
	if c == '\n' {
		p.line++
		p.at += strings.IndexByte(p.text[p.at:], '\n')
	}
	p.at++
	return c
}

func (p *configParser) parse() error {
	for p.at < len(p.text) {
		switch c := p.peek(); {
		case c == '\n', IsSpace(c):
			p.next()
		case c == '#', c == ';':
			if len(p.headings) > 0 {
				p.headings[len(p.headings)-1].Commented = true
			}
			p.skipLine()
		case c == '[':
			if err := p.parseHeading(); err != nil {
				return err
			}
		case isLetter(c):
			if err := p.parseVariable(); err != nil {
				return err
			}
		default:
			return ErrSyntax
		}
	}
	return nil
}

func (p *configParser) skipLine() {
	for p.at < len(p.text) && p.next() != '\n' {
	}
}

func (p *configParser) parseHeading() error {
	h := Heading{Begin: p.at}
	p.next()
	start := p.at
	for isKeyChar(p.peek()) || p.peek() == '.' {
		p.next()
	}
	h.Section = strings.ToLower(p.text[start:p.at])
	if IsSpace(p.peek()) {
		for IsSpace(p.peek()) {
			p.next()
		}
		if err := p.parseSub(&h); err != nil {
			return err
		}
	}
	if section, sub, old := strings.Cut(h.Section, "."); old && !h.HasSub {
		h.Section, h.Sub, h.HasSub = section, sub, true // the old form [section.sub]
	}
	if p.next() != ']' || h.Section == "" {
		return ErrSyntax
	}
	h.End = p.at
	p.headings = append(p.headings, h)
	return nil
}

func (p *configParser) parseSub(h *Heading) error {
	if p.next() != '"' {
		return ErrSyntax
	}
	var sub strings.Builder
	for {
		c := p.next()
		if c == '\\' {
			c = p.next()
		} else if c == '"' {
			h.Sub, h.HasSub = sub.String(), true
			return nil
		}
		if c == 0 || c == '\n' {
			return ErrSyntax
		}
		sub.WriteByte(c)
	}
}

func (p *configParser) parseVariable() error {
	if len(p.headings) == 0 {
		return ErrSyntax
	}
	v := Variable{Heading: len(p.headings) - 1, Line: p.line, Begin: p.lineStart(), Value: "true"}
	start := p.at
	for isKeyChar(p.peek()) {
		p.next()
	}
	h := p.headings[v.Heading]
	v.Key = h.Section + "." + strings.ToLower(p.text[start:p.at])
	if h.HasSub {
		v.Key = h.Section + "." + h.Sub + v.Key[len(h.Section):]
	}
	for p.peek() == ' ' || p.peek() == '\t' {
		p.next()
	}
	v.From, v.To = p.at, p.at
	switch p.peek() {
	case '=':
		p.next()
		if err := p.parseValue(&v); err != nil {
			return err
		}
	case '\n', 0:
		p.next()
	default:
		return ErrSyntax
	}
	v.End = min(p.at, len(p.text))
	p.variables = append(p.variables, v)
	return nil
}

// lineStart is where the line begins, or where its heading ends if that is in it.
func (p *configParser) lineStart() int {
	start := strings.LastIndexByte(p.text[:p.at], '\n') + 1
	return max(start, p.headings[len(p.headings)-1].End)
}

func (p *configParser) parseValue(v *Variable) error {
	for p.peek() == ' ' || p.peek() == '\t' {
		p.next()
	}
	v.From, v.To = p.at, p.at
	var value, spaces strings.Builder
	quoted := false
	for {
		c := p.next()
		switch {
		case c == 0 && quoted, c == '\n' && quoted:
			return ErrSyntax
		case c == 0, c == '\n':
			v.Value = value.String()
			return nil
		case IsSpace(c) && !quoted:
			spaces.WriteByte(c)
			continue
		case (c == '#' || c == ';') && !quoted:
			p.skipLine()
			v.Value = value.String()
			return nil
		case c == '"':
			quoted = !quoted
			v.To = p.at
			continue
		case c == '\\':
			escaped := p.next()
			if escaped == '\n' {
				continue
			}
			i := strings.IndexByte(`tbn\"`, escaped)
			if i < 0 || escaped == 0 {
				return ErrSyntax
			}
			c = "\t\b\n\\\""[i]
		}
		if value.Len() > 0 {
			value.WriteString(spaces.String())
		}
		spaces.Reset()
		value.WriteByte(c)
		v.To = p.at
	}
}

// IsSpace reports whether git takes a byte of a line for white space.
func IsSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isKeyChar(c byte) bool {
	return isLetter(c) || '0' <= c && c <= '9' || c == '-'
}

// QuoteValue writes a value so that git reads it back.
func QuoteValue(value string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\b", `\b`).Replace(value)
	if strings.ContainsAny(value, "#;\r\v\f") || strings.TrimSpace(value) != value {
		return `"` + escaped + `"`
	}
	return escaped
}

// QuoteSub writes the middle part of a key so that git reads it back, between its quotes.
func QuoteSub(sub string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(sub)
}
