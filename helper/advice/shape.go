package advice

import (
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// NeverWorks says why a text can never be a token that git can use, and how to get one; ""
// if it may be one.
func NeverWorks(token tokens.Token) (why string, cure hint.Line) {
	kind, text := token.Kind(), token.Reveal()
	cure = hint.Line(fmt.Sprintf("make an API token at %s with \"%s\"", bitbucket.TokenPage, bitbucket.TokenButton))
	switch {
	case len(text) > tokens.MaxToken:
		return fmt.Sprintf("this is over %d bytes, so it is not a Bitbucket token", tokens.MaxToken), ""
	case kind == tokens.KindAppPassword:
		return "this is an app password, which Bitbucket has refused since " + bitbucket.AppPasswordsEnded, cure
	case kind == tokens.KindDataCenter:
		return "this is a token for Bitbucket Data Center, not for bitbucket.org", cure
	case kind == tokens.KindServiceAccount:
		return "this is a service account's token, and those have no scopes for Bitbucket yet", hint.Line(verify.NewAccessTokenCure)
	case tokens.Unexpanded(text) != "":
		return "this is the name of a variable, not its value", "use double quotes or none, so that the shell puts the value there"
	case tokens.IsBase64(text):
		return "this is a token in base64, and git needs it plain", "paste it as the page showed it"
	case strings.Contains(text, "://"):
		return "this is a URL, not a token", cure
	case !kind.IsToken() && strings.Contains(text, "@"):
		return "this is an email, not a token", cure
	case !token.WellFormed():
		return "it contains spaces, control characters or others that no token has", cure
	}
	return "", ""
}
