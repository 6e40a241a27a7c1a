package tokens_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func TestKindOf(t *testing.T) {
	tests := []struct {
		name, secret string
		want         tokens.Kind
		checksum     bool
	}{
		{"API token", storetest.APIToken(), tokens.KindAPIToken, true},
		{"access token", storetest.AccessToken(), tokens.KindAccessToken, true},
		{"API token with a character missing", storetest.APIToken()[:191], tokens.KindAPIToken, false},
		{"API token with one too many", storetest.APIToken() + "0", tokens.KindAPIToken, false},
		{"the prefix alone", "ATATT", tokens.KindAPIToken, false},
		{"app password", storetest.AppPassword(), tokens.KindAppPassword, false},
		{"of the wrong length", storetest.AppPassword() + "x", tokens.KindPassword, false},
		{"Data Center token", "BBDC-" + strings.Repeat("x", 44), tokens.KindDataCenter, false},
		{"anything else", "hunter2", tokens.KindPassword, false},
		{"the prefix in the middle", "xATATT3xFfGF0", tokens.KindPassword, false},
		{"nothing", "", tokens.KindPassword, false},
	}
	for _, test := range tests {
		token := tokens.New(test.secret)
		if token.Kind() != test.want || token.ChecksumOK() != test.checksum {
			t.Errorf("%s: got %s, checksum %t", test.name, token.Kind(), token.ChecksumOK())
		}
		if (token.Fingerprint() != "") != test.want.IsToken() {
			t.Errorf("%s: fingerprint %q", test.name, token.Fingerprint())
		}
	}
}

func TestTokenIsNeverShown(t *testing.T) {
	secret := storetest.APIToken()
	token := tokens.New(secret)
	holder := struct{ T tokens.Token }{token}
	encoded, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		shown += fmt.Sprintf(verb+" "+verb+" ", token, holder)
	}
	for _, leak := range []string{secret, secret[5:], fmt.Sprintf("%x", secret), fmt.Sprintf("%X", secret)} {
		if strings.Contains(shown, leak) {
			t.Errorf("%q is in %s", leak, shown)
		}
	}
	if got := token.String(); got != "ATATT…(192)" {
		t.Errorf("got %s", got)
	}
}

func TestRedact(t *testing.T) {
	api, old := storetest.APIToken(), storetest.AppPassword()
	tests := map[string]string{
		"":                                   "",
		"nothing here":                       "nothing here",
		"the prefix ATATT is no secret":      "the prefix ATATT is no secret",
		"https://x:" + api + "@example.test": "https://x:ATATT…(192)@example.test",
		api + " " + old:                      "ATATT…(192) ATBB…(36)",
		"ATBB, then " + api:                  "ATBB, then ATATT…(192)",
	}
	for text, want := range tests {
		if got := tokens.Redact(text); got != want {
			t.Errorf("%q: got %q", want, got)
		}
	}
}
