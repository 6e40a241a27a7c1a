package helper

import (
	"errors"
	"fmt"
	"strconv"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store/tokens"
)

// finding is what Bitbucket said about a token that is to be saved.
type finding struct {
	kind tokens.Kind

	asked       bool // REST was asked whose it is and which scopes it has
	emailProven bool // REST has taken the token with this email before
	account     bitbucket.Account
	refusal     error // REST's

	repository string // "ws/repo", if git's endpoint was asked about one
	access     bitbucket.Access
}

// outcome is what follows from a finding.
type outcome struct {
	verdict verdict
	text    string // for a person: what Bitbucket said
	cure    string // what to do about it; may be empty
}

type verdict int

const (
	notChecked verdict = iota // nobody could tell
	accepted
	readOnly // it may fetch, and never push
	useless  // alive, but without the scopes that git needs to do anything
	refused
)

// judge draws the conclusion. What no document confirms is called probable.
func (f finding) judge() outcome {
	probed := f.repository != ""
	switch {
	case f.asked && f.refusal == nil:
		return f.judgeAlive()
	case probed && f.gitTakesIt():
		o := f.judgeAlive()
		if f.isEmailWrong() {
			o.text += "; but REST refuses it with this email, which is not kept"
		}
		return o
	case probed && errors.Is(f.access.Read, bitbucket.ErrAppPassword), errors.Is(f.refusal, bitbucket.ErrAppPassword):
		return outcome{refused, "this is an app password, and Bitbucket refuses those since " + bitbucket.AppPasswordsEnded, f.cure()}
	case f.asked && bitbucket.IsRefused(f.refusal), !f.asked && probed && (bitbucket.IsRefused(f.access.Read) || bitbucket.IsRefused(f.access.Push)):
		return outcome{refused, f.causesOfRefusal(), f.cure()}
	case f.asked:
		return outcome{notChecked, f.refusal.Error(), ""}
	case probed:
		return outcome{notChecked, f.access.Read.Error(), ""}
	case f.kind == tokens.KindAPIToken:
		return outcome{notChecked, "without the email of its account Bitbucket cannot be asked", ""}
	}
	return outcome{notChecked, "there is no repository to try it on", ""}
}

// cure is how to get a token of this kind that git can use.
func (f finding) cure() string {
	if f.kind == tokens.KindAccessToken {
		return newAccessTokenCure
	}
	return newTokenCure
}

const (
	newTokenCure = "make an API token at " + bitbucket.TokenPage + ` with "` + bitbucket.TokenButton + `", and tick ` +
		bitbucket.ReadScope + " and " + bitbucket.WriteScope
	newAccessTokenCure = "make an access token in the settings of its repository, project or workspace (" + bitbucket.AccessTokenPlace +
		"), with " + bitbucket.AccessReadScope + " and " + bitbucket.AccessWriteScope
)

// causesOfRefusal names what a bare 401 can mean, the most frequent first.
func (f finding) causesOfRefusal() string {
	const refuses = "Bitbucket refuses the token: "
	switch {
	case f.kind == tokens.KindAPIToken && errors.Is(f.refusal, bitbucket.ErrInvalid):
		return refuses + "probably the email is not that of its account, or it was made without scopes, has expired, or was revoked"
	case f.kind == tokens.KindAPIToken && f.asked:
		return refuses + "it is mistyped, expired or revoked, or the email is not that of its account"
	case f.kind == tokens.KindAPIToken:
		return refuses + "it is mistyped, expired or revoked, or was made without scopes, or it may not see " + f.repository
	case f.kind == tokens.KindAccessToken:
		return refuses + "it is mistyped, expired or revoked, or was rotated: the old token ends " +
			strconv.Itoa(bitbucket.RotationMinutes) + " minutes after that"
	}
	return refuses + "it is mistyped, expired or revoked"
}

// gitTakesIt tells whether git's endpoint let the token in. That reading is
// allowed proves it only if pushing is not refused: a public repository may be
// read by anybody.
func (f finding) gitTakesIt() bool {
	return isAlive(f.access.Push) || isAlive(f.access.Read) && !bitbucket.IsRefused(f.access.Push)
}

// isEmailWrong reports whether the token is good and the email is not.
func (f finding) isEmailWrong() bool {
	return f.kind == tokens.KindAPIToken && f.asked && bitbucket.IsRefused(f.refusal) && f.repository != "" && f.gitTakesIt()
}

