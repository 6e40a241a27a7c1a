package tokens_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"unicode/utf16"

	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func utf16Of(text string, mark bool, big bool) string {
	var out strings.Builder
	if mark {
		text = "\ufeff" + text
	}
	for _, unit := range utf16.Encode([]rune(text)) {
		low, high := byte(unit), byte(unit>>8)
		if big {
			low, high = high, low
		}
		out.WriteByte(low)
		out.WriteByte(high)
	}
	return out.String()
}

func base64Of(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

func TestUnwrap(t *testing.T) {
	token := storetest.APIToken()
	for text, around := range map[string]string{
		token:                              "",
		" " + token + "\r\n":               "",
		`"` + token + `"`:                  "quotes",
		`'` + token + "'\r":                "quotes",
		"“" + token + "”":                  "quotes",
		"\ufeff" + token:                   "a byte-order mark or another sign that is not seen",
		token + "\u200b":                   "a byte-order mark or another sign that is not seen",
		"\u200e" + token:                   "a byte-order mark or another sign that is not seen",
		"\ufeff'" + token + "'":            "a byte-order mark or another sign that is not seen",
		utf16Of(token+"\r\n", true, false): "UTF-16",
		utf16Of(token, true, true):         "UTF-16",
		utf16Of(token, false, false):       "UTF-16",
		"Bearer " + token:                  `the word "Bearer"`,
		"Authorization: bearer " + token:   `the word "Bearer"`,
		"b@x.example:" + token:             "an email or a name",
		"brandon:" + token:                 "an email or a name",
		`"b@x.example:` + token + `"`:      "quotes",
		"BITBUCKET_TOKEN=" + token:         "the name of a variable",
		`export TOKEN="` + token + `"`:     "the name of a variable",
	} {
		got, what := tokens.Unwrap(text)
		if got != token || what != around {
			t.Errorf("%q: %v, %q", tokens.Redact(text), tokens.New(got), what)
		}
	}
	for _, text := range []string{"", "secret", `"secret"`, "brandon:secret", "$TOKEN", "ATATT with space", "a=b", token + " " + token, "\xff\xfe", "\xff\xfea"} {
		if got, what := tokens.Unwrap(text); got != strings.TrimSpace(text) || what != "" {
			t.Errorf("%q: %q, %q", text, got, what)
		}
	}
}

func TestUnexpanded(t *testing.T) {
	for text, name := range map[string]string{
		"$TOKEN": "TOKEN", "${TOKEN}": "TOKEN", "%TOKEN%": "TOKEN", "$a1_": "a1_",
		"": "", "$": "", "${}": "", "%": "", "%%": "", "TOKEN": "", "$1": "", "$A B": "", "100%": "",
	} {
		if got := tokens.Unexpanded(text); got != name {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func TestIsBase64(t *testing.T) {
	token := storetest.APIToken()
	for text, want := range map[string]bool{
		base64Of(token): true, base64Of("b@x.example:" + token): true, base64Of(token + "\n"): true,
		token: false, base64Of("secret"): false, "": false, "not base64!": false,
	} {
		if tokens.IsBase64(text) != want {
			t.Errorf("%q: %t", tokens.Redact(text), !want)
		}
	}
}

func FuzzUnwrap(f *testing.F) {
	token := storetest.APIToken()
	for _, seed := range []string{token, `"` + token + `"`, "Bearer " + token, utf16Of(token, true, true), "b@x.example:" + token} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, around := tokens.Unwrap(text)
		if around == "" && got != strings.TrimSpace(text) {
			t.Errorf("%q became %q without a word", text, got)
		}
		if around != "" && (!tokens.New(got).WellFormed() || !tokens.New(got).Kind().IsToken()) {
			t.Errorf("%q: %q", text, got)
		}
	})
}
