package verify

import (
	"fmt"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store/tokens"
)

func TestJudge(t *testing.T) {
	both := []string{bitbucket.ReadScope, bitbucket.WriteScope}
	account := func(scopes ...string) bitbucket.Account { return bitbucket.Account{Scopes: scopes, Username: "bo"} }
	access := func(read, push error) bitbucket.Access { return bitbucket.Access{Read: read, Push: push} }
	unreachable := fmt.Errorf("%w: no answer in time", bitbucket.ErrUnreachable)
	tests := []struct {
		name    string
		finding Finding
		want    Verdict
		text    string // its beginning
	}{
		{"REST takes it", Finding{Asked: true, Account: account(both...)}, Accepted, "accepted for bo; may read and push"},
		{"REST says no scopes", Finding{Asked: true, Account: account()}, Accepted, "accepted for bo"},
		{"only read", Finding{Asked: true, Account: account(bitbucket.ReadScope)}, ReadOnly, "accepted for bo; may read; the box write:"},
		{"only write", Finding{Asked: true, Account: account(bitbucket.WriteScope)}, Useless, "accepted for bo; but the box read:"},
		{"neither", Finding{Asked: true, Account: account("read:user:bitbucket")}, Useless, "accepted for bo; but neither"},
		{"both, and the repository too", Finding{Asked: true, Account: account(both...), Repository: "ws/r"}, Accepted,
			"accepted for bo; may read and push ws/r"},
		{"both, but not for the repository", Finding{Asked: true, Account: account(both...), Repository: "ws/r",
			Access: access(bitbucket.ErrNoAccess, bitbucket.ErrNoAccess)}, Accepted, "accepted for bo; but not for ws/r: no such repository"},
		{"both, but may not push there", Finding{Asked: true, Account: account(both...), Repository: "ws/r",
			Access: access(nil, bitbucket.ErrNoAccess)}, Accepted, "accepted for bo; may read ws/r, but not push: no such repository"},
		{"scopes are not told, and pushing lacks one", Finding{Asked: true, Account: account(), Repository: "ws/r",
			Access: access(nil, bitbucket.ErrScope)}, ReadOnly, "accepted for bo; may read ws/r; the box write:"},
		{"no email, and git's endpoint takes it", Finding{Kind: tokens.KindAPIToken, Repository: "ws/r"}, Accepted, "accepted; may read and push ws/r"},
		{"no email, and git's endpoint misses a scope", Finding{Kind: tokens.KindAPIToken, Repository: "ws/r",
			Access: access(bitbucket.ErrScope, bitbucket.ErrScope)}, Useless, "accepted; but neither"},
		{"no email, and refused", Finding{Kind: tokens.KindAPIToken, Repository: "ws/r",
			Access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, Refused, "Bitbucket refuses the token: it is mistyped, expired or revoked, or was made without scopes"},
		{"wrong email", Finding{Asked: true, Kind: tokens.KindAPIToken, Refusal: bitbucket.ErrRefused, Repository: "ws/r"}, Accepted,
			"accepted; may read and push ws/r; but REST refuses it with this email, which is not kept"},
		{"dead, but the repository is public", Finding{Asked: true, Kind: tokens.KindAPIToken, Refusal: bitbucket.ErrRefused, Repository: "ws/r",
			Access: access(nil, bitbucket.ErrRefused)}, Refused, "Bitbucket refuses the token"},
		{"no email, dead, and the repository is public", Finding{Kind: tokens.KindAPIToken, Repository: "ws/r",
			Access: access(nil, bitbucket.ErrRefused)}, Refused, "Bitbucket refuses the token"},
		{"the repository could not be tried", Finding{Asked: true, Account: account(both...), Repository: "ws/r",
			Access: access(unreachable, unreachable)}, Accepted, "accepted for bo; may read and push; ws/r could not be tried: no connection"},
		{"alive, and refused for the repository", Finding{Asked: true, Account: account(both...), Repository: "ws/r",
			Access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, Accepted, "accepted for bo; but it was refused for ws/r: check the name"},
		{"refused", Finding{Asked: true, Kind: tokens.KindAPIToken, Refusal: bitbucket.ErrRefused}, Refused,
			"Bitbucket refuses the token: it is mistyped, expired or revoked, or the email"},
		{"REST's other realm", Finding{Asked: true, Kind: tokens.KindAPIToken, Refusal: bitbucket.ErrInvalid}, Refused,
			"Bitbucket refuses the token: probably the email is not that of its account, or it was made without scopes, has expired, or was revoked"},
		{"REST's other realm, but git's endpoint takes it", Finding{Asked: true, Kind: tokens.KindAPIToken, Refusal: bitbucket.ErrInvalid,
			Repository: "ws/r"}, Accepted, "accepted; may read and push ws/r; but REST refuses it with this email, which is not kept"},
		{"an access token is refused", Finding{Asked: true, Kind: tokens.KindAccessToken, Refusal: bitbucket.ErrRefused}, Refused,
			"Bitbucket refuses the token: it is mistyped, expired or revoked, or was rotated: the old token ends 30 minutes after that"},
		{"a scope implies both", Finding{Asked: true, Kind: tokens.KindAccessToken, Account: account("pullrequest:write")}, Accepted,
			"accepted for bo; may read and push"},
		{"a scope implies reading", Finding{Asked: true, Kind: tokens.KindAccessToken, Account: account("project")}, ReadOnly,
			"accepted for bo; may read; the box repository:write"},
		{"a scope that implies nothing", Finding{Asked: true, Kind: tokens.KindAccessToken, Account: account("repository:admin")}, Useless,
			"accepted for bo; but neither"},
		{"a label is wrong, and git's endpoint lets it in", Finding{Asked: true, Kind: tokens.KindAccessToken, Account: account("something"),
			Repository: "ws/r"}, Accepted, "accepted for bo; may read and push ws/r"},
		{"a token for another workspace", Finding{Asked: true, Kind: tokens.KindAPIToken, Account: account(both...), Repository: "ws/r",
			Access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, Accepted,
			"accepted for bo; but it was refused for ws/r: check the name or ask for access (it may be limited to another workspace)"},
		{"an app password", Finding{Kind: tokens.KindPassword, Repository: "ws/r",
			Access: access(bitbucket.ErrAppPassword, bitbucket.ErrAppPassword)}, Refused, "this is an app password"},
		{"offline", Finding{Asked: true, Refusal: unreachable}, NotChecked, "no connection to Bitbucket: no answer in time"},
		{"offline, by git's endpoint", Finding{Repository: "ws/r", Access: access(unreachable, unreachable)}, NotChecked, "no connection"},
		{"no email, no repository", Finding{Kind: tokens.KindAPIToken}, NotChecked, "without the email"},
		{"a password, no repository", Finding{Kind: tokens.KindPassword}, NotChecked, "there is no repository"},
		{"an access token that may only read", Finding{Asked: true, Kind: tokens.KindAccessToken, Account: account("repository")}, ReadOnly,
			"accepted for bo; may read; the box repository:write"},
	}
	for _, test := range tests {
		got := test.finding.Judge()
		if got.Verdict != test.want || !strings.HasPrefix(got.Text, test.text) {
			t.Errorf("%s: got %d, %q", test.name, got.Verdict, got.Text)
		}
		if (got.Verdict == Refused || got.Verdict == Useless || got.Verdict == ReadOnly) != (got.Cure != "") {
			t.Errorf("%s: cure %q", test.name, got.Cure)
		}
		if isForAccess := strings.HasPrefix(got.Cure, "make an access token"); got.Cure != "" && isForAccess != (test.finding.Kind == tokens.KindAccessToken) {
			t.Errorf("%s: the cure is for another kind: %q", test.name, got.Cure)
		}
	}
}

// A wrong "dead" tells a person to destroy a good token, so each condition counts.
func TestIsDead(t *testing.T) {
	dead := Finding{Asked: true, Kind: tokens.KindAPIToken, EmailProven: true, Refusal: bitbucket.ErrRefused}
	tests := []struct {
		name   string
		change func(*Finding)
		want   bool
	}{
		{"REST refuses an email that it took before", func(*Finding) {}, true},
		{"REST refuses an access token", func(f *Finding) { f.Kind, f.EmailProven = tokens.KindAccessToken, false }, true},
		{"the email may be wrong", func(f *Finding) { f.EmailProven = false }, false},
		{"REST's other realm", func(f *Finding) { f.Refusal = bitbucket.ErrInvalid }, false},
		{"no connection", func(f *Finding) { f.Refusal = bitbucket.ErrUnreachable }, false},
		{"REST takes it", func(f *Finding) { f.Refusal = nil }, false},
		{"REST was not asked", func(f *Finding) { f.Asked = false }, false},
		{"git's endpoint lets it in", func(f *Finding) { f.Repository = "ws/r" }, false},
		{"git's endpoint refuses it too", func(f *Finding) {
			f.Repository, f.Access = "ws/r", bitbucket.Access{Read: bitbucket.ErrRefused, Push: bitbucket.ErrRefused}
		}, true},
	}
	for _, test := range tests {
		f := dead
		test.change(&f)
		if got := f.IsDead(); got != test.want {
			t.Errorf("%s: got %t", test.name, got)
		}
	}
}
