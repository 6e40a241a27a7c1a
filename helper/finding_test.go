package helper

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
		finding finding
		want    verdict
		text    string // its beginning
	}{
		{"REST takes it", finding{asked: true, account: account(both...)}, accepted, "accepted for bo; may read and push"},
		{"REST says no scopes", finding{asked: true, account: account()}, accepted, "accepted for bo"},
		{"only read", finding{asked: true, account: account(bitbucket.ReadScope)}, readOnly, "accepted for bo; may read; the box write:"},
		{"only write", finding{asked: true, account: account(bitbucket.WriteScope)}, useless, "accepted for bo; but the box read:"},
		{"neither", finding{asked: true, account: account("read:user:bitbucket")}, useless, "accepted for bo; but neither"},
		{"both, and the repository too", finding{asked: true, account: account(both...), repository: "ws/r"}, accepted,
			"accepted for bo; may read and push ws/r"},
		{"both, but not for the repository", finding{asked: true, account: account(both...), repository: "ws/r",
			access: access(bitbucket.ErrNoAccess, bitbucket.ErrNoAccess)}, accepted, "accepted for bo; but not for ws/r: no such repository"},
		{"both, but may not push there", finding{asked: true, account: account(both...), repository: "ws/r",
			access: access(nil, bitbucket.ErrNoAccess)}, accepted, "accepted for bo; may read ws/r, but not push: no such repository"},
		{"scopes are not told, and pushing lacks one", finding{asked: true, account: account(), repository: "ws/r",
			access: access(nil, bitbucket.ErrScope)}, readOnly, "accepted for bo; may read ws/r; the box write:"},
		{"no email, and git's endpoint takes it", finding{kind: tokens.KindAPIToken, repository: "ws/r"}, accepted, "accepted; may read and push ws/r"},
		{"no email, and git's endpoint misses a scope", finding{kind: tokens.KindAPIToken, repository: "ws/r",
			access: access(bitbucket.ErrScope, bitbucket.ErrScope)}, useless, "accepted; but neither"},
		{"no email, and refused", finding{kind: tokens.KindAPIToken, repository: "ws/r",
			access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, refused, "Bitbucket refuses the token: it is mistyped, expired or revoked, or was made without scopes"},
		{"wrong email", finding{asked: true, kind: tokens.KindAPIToken, refusal: bitbucket.ErrRefused, repository: "ws/r"}, accepted,
			"accepted; may read and push ws/r; but REST refuses it with this email, which is not kept"},
		{"dead, but the repository is public", finding{asked: true, kind: tokens.KindAPIToken, refusal: bitbucket.ErrRefused, repository: "ws/r",
			access: access(nil, bitbucket.ErrRefused)}, refused, "Bitbucket refuses the token"},
		{"no email, dead, and the repository is public", finding{kind: tokens.KindAPIToken, repository: "ws/r",
			access: access(nil, bitbucket.ErrRefused)}, refused, "Bitbucket refuses the token"},
		{"the repository could not be tried", finding{asked: true, account: account(both...), repository: "ws/r",
			access: access(unreachable, unreachable)}, accepted, "accepted for bo; may read and push; ws/r could not be tried: no connection"},
		{"alive, and refused for the repository", finding{asked: true, account: account(both...), repository: "ws/r",
			access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, accepted, "accepted for bo; but it was refused for ws/r: check the name"},
		{"refused", finding{asked: true, kind: tokens.KindAPIToken, refusal: bitbucket.ErrRefused}, refused,
			"Bitbucket refuses the token: it is mistyped, expired or revoked, or the email"},
		{"REST's other realm", finding{asked: true, kind: tokens.KindAPIToken, refusal: bitbucket.ErrInvalid}, refused,
			"Bitbucket refuses the token: probably the email is not that of its account, or it was made without scopes, has expired, or was revoked"},
		{"REST's other realm, but git's endpoint takes it", finding{asked: true, kind: tokens.KindAPIToken, refusal: bitbucket.ErrInvalid,
			repository: "ws/r"}, accepted, "accepted; may read and push ws/r; but REST refuses it with this email, which is not kept"},
		{"an access token is refused", finding{asked: true, kind: tokens.KindAccessToken, refusal: bitbucket.ErrRefused}, refused,
			"Bitbucket refuses the token: it is mistyped, expired or revoked, or was rotated: the old token ends 30 minutes after that"},
		{"a scope implies both", finding{asked: true, kind: tokens.KindAccessToken, account: account("pullrequest:write")}, accepted,
			"accepted for bo; may read and push"},
		{"a scope implies reading", finding{asked: true, kind: tokens.KindAccessToken, account: account("project")}, readOnly,
			"accepted for bo; may read; the box repository:write"},
		{"a scope that implies nothing", finding{asked: true, kind: tokens.KindAccessToken, account: account("repository:admin")}, useless,
			"accepted for bo; but neither"},
		{"a label is wrong, and git's endpoint lets it in", finding{asked: true, kind: tokens.KindAccessToken, account: account("something"),
			repository: "ws/r"}, accepted, "accepted for bo; may read and push ws/r"},
		{"a token for another workspace", finding{asked: true, kind: tokens.KindAPIToken, account: account(both...), repository: "ws/r",
			access: access(bitbucket.ErrRefused, bitbucket.ErrRefused)}, accepted,
			"accepted for bo; but it was refused for ws/r: check the name or ask for access (it may be limited to another workspace)"},
		{"an app password", finding{kind: tokens.KindPassword, repository: "ws/r",
			access: access(bitbucket.ErrAppPassword, bitbucket.ErrAppPassword)}, refused, "this is an app password"},
		{"offline", finding{asked: true, refusal: unreachable}, notChecked, "no connection to Bitbucket: no answer in time"},
		{"offline, by git's endpoint", finding{repository: "ws/r", access: access(unreachable, unreachable)}, notChecked, "no connection"},
		{"no email, no repository", finding{kind: tokens.KindAPIToken}, notChecked, "without the email"},
		{"a password, no repository", finding{kind: tokens.KindPassword}, notChecked, "there is no repository"},
		{"an access token that may only read", finding{asked: true, kind: tokens.KindAccessToken, account: account("repository")}, readOnly,
			"accepted for bo; may read; the box repository:write"},
	}
	for _, test := range tests {
		got := test.finding.judge()
		if got.verdict != test.want || !strings.HasPrefix(got.text, test.text) {
			t.Errorf("%s: got %d, %q", test.name, got.verdict, got.text)
		}
		if (got.verdict == refused || got.verdict == useless || got.verdict == readOnly) != (got.cure != "") {
			t.Errorf("%s: cure %q", test.name, got.cure)
		}
		if isForAccess := strings.HasPrefix(got.cure, "make an access token"); got.cure != "" && isForAccess != (test.finding.kind == tokens.KindAccessToken) {
			t.Errorf("%s: the cure is for another kind: %q", test.name, got.cure)
		}
	}
}
