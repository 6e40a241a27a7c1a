package found

import (
	"testing"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/tokens"
)

func TestJudgeFound(t *testing.T) {
	const sentinel = "x-token-auth"
	tests := []struct {
		name       string
		kind       tokens.Kind
		user       string
		asItIs     error
		asItShould error
		want       Verdict
	}{
		{"an app password by its shape", tokens.KindAppPassword, "bo", ErrNotAsked, ErrNotAsked, AppPassword},
		{"one without a shape, by 410", tokens.KindPassword, "bo", bitbucket.ErrAppPassword, bitbucket.ErrAppPassword, AppPassword},
		{"a password, not asked about", tokens.KindPassword, "bo", ErrNotAsked, ErrNotAsked, Unknown},
		{"a password that works", tokens.KindPassword, "bo", nil, nil, Good},
		{"a password without the scope", tokens.KindPassword, "bo", bitbucket.ErrScope, bitbucket.ErrScope, Good},
		{"a password that is refused", tokens.KindPassword, "bo", bitbucket.ErrRefused, bitbucket.ErrRefused, Refused},
		{"no such repository says nothing", tokens.KindPassword, "bo", bitbucket.ErrNoAccess, bitbucket.ErrNoAccess, Unknown},
		{"nor does a busy Bitbucket", tokens.KindAPIToken, "bo", bitbucket.ErrRateLimit, bitbucket.ErrRateLimit, Unknown},
		{"the wrong product", tokens.KindDataCenter, "bo", ErrNotAsked, ErrNotAsked, Useless},
		{"what has no scopes yet", tokens.KindServiceAccount, "bo", ErrNotAsked, ErrNotAsked, Useless},
		{"an API token that works", tokens.KindAPIToken, "bo", nil, nil, Good},
		{"with the email", tokens.KindAPIToken, "b@x.example", bitbucket.ErrRefused, nil, WrongName},
		{"with the email, not asked about", tokens.KindAPIToken, "b@x.example", ErrNotAsked, ErrNotAsked, WrongName},
		{"with a name, not asked about", tokens.KindAPIToken, "bo", ErrNotAsked, ErrNotAsked, Unknown},
		{"with another's name", tokens.KindAPIToken, "al", bitbucket.ErrRefused, bitbucket.ErrScope, WrongName},
		{"dead", tokens.KindAPIToken, "b@x.example", bitbucket.ErrRefused, bitbucket.ErrRefused, Refused},
		{"refused once, then Bitbucket could not be asked", tokens.KindAPIToken, "bo", bitbucket.ErrRefused, bitbucket.ErrUnreachable, Unknown},
		{"an access token with a person's name", tokens.KindAccessToken, "bo", ErrNotAsked, ErrNotAsked, WrongName},
		{"an access token with its own", tokens.KindAccessToken, sentinel, ErrNotAsked, ErrNotAsked, Unknown},
	}
	for _, test := range tests {
		if got := Judge(test.kind, test.user, test.asItIs, test.asItShould); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestForgetLine(t *testing.T) {
	const request = `printf 'protocol=https\nhost=bitbucket.org\n`
	tests := []struct{ command, user, want string }{
		{"cache --timeout 9", "bo", request + `username=bo\n\n' | git credential-cache --timeout 9 erase`},
		{"/usr/lib/git-credential-libsecret", "", request + `\n' | /usr/lib/git-credential-libsecret erase`},
		{"store", "100%", request + `username=%s\n\n' 100% | git credential-store erase`},
		{"store", "o'brien", request + `username=%s\n\n' 'o'\''brien' | git credential-store erase`},
		{"st\x1bore", "a b", request + `username=%s\n\n' 'a b' | git credential-st?ore erase`},
	}
	for _, test := range tests {
		if got := string(ForgetLine(git.Helper{Command: test.command}, test.user)); got != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.command, test.user, got, test.want)
		}
	}
}