// isDead reports whether Bitbucket said of the token itself that it is no good: REST's
// refusal of an access token, or of an API token with an email that REST has taken before.
// What git's endpoint says is about a repository, and REST's other realm proves nothing.
func (f finding) isDead() bool {
	return f.asked && errors.Is(f.refusal, bitbucket.ErrRefused) && (f.kind == tokens.KindAccessToken || f.emailProven) && !f.gitLetsIn()
}

// gitLetsIn reports whether git's endpoint was asked, and let the token in.
func (f finding) gitLetsIn() bool { return f.repository != "" && f.gitTakesIt() }

// isAlive tells whether an answer of git's endpoint is one that only a good
// login gets.
func isAlive(err error) bool { return err == nil || errors.Is(err, bitbucket.ErrScope) }

// isUntold tells whether nobody answered the question.
func isUntold(err error) bool {
	for _, kind := range []error{bitbucket.ErrUnreachable, bitbucket.ErrRateLimit, bitbucket.ErrTLS, bitbucket.ErrProxy, bitbucket.ErrUnexpected} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// judgeAlive says what an accepted token may do. What git's endpoint said of the
// repository at hand counts for more than the scopes.
func (f finding) judgeAlive() outcome {
	if untold := f.access.Read; f.repository != "" && isUntold(untold) {
		repository := f.repository
		f.repository = ""
		o := f.judgeAlive()
		o.text += fmt.Sprintf("; %s could not be tried: %v", repository, untold)
		return o
	}
	read, push := f.may(f.account.MayRead(), f.access.Read), f.may(f.account.MayWrite(), f.access.Push)
	text := "accepted" + f.owner()
	where := ""
	if f.repository != "" {
		where = " " + f.repository
	}
	switch {
	case read == nil && push == nil:
		if f.account.Scopes == nil && f.repository == "" {
			return outcome{accepted, text, ""}
		}
		return outcome{accepted, text + "; may read and push" + where, ""}
	case errors.Is(read, bitbucket.ErrScope) && errors.Is(push, bitbucket.ErrScope):
		return outcome{useless, text + "; but neither of the two boxes that git needs is ticked", f.cure()}
	case errors.Is(read, bitbucket.ErrScope):
		return outcome{useless, text + "; but the box " + f.box(true) + " is not ticked, so it cannot clone or fetch; " +
			"scopes cannot be added later", f.cure()}
	case errors.Is(push, bitbucket.ErrScope) && read == nil:
		return outcome{readOnly, text + "; may read" + where + "; the box " + f.box(false) + " is not ticked, so it cannot push; " +
			"scopes cannot be added later", f.cure()}
	case read == nil:
		return outcome{accepted, fmt.Sprintf("%s; may read%s, but not push: %v", text, where, push), ""}
	case bitbucket.IsRefused(read):
		return outcome{accepted, text + "; but it was refused for" + where + ": check the name or ask for access" + f.elsewhere(), ""}
	}
	return outcome{accepted, fmt.Sprintf("%s; but not for%s: %v%s", text, where, read, f.elsewhere()), ""}
}

// may combines what the scopes allow with what git's endpoint said, which counts for
// more: the scopes are a label.
func (f finding) may(scope bool, answer error) error {
	asked := f.repository != ""
	switch {
	case asked && isAlive(answer):
		return answer
	case f.account.Scopes != nil && !scope:
		return bitbucket.ErrScope
	case asked:
		return answer
	}
	return nil
}

// elsewhere is what an API token that lives may be refused for.
func (f finding) elsewhere() string {
	if f.kind != tokens.KindAPIToken {
		return ""
	}
	return " (it may be limited to another workspace)"
}

func (f finding) owner() string {
	for _, name := range []string{f.account.Username, f.account.DisplayName} {
		if name != "" {
			return " for " + name
		}
	}
	return ""
}

// box is the name of a scope for the kind of token.
func (f finding) box(read bool) string {
	switch {
	case f.kind == tokens.KindAccessToken && read:
		return bitbucket.AccessReadScope
	case f.kind == tokens.KindAccessToken:
		return bitbucket.AccessWriteScope
	case read:
		return bitbucket.ReadScope
	}
	return bitbucket.WriteScope
}
