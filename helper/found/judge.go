package found

import (
	"errors"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store/tokens"
)

// ErrNotAsked: Bitbucket was not asked about the pair.
var ErrNotAsked = errors.New("not asked")

// Judge reports what a secret is by its shape and, where Bitbucket was asked,
// by what git's endpoint answered to the pair as it stands and, for a token, to
// the pair with the name that goes with it. What no document confirms, such as
// any answer about the repository, counts as nothing known.
func Judge(kind tokens.Kind, user string, asItIs, asItShould error) Verdict {
	switch {
	case kind == tokens.KindAppPassword, errors.Is(asItIs, bitbucket.ErrAppPassword):
		return AppPassword
	case kind == tokens.KindDataCenter, kind == tokens.KindServiceAccount:
		return Useless
	case verify.IsAlive(asItIs):
		return Good
	case kind.IsToken() && verify.IsAlive(asItShould):
		return WrongName
	case bitbucket.IsRefused(asItIs) && (!kind.IsToken() || bitbucket.IsRefused(asItShould)):
		return Refused
	case kind == tokens.KindAPIToken && strings.Contains(user, "@"), kind == tokens.KindAccessToken && user != kind.GitUsername():
		return WrongName
	}
	return Unknown
}
