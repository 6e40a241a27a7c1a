// Package advice is what a person is told of a token or a vault that does not serve, and what
// to type about it.
package advice

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

func CausesOfDeath(kind tokens.Kind) string {
	if kind == tokens.KindAccessToken {
		return fmt.Sprintf("expired, revoked, or rotated: the old token ends %d minutes after that", bitbucket.RotationMinutes)
	}
	return "expired or revoked"
}

// WhereToRenew is where a new token of the kind is made.
func WhereToRenew(kind tokens.Kind) string {
	if kind == tokens.KindAccessToken {
		return "make a new one in the settings of its repository, project or workspace (" + bitbucket.AccessTokenPlace + ")"
	}
	return "make a new one at " + bitbucket.TokenPage
}

// WhyRefused is what is known about a token that was refused at one place.
func WhyRefused(e *store.Entry) string {
	if e.NeverWorked() {
		return "it has not worked yet and is probably mistyped or made without scopes;"
	}
	return "other repositories still get it;"
}

// CureOfRefusal is what to do about a token that was refused at one place.
func CureOfRefusal(e *store.Entry, r *store.Refusal) hint.Line {
	if e.NeverWorked() {
		return Renewal(e)
	}
	return "git credential-bitbucket check " + shell.Word(r.For)
}

// ScopeWords shortens the scopes to what they mean for git.
func ScopeWords(scopes []string) string {
	account := bitbucket.Account{Scopes: scopes}
	var words []string
	if account.MayRead() {
		words = append(words, "read")
	}
	if account.MayWrite() {
		words = append(words, "write")
	}
	return cmp.Or(strings.Join(words, " "), "-")
}

// Renewal is how a token that is good for nothing any more is renewed, in the place
// where it is kept.
func Renewal(e *store.Entry) hint.Line {
	switch e.Vault {
	case store.KeychainVault, store.EnvironmentName:
		return "git credential-bitbucket store"
	case store.CommandVault:
		return "make its command print a new one, and then: git credential-bitbucket restore " + shell.Word(e.Name)
	}
	return "git credential-bitbucket store --name " + shell.Word(e.Name)
}

// RenewInTime is what to type about a token that ends soon.
func RenewInTime(e *store.Entry) hint.Line {
	if e.Vault == store.EnvironmentName || e.Vault == store.CommandVault {
		return Renewal(e)
	}
	return "git credential-bitbucket renew " + shell.Word(e.Name)
}

// RenewOrRestore is what to type about a token that was refused for a reason that is not known:
// most often it was revoked, so a new one comes first.
func RenewOrRestore(e *store.Entry) hint.Line {
	if e.Vault == store.CommandVault {
		return Renewal(e)
	}
	return "if it was revoked: " + Renewal(e) + "; to try it again now: git credential-bitbucket restore " + hint.Line(shell.Word(e.Name))
}

// CureForEntry is what to type about a token that is to be read: one that is gone is renewed
// in its place.
func CureForEntry(run *program.Run, err error, e *store.Entry) hint.Line {
	if IsLost(err) {
		return Renewal(e)
	}
	return run.Hint(err, program.ToRead)
}

// IsLost reports whether it is one token that its vault cannot give back, and no matter
// of the vault.
func IsLost(err error) bool {
	return errors.Is(err, tokens.ErrNotFound) || errors.Is(err, tokens.ErrDamaged) && !errors.Is(err, encrypted.ErrDamagedIdentity)
}

// SetAsideSince reports since when an entry is set aside, and why.
func SetAsideSince(e *store.Entry) string {
	return fmt.Sprintf(`the token "%s" has been set aside since %s (%s)`, e.Name, e.SetAside.At.Format(time.DateOnly), SetAsideWords(e))
}

// SetAsideWords is why an entry was set aside.
func SetAsideWords(e *store.Entry) string {
	switch e.SetAside.Reason {
	case store.ReasonForgotten:
		return "git was told to forget it"
	case store.ReasonDead:
		return "Bitbucket says that it is dead"
	}
	return "Bitbucket refused it"
}
