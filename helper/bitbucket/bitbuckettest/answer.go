package bitbuckettest

import (
	"io"
	"net/http"
)

// What Bitbucket's git endpoint says, for a Failure that is to sound like it. docs/bitbucket.md section 4.
const (
	TextNotAuthenticated = "You may not have access to this repository or it no longer exists in this workspace. " +
		"If you think this repository exists and you have access, make sure you are authenticated."
	TextScopeMissing = "Your credentials lack one or more required privilege scopes."
	TextAppPassword  = "CHANGE-3222 - Functionality has been deprecated\n" +
		"App passwords are deprecated and must be replaced with API tokens.\n" +
		"https://developer.atlassian.com/cloud/bitbucket/changelog#CHANGE-3222"
	TextIPAllowlist  = "To access this repository, an admin must whitelist your IP."
	TextTwoStep      = "To access this repository, enable two-step authentication."
	TextNoRepository = "The requested repository either does not exist or you do not have access."
)

// What Bitbucket's REST says. docs/bitbucket.md section 5; the text of a 404 is not known there.
const (
	TextRateLimit    = "Rate limit for this resource has been exceeded"
	TextInvalidToken = "Token is invalid, expired, or not supported for this endpoint."
	textNotFound     = "Resource not found"
)

// The challenges that come with a 401. docs/bitbucket.md sections 4 and 5.
const (
	basicChallenge  = `Basic realm="Bitbucket.org HTTP"`
	customChallenge = `BitbucketCustom realm=Bitbucket.org HTTP`
)

const (
	plainText = "text/plain"
	jsonText  = "application/json; charset=utf-8"
)

// answer is a whole response that is known beforehand.
type answer struct {
	status      int
	challenge   string
	contentType string
	body        string
}

// The refusals of the git endpoint. docs/bitbucket.md section 4.
var (
	noCredential     = answer{http.StatusUnauthorized, basicChallenge, plainText, ""}
	notAuthenticated = answer{http.StatusUnauthorized, basicChallenge, plainText, TextNotAuthenticated}
	scopeMissing     = answer{http.StatusForbidden, "", plainText, TextScopeMissing}
	appPasswordGone  = answer{http.StatusGone, "", plainText, TextAppPassword}
	noRepository     = answer{http.StatusNotFound, "", plainText, TextNoRepository}
)

// The refusals of REST that do not depend on the credential. docs/bitbucket.md section 5.
var (
	restUnauthorized = answer{http.StatusUnauthorized, basicChallenge, jsonText, ""}
	restInvalidToken = answer{http.StatusUnauthorized, customChallenge, jsonText, restError(TextInvalidToken, nil)}
	restNotFound     = answer{http.StatusNotFound, "", jsonText, restError(textNotFound, nil)}
)

func (a answer) write(w http.ResponseWriter) {
	if a.challenge != "" {
		w.Header().Set("WWW-Authenticate", a.challenge)
	}
	w.Header().Set("Content-Type", a.contentType)
	w.WriteHeader(a.status)
	io.WriteString(w, a.body)
}
