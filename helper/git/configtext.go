package git

// The text of a configuration file, as far as is needed to change one line of it
// and leave all others, comments included, as they are (git's config.c,
// git_parse_source). Git's own commands would want the old value as an argument,
// where every program can read it, and that may be a password.

import (
	"errors"
	"fmt"
	"strings"
)

// errSyntax: a text that git would not read either.
var errSyntax = errors.New("not a configuration file")

// heading is a line such as [remote "origin"].
type heading struct {
	begin, end int    // of the brackets, in bytes of the text
	section    string // in lower case
	sub        string
	hasSub     bool
	commented  bool // a comment stands below it
}

// variable is a line such as url = https://…, with its place in the text.
type variable struct {
	key        string // as git lists it
	value      string
	heading    int // index of its heading
	line       int // from 1
	begin, end int // of the line or lines, in bytes, with the line feed
	from, to   int // of the value; equal where there is none
}

// configText is the text of a configuration file, taken apart.
type configText struct {
	text      string
	headings  []heading
	variables []variable
}

// parseConfig takes a text apart. The error wraps errSyntax.
func parseConfig(text string) (*configText, error) {
	if strings.ContainsRune(text, 0) {
		return nil, fmt.Errorf("%w: it holds NUL", errSyntax)
	}
	p := &configParser{text: text, line: 1}
	p.at = len(text) - len(strings.TrimPrefix(text, "\ufeff"))
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("%w: line %d", err, p.line)
	}
	return &configText{text, p.headings, p.variables}, nil
}

type configParser struct {
	text      string
	at        int // the next byte
	line      int // of the next byte
	headings  []heading
	variables []variable
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
				p.headings[len(p.headings)-1].commented = true
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
			return errSyntax
		}
	}
	return nil
}

func (p *configParser) skipLine() {
	for p.at < len(p.text) && p.next() != '\n' {
	}
}

func (p *configParser) parseHeading() error {
	h := heading{begin: p.at}
	p.next()
	start := p.at
	for isKeyChar(p.peek()) || p.peek() == '.' {
		p.next()
	}
	h.section = strings.ToLower(p.text[start:p.at])
	if IsSpace(p.peek()) {
		for IsSpace(p.peek()) {
			p.next()
		}
		if err := p.parseSub(&h); err != nil {
			return err
		}
	}
	if section, sub, old := strings.Cut(h.section, "."); old && !h.hasSub {
		h.section, h.sub, h.hasSub = section, sub, true // the old form [section.sub]
	}
	if p.next() != ']' || h.section == "" {
		return errSyntax
	}
	h.end = p.at
	p.headings = append(p.headings, h)
	return nil
}

func (p *configParser) parseSub(h *heading) error {
	if p.next() != '"' {
		return errSyntax
	}
	var sub strings.Builder
	for {
		c := p.next()
		if c == '\\' {
			c = p.next()
		} else if c == '"' {
			h.sub, h.hasSub = sub.String(), true
			return nil
		}
		if c == 0 || c == '\n' {
			return errSyntax
		}
		sub.WriteByte(c)
	}
}

func (p *configParser) parseVariable() error {
	if len(p.headings) == 0 {
		return errSyntax
	}
	v := variable{heading: len(p.headings) - 1, line: p.line, begin: p.lineStart(), value: "true"}
	start := p.at
	for isKeyChar(p.peek()) {
		p.next()
	}
	h := p.headings[v.heading]
	v.key = h.section + "." + strings.ToLower(p.text[start:p.at])
	if h.hasSub {
		v.key = h.section + "." + h.sub + v.key[len(h.section):]
	}
	for p.peek() == ' ' || p.peek() == '\t' {
		p.next()
	}
	v.from, v.to = p.at, p.at
	switch p.peek() {
	case '=':
		p.next()
		if err := p.parseValue(&v); err != nil {
			return err
		}
	case '\n', 0:
		p.next()
	default:
		return errSyntax
	}
	v.end = min(p.at, len(p.text))
	p.variables = append(p.variables, v)
	return nil
}

// lineStart is where the line begins, or where its heading ends if that stands in it.
func (p *configParser) lineStart() int {
	start := strings.LastIndexByte(p.text[:p.at], '\n') + 1
	return max(start, p.headings[len(p.headings)-1].end)
}

func (p *configParser) parseValue(v *variable) error {
	for p.peek() == ' ' || p.peek() == '\t' {
		p.next()
	}
	v.from, v.to = p.at, p.at
	var value, spaces strings.Builder
	quoted := false
	for {
		c := p.next()
		switch {
		case c == 0 && quoted, c == '\n' && quoted:
			return errSyntax
		case c == 0, c == '\n':
			v.value = value.String()
			return nil
		case IsSpace(c) && !quoted:
			spaces.WriteByte(c)
			continue
		case (c == '#' || c == ';') && !quoted:
			p.skipLine()
			v.value = value.String()
			return nil
		case c == '"':
			quoted = !quoted
			v.to = p.at
			continue
		case c == '\\':
			escaped := p.next()
			if escaped == '\n' {
				continue
			}
			i := strings.IndexByte(`tbn\"`, escaped)
			if i < 0 || escaped == 0 {
				return errSyntax
			}
			c = "\t\b\n\\\""[i]
		}
		if value.Len() > 0 {
			value.WriteString(spaces.String())
		}
		spaces.Reset()
		value.WriteByte(c)
		v.to = p.at
	}
}

func IsSpace(c byte) bool  { return c == ' ' || c == '\t' || c == '\r' || c == '\v' || c == '\f' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isKeyChar(c byte) bool {
	return isLetter(c) || '0' <= c && c <= '9' || c == '-'
}

// quoteValue writes a value so that git reads it back.
func quoteValue(value string) string {
	escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\t", `\t`, "\b", `\b`).Replace(value)
	if strings.ContainsAny(value, "#;\r\v\f") || strings.TrimSpace(value) != value {
		return `"` + escaped + `"`
	}
	return escaped
}

func quoteSub(sub string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(sub)
}
