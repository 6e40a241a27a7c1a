package tokens

import (
	"encoding/base64"
	"encoding/binary"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Unwrap takes away what tools and people leave around a token: quotes from docker run
// --env-file, a byte-order mark or UTF-16 from PowerShell, "Bearer ", an email, the name of
// the variable (docs/bitbucket.md section 2). around says in words what that was; it is "" if
// there was nothing but white space, or if there is no whole token inside, and then the text
// comes back trimmed.
func Unwrap(text string) (token, around string) {
	trimmed := strings.TrimSpace(text)
	if isWhole(trimmed) {
		return trimmed, ""
	}
	rest := trimmed
	for _, layer := range layers {
		inner := layer.off(rest)
		if inner != rest && around == "" {
			around = layer.words
		}
		if rest = inner; isWhole(rest) {
			return rest, around
		}
	}
	return trimmed, ""
}

func isWhole(text string) bool {
	t := New(text)
	return t.Kind().IsToken() && t.WellFormed()
}

// layers are what may be around a token, from the outermost inwards.
var layers = []struct {
	words string
	off   func(string) string
}{
	{"UTF-16", fromUTF16},
	{"a byte-order mark or another sign that is not seen", withoutUnseen},
	{"quotes", withoutQuotes},
	{"the name of a variable", afterName},
	{"quotes", withoutQuotes},
	{`the word "Bearer"`, afterBearer},
	{"an email or a name", afterColon},
	{"quotes", withoutQuotes},
}

// fromUTF16 decodes ASCII text that was written as UTF-16, with or without a byte-order mark.
func fromUTF16(text string) string {
	data := []byte(text)
	if len(data) < 4 {
		return text
	}
	var order binary.ByteOrder
	switch {
	case data[0] == 0xff && data[1] == 0xfe, data[1] == 0:
		order = binary.LittleEndian
	case data[0] == 0xfe && data[1] == 0xff, data[0] == 0:
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, 0, len(data)/2)
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, order.Uint16(data[i:]))
	}
	return strings.TrimSpace(string(utf16.Decode(units)))
}

// withoutUnseen drops what a screen does not show and a token never has.
func withoutUnseen(text string) string {
	if !utf8.ValidString(text) {
		return text
	}
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, text))
}

func withoutQuotes(text string) string {
	const quotes = "\"'`‘’“”«»"
	first, _ := utf8.DecodeRuneInString(text)
	if !strings.ContainsRune(quotes, first) && !KindOf(text).IsToken() {
		return text // a quote at the end alone belongs to something inside
	}
	return strings.TrimSpace(strings.Trim(text, quotes))
}

// afterName is what is assigned, as in a file of variables.
func afterName(text string) string {
	name, value, found := strings.Cut(strings.TrimPrefix(text, "export "), "=")
	if !found || !isVariable(name) {
		return text
	}
	return value
}

func afterBearer(text string) string {
	const word = "bearer "
	if header, value, found := strings.Cut(text, ":"); found && SameName(header, "Authorization") {
		text = strings.TrimSpace(value)
	}
	if len(text) > len(word) && SameName(text[:len(word)], word) {
		return strings.TrimSpace(text[len(word):])
	}
	return text
}

func afterColon(text string) string {
	if _, token, found := strings.Cut(text, ":"); found {
		return strings.TrimSpace(token)
	}
	return text
}

func isVariable(name string) bool {
	for i := range len(name) {
		switch c := name[i]; {
		case 'A' <= c && c <= 'Z', 'a' <= c && c <= 'z', c == '_':
		case '0' <= c && c <= '9' && i > 0:
		default:
			return false
		}
	}
	return name != ""
}

// Unexpanded returns the variable whose name stands where its value belongs, as in $NAME,
// ${NAME} or %NAME%; "" if the text is none.
func Unexpanded(text string) string {
	name, found := strings.CutPrefix(text, "$")
	if found {
		name = strings.TrimSuffix(strings.TrimPrefix(name, "{"), "}")
	} else if name, found = strings.CutPrefix(text, "%"); found {
		name, found = strings.CutSuffix(name, "%")
	}
	if !found || !isVariable(name) {
		return ""
	}
	return name
}

// IsBase64 reports whether text is a token, or a pair with one, in base64.
func IsBase64(text string) bool {
	plain, err := base64.StdEncoding.DecodeString(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	token, _ := Unwrap(string(plain))
	return isWhole(token)
}
