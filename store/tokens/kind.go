package tokens

import "strings"

// Kind is a kind of secret, as Bitbucket tells them apart.
type Kind string

// The kinds. Only the first three are ever saved.
const (
	KindAPIToken    Kind = "api-token"    // a person's, with or without scopes
	KindAccessToken Kind = "access-token" // a repository's, project's or workspace's
	KindPassword    Kind = "password"     // anything else that was accepted, such as an OAuth token

	KindAppPassword Kind = "app-password"      // Bitbucket refuses these since 2026-07-28
	KindDataCenter  Kind = "data-center-token" // for the other product
	// KindServiceAccount has no scopes for Bitbucket yet (BCLOUD-23832), so git cannot use it.
	KindServiceAccount Kind = "service-account-token"
)

// kinds holds what a shape tells and what follows from it (docs/bitbucket.md section
// 2). A prefix is the part that names the kind; the characters that have followed
// it in every token seen (3xFfGF0, 3xFfGN0) say nothing more, and lengths vary.
var kinds = []struct {
	kind     Kind
	prefix   string
	length   int    // bytes; 0: any
	username string // the name for git over HTTPS that fits every owner
}{
	{KindAPIToken, "ATATT", 0, "x-bitbucket-api-token-auth"},
	{KindAccessToken, "ATCTT", 0, "x-token-auth"},
	{KindAppPassword, "ATBB", 36, ""},
	{KindDataCenter, "BBDC-", 0, ""},
	{KindServiceAccount, "ATSTT", 0, ""},
}

// KindOf tells a secret's kind from its shape alone. An API token without scopes
// looks like one with them, and app passwords from before 2022 look like any password.
func KindOf(secret string) Kind {
	for _, k := range kinds {
		if strings.HasPrefix(secret, k.prefix) && (k.length == 0 || k.length == len(secret)) {
			return k.kind
		}
	}
	return KindPassword
}

// IsToken reports whether it is a kind that Bitbucket makes for use with git today:
// one that is set aside when it is refused, never destroyed by git.
func (k Kind) IsToken() bool { return k == KindAPIToken || k == KindAccessToken }

// GitUsername is the username that goes with the kind over HTTPS, for every account;
// empty where there is none.
func (k Kind) GitUsername() string {
	for _, known := range kinds {
		if known.kind == k {
			return known.username
		}
	}
	return ""
}

// IsGitUsername reports whether name is one of those that stand for a kind of
// token, and so for no account.
func IsGitUsername(name string) bool {
	for _, known := range kinds {
		if known.username != "" && SameName(known.username, name) {
			return true
		}
	}
	return false
}

func (k Kind) prefix() string {
	for _, known := range kinds {
		if known.kind == k {
			return known.prefix
		}
	}
	return ""
}

// Saveable reports whether an index may hold an entry of this kind.
func (k Kind) Saveable() bool { return k.IsToken() || k == KindPassword }

// SameName compares in ASCII case only. Names in Bitbucket are ASCII, and
// Unicode's folding holds surprises such as the Kelvin sign for k.
func SameName(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range len(a) {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}

func lower(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
