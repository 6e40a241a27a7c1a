// Package verify draws conclusions from what Bitbucket says of a token: whether it works,
// what it may do, and what to do about it where it does not.
package verify

import (
	"errors"
	"fmt"
	"strconv"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// Finding is what Bitbucket said about a token.
type Finding struct {
	Kind tokens.Kind

	Asked       bool // REST was asked whose it is and which scopes it has
	EmailProven bool // REST has taken the token with this email before
	Account     bitbucket.Account
	Refusal     error // REST's

	Repository string // "ws/repo", if git's endpoint was asked about one
	Access     bitbucket.Access
}

// CanAskGit reports whether git's endpoint is worth asking after REST: it is not where REST could
// not be reached. A refusal that is only that of the way is forgotten.
func (f *Finding) CanAskGit() bool {
	if bitbucket.OnlyGitGetsThrough(f.Refusal) {
		f.Asked, f.Refusal = false, nil
	}
	return f.Refusal == nil || bitbucket.IsRefused(f.Refusal)
}

// Outcome is what follows from a finding.
type Outcome struct {
	Verdict Verdict
	Text    string // for a person: what Bitbucket said
	Cure    string // what to do about it; may be empty
}

// Verdict is how a token came out.
type Verdict int

// The verdicts.
const (
	NotChecked Verdict = iota // Bitbucket could not be asked
	Accepted
	ReadOnly // it may fetch, and never push
	Useless  // alive, but without the scopes that git needs to do anything
	Refused
)

// Judge draws the conclusion. What no document confirms is called probable.
func (f Finding) Judge() Outcome {
	probed := f.Repository != ""
	switch {
	case f.Asked && f.Refusal == nil:
		return f.judgeAlive()
	case probed && f.GitTakesIt():
		o := f.judgeAlive()
		if f.IsEmailWrong() {
			o.Text += "; but REST refuses it with this email, which is not kept"
		}
		return o
	case probed && errors.Is(f.Access.Read, bitbucket.ErrAppPassword), errors.Is(f.Refusal, bitbucket.ErrAppPassword):
		return Outcome{Refused, "this is an app password, which Bitbucket has refused since " + bitbucket.AppPasswordsEnded, f.cure()}
	case f.Asked && bitbucket.IsRefused(f.Refusal), !f.Asked && probed && (bitbucket.IsRefused(f.Access.Read) || bitbucket.IsRefused(f.Access.Push)):
		return Outcome{Refused, f.causesOfRefusal(), f.cure()}
	case f.Asked:
		return Outcome{NotChecked, f.Refusal.Error(), ""}
	case probed:
		return Outcome{NotChecked, f.Access.Read.Error(), ""}
	case f.Kind == tokens.KindAPIToken:
		return Outcome{NotChecked, "without the email of its account Bitbucket cannot be asked", ""}
	}
	return Outcome{NotChecked, "there is no repository to try it on", ""}
}

// cure is how to get a token of this kind that git can use.
func (f Finding) cure() string {
	if f.Kind == tokens.KindAccessToken {
		return NewAccessTokenCure
	}
	return newTokenCure
}

const (
	newTokenCure = "make an API token at " + bitbucket.TokenPage + ` with "` + bitbucket.TokenButton + `", and tick ` +
		bitbucket.ReadScope + " and " + bitbucket.WriteScope
	NewAccessTokenCure = "make an access token in the settings of its repository, project or workspace (" + bitbucket.AccessTokenPlace +
		"), with " + bitbucket.AccessReadScope + " and " + bitbucket.AccessWriteScope
)

// causesOfRefusal names what a bare 401 can mean, the most frequent first.
func (f Finding) causesOfRefusal() string {
	const refuses = "Bitbucket refuses the token: "
	switch {
	case f.Kind == tokens.KindAPIToken && errors.Is(f.Refusal, bitbucket.ErrInvalid):
		return refuses + "probably the email is not that of its account, or it was made without scopes, has expired, or was revoked"
	case f.Kind == tokens.KindAPIToken && f.Asked:
		return refuses + "it is mistyped, expired or revoked, or the email is not that of its account"
	case f.Kind == tokens.KindAPIToken:
		return refuses + "it is mistyped, expired or revoked, or was made without scopes, or it may not see " + f.Repository
	case f.Kind == tokens.KindAccessToken:
		return refuses + "it is mistyped, expired or revoked, or was rotated: the old token ends " +
			strconv.Itoa(bitbucket.RotationMinutes) + " minutes after that"
	}
	return refuses + "it is mistyped, expired or revoked"
}

// GitTakesIt reports whether git's endpoint let the token in. That reading is
// allowed proves it only if pushing is not refused: anyone may read a
// public repository.
func (f Finding) GitTakesIt() bool {
	return IsAlive(f.Access.Push) || IsAlive(f.Access.Read) && !bitbucket.IsRefused(f.Access.Push)
}

// IsEmailWrong reports whether the token is good and the email is not.
func (f Finding) IsEmailWrong() bool {
	return f.Kind == tokens.KindAPIToken && f.Asked && bitbucket.IsRefused(f.Refusal) && f.Repository != "" && f.GitTakesIt()
}

// IsDead reports whether Bitbucket said about the token itself that it is no good: REST's
// refusal of an access token, or of an API token with an email that REST has taken before.
// What git's endpoint says is about a repository, and REST's other realm proves nothing.
func (f Finding) IsDead() bool {
	return f.Asked && CallsDead(f.Refusal, f.Kind, f.EmailProven) && !f.gitAccepts()
}

// CallsDead reports whether an answer of REST is about the token itself. emailProven: REST
// has taken the token with this email before.
func CallsDead(answer error, kind tokens.Kind, emailProven bool) bool {
	return errors.Is(answer, bitbucket.ErrRefused) && (kind == tokens.KindAccessToken || emailProven)
}

// gitAccepts reports whether git's endpoint was asked, and let the token in.
func (f Finding) gitAccepts() bool { return f.Repository != "" && f.GitTakesIt() }

// IsAlive reports whether an answer of git's endpoint is one that only a good
// login gets.
func IsAlive(err error) bool { return err == nil || errors.Is(err, bitbucket.ErrScope) }

// IsUnanswered reports whether the question was not answered.
func IsUnanswered(err error) bool {
	for _, kind := range []error{bitbucket.ErrUnreachable, bitbucket.ErrRateLimit, bitbucket.ErrTLS, bitbucket.ErrProxy, bitbucket.ErrUnexpected} {
		if errors.Is(err, kind) {
			return true
		}
	}
	return false
}

// judgeAlive says what an accepted token may do. What git's endpoint said about the
// repository at hand counts for more than the scopes.
func (f Finding) judgeAlive() Outcome {
	if unanswered := f.Access.Read; f.Repository != "" && IsUnanswered(unanswered) {
		repository := f.Repository
		f.Repository = ""
		o := f.judgeAlive()
		o.Text += fmt.Sprintf("; %s could not be tried: %v", repository, unanswered)
		return o
	}
	read, push := f.may(f.Account.MayRead(), f.Access.Read), f.may(f.Account.MayWrite(), f.Access.Push)
	text := "accepted" + f.owner()
	where := ""
	if f.Repository != "" {
		where = " " + f.Repository
	}
	switch {
	case read == nil && push == nil:
		if f.Account.Scopes == nil && f.Repository == "" {
			return Outcome{Accepted, text, ""}
		}
		return Outcome{Accepted, text + "; may read and push" + where, ""}
	case errors.Is(read, bitbucket.ErrScope) && errors.Is(push, bitbucket.ErrScope):
		return Outcome{Useless, text + "; but neither of the two boxes that git needs is ticked", f.cure()}
	case errors.Is(read, bitbucket.ErrScope):
		return Outcome{Useless, text + "; but the box " + f.box(true) + " is not ticked, so it cannot clone or fetch; " +
			"scopes cannot be added later", f.cure()}
	case errors.Is(push, bitbucket.ErrScope) && read == nil:
		return Outcome{ReadOnly, text + "; may read" + where + "; the box " + f.box(false) + " is not ticked, so it cannot push; " +
			"scopes cannot be added later", f.cure()}
	case read == nil:
		return Outcome{Accepted, fmt.Sprintf("%s; may read%s, but not push: %v", text, where, push), ""}
	case bitbucket.IsRefused(read):
		return Outcome{Accepted, text + "; but it was refused for" + where + ": check the name or ask for access" + f.elsewhere(), ""}
	}
	return Outcome{Accepted, fmt.Sprintf("%s; but not for%s: %v%s", text, where, read, f.elsewhere()), ""}
}

// may combines what the scopes allow with what git's endpoint said, which counts for
// more: the scopes are a label.
func (f Finding) may(scope bool, answer error) error {
	asked := f.Repository != ""
	switch {
	case asked && IsAlive(answer):
		return answer
	case f.Account.Scopes != nil && !scope:
		return bitbucket.ErrScope
	case asked:
		return answer
	}
	return nil
}

// elsewhere is what an API token that lives may be refused for.
func (f Finding) elsewhere() string {
	if f.Kind != tokens.KindAPIToken {
		return ""
	}
	return " (it may be limited to another workspace)"
}

func (f Finding) owner() string {
	for _, name := range []string{f.Account.Username, f.Account.DisplayName} {
		if name != "" {
			return " for " + name
		}
	}
	return ""
}

// box is the name of a scope for the kind of token.
func (f Finding) box(read bool) string {
	switch {
	case f.Kind == tokens.KindAccessToken && read:
		return bitbucket.AccessReadScope
	case f.Kind == tokens.KindAccessToken:
		return bitbucket.AccessWriteScope
	case read:
		return bitbucket.ReadScope
	}
	return bitbucket.WriteScope
}

// IsAskable reports whether REST can be asked about a token: it wants an API token's email.
func IsAskable(kind tokens.Kind, email string) bool {
	return kind == tokens.KindAccessToken || kind == tokens.KindAPIToken && email != ""
}

// AccessCures reports what to do about refusals that are not the token's fault.
var AccessCures = map[error]hint.Line{
	bitbucket.ErrIPAllowlist: "ask the workspace's admin to allow this network",
	bitbucket.ErrTwoStep:     "turn on two-step login for your Atlassian account",
	bitbucket.ErrRateLimit:   "wait some minutes",
}
