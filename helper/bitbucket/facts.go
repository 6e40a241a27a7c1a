// Package bitbucket knows Bitbucket Cloud: what it asks of a token, and where
// one is made.
package bitbucket

import "git-credential-bitbucket/store"

// What a person needs to know to make a token that works with git (docs/bitbucket.md
// sections 1 and 3).
const (
	// TokenPage is where API tokens are made.
	TokenPage = "https://id.atlassian.com/manage-profile/security/api-tokens"
	// TokenForm fills in the form of that page as far as Atlassian's own tools do; which boxes
	// are to be ticked it cannot say.
	TokenForm = TokenPage + "?autofillToken=&appId=bitbucket&expiryDays=max"
	// TokenButton is the button there that makes a token git can use; the one
	// beside it makes a token without scopes, which Bitbucket always refuses.
	TokenButton = "Create API token with scopes"
	// ReadScope and WriteScope are the boxes to tick. Neither implies the other,
	// and they cannot be changed once the token is made.
	ReadScope  = "read:repository:bitbucket"
	WriteScope = "write:repository:bitbucket"
	// AccessReadScope and AccessWriteScope are the same for access tokens, where
	// the second implies the first.
	AccessReadScope  = "repository"
	AccessWriteScope = "repository:write"
	// AccessTokenPlace is where access tokens are made, in the settings of a repository, project or workspace.
	AccessTokenPlace = "Security, Access tokens"
	// RotationMinutes is for how long the old access token works after one is rotated.
	RotationMinutes = 30
	// appPasswordChange is in Bitbucket's answer to an app password.
	appPasswordChange = "CHANGE-3222"
	// MaxTokenDays is the longest that an API token can live, and the default.
	MaxTokenDays = 365
	// AppPasswordsEnded is the day from which Bitbucket refuses app passwords.
	AppPasswordsEnded = "2026-07-28"
)

// Where git goes, and programs that talk REST.
const (
	GitURL  = "https://" + store.GitHost
	RESTURL = "https://" + store.RESTHost
)

// The scopes of which one is enough to fetch, and to push (docs/bitbucket.md section 3): those of
// API tokens do not imply each other, those of access tokens and OAuth do. repository:admin
// and project:admin imply neither.
var (
	scopesToRead  = []string{ReadScope, AccessReadScope, AccessWriteScope, "pullrequest", "pullrequest:write", "project"}
	scopesToWrite = []string{WriteScope, AccessWriteScope, "pullrequest:write"}
)
