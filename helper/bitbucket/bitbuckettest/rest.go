package bitbuckettest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// serveREST answers for https://api.bitbucket.org: who am I, and is this repository there.
func (s *Server) serveREST(w http.ResponseWriter, r *http.Request, who caller) {
	repository, isRepository := strings.CutPrefix(r.URL.Path, "/2.0/repositories/")
	isRepository = isRepository && repositoryName.MatchString(repository)
	isUser := r.URL.Path == "/2.0/user"
	if r.Method != http.MethodGet || !isUser && !isRepository {
		restNotFound.write(w)
		return
	}
	if refusal, refused := judgeREST(who, s.currentWays()); refused {
		refusal.write(w)
		return
	}
	if isUser {
		s.writeResource(w, who.credential, toSeeUser, userJSON(who.credential))
		return
	}
	repository = strings.ToLower(repository)
	if !s.has(repository) || !who.credential.sees(repository) {
		s.writeResource(w, who.credential, toRead, nil)
		return
	}
	s.writeResource(w, who.credential, toRead, repositoryJSON(repository))
}

// judgeREST reports whether a credential is accepted at all. docs/bitbucket.md sections 2 and 5: the email with an API
// token, Bearer with an access token; a token without scopes, a wrong scheme and a wrong email get the same answer.
func judgeREST(who caller, ways Ways) (refusal answer, refused bool) {
	if !who.alive() {
		return ways.deadREST(), true
	}
	c := who.credential
	switch {
	case c.Kind == APITokenWithoutScopes,
		c.Kind == APIToken && who.scheme != "Basic",
		c.Kind == AccessToken && who.scheme != "Bearer":
		return restInvalidToken, true
	case c.Kind == APIToken && (c.Email == "" || who.username != c.Email):
		return ways.wrongEmailREST(), true
	case c.Kind == AppPassword, c.Kind == ServiceAccountToken:
		return restUnauthorized, true
	}
	return answer{}, false
}

// writeResource answers to an accepted credential: the headers tell about it, whatever the status. docs/bitbucket.md
// section 5. A nil resource is one that is not there.
func (s *Server) writeResource(w http.ResponseWriter, c Credential, wanted need, resource any) {
	w.Header().Set("X-OAuth-Scopes", strings.Join(c.Scopes, ", "))
	w.Header().Set("X-Accepted-OAuth-Scopes", c.required(wanted))
	w.Header().Set("X-Credential-Type", c.typeName())
	switch {
	case !c.grants(wanted):
		detail := &restDetail{Granted: append([]string{}, c.Scopes...), Required: []string{c.required(wanted)}}
		answer{http.StatusForbidden, "", jsonText, restError(TextScopeMissing, detail)}.write(w)
	case resource == nil:
		restNotFound.write(w)
	default:
		answer{http.StatusOK, "", jsonText, toJSON(resource)}.write(w)
	}
}

// typeName is the value of X-Credential-Type. docs/bitbucket.md section 5.
func (c Credential) typeName() string {
	isWorkspace := func(name string) bool { return !strings.Contains(name, "/") }
	switch {
	case c.Kind == APIToken:
		return "api_token"
	case len(c.Repositories) == 0 || slices.ContainsFunc(c.Repositories, isWorkspace):
		return "workspace_access_token"
	case len(c.Repositories) > 1:
		return "project_access_token"
	}
	return "repo_access_token"
}

// userJSON leaves the username out when there is none: Bitbucket sends it only sometimes.
func userJSON(c Credential) any {
	return struct {
		Type        string `json:"type"`
		DisplayName string `json:"display_name"`
		AccountID   string `json:"account_id"`
		Username    string `json:"username,omitempty"`
	}{"user", c.DisplayName, "account-of-" + c.Label, c.Username}
}

func repositoryJSON(repository string) any {
	_, name, _ := strings.Cut(repository, "/")
	return struct {
		Type      string `json:"type"`
		FullName  string `json:"full_name"`
		Name      string `json:"name"`
		IsPrivate bool   `json:"is_private"`
	}{"repository", repository, name, true}
}

// restDetail names the scopes of a refusal.
type restDetail struct {
	Granted  []string `json:"granted"`
	Required []string `json:"required"`
}

// restError is the form of every error of REST. docs/bitbucket.md section 5.
func restError(message string, detail *restDetail) string {
	type inner struct {
		Message string      `json:"message"`
		Detail  *restDetail `json:"detail,omitempty"`
	}
	return toJSON(struct {
		Type  string `json:"type"`
		Error inner  `json:"error"`
	}{"error", inner{message, detail}})
}

// toJSON is for values made of strings, numbers and booleans only, which always have a JSON form.
func toJSON(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}
