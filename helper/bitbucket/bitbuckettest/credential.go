package bitbuckettest

import (
	"net/http"
	"slices"
	"strings"
)

// Kind is a kind of credential, as in the table of docs/bitbucket.md section 2.
type Kind int

const (
	// APIToken is an Atlassian API token with scopes.
	APIToken Kind = iota
	// APITokenWithoutScopes looks the same and is refused everywhere.
	APITokenWithoutScopes
	// AccessToken belongs to a repository, a project or a workspace: told from the number of Repositories.
	AccessToken
	// AppPassword is dead since 2026-07-28: git gets 410 for it.
	AppPassword
	// ServiceAccountToken has no scopes for Bitbucket yet, and is refused everywhere.
	ServiceAccountToken
)

// Credential is what a client may come with.
type Credential struct {
	// Label stands for the secret in Requests.
	Label       string
	Kind        Kind
	Secret      string
	Email       string
	Username    string
	DisplayName string
	Scopes      []string
	// Repositories are the ones it may see, as "ws" or "ws/repo"; empty means all.
	Repositories []string
	// Dead says that it was revoked or has expired.
	Dead bool
}

// Usernames of git over HTTPS that stand for "the secret says it all". docs/bitbucket.md section 2.
const (
	apiTokenUsername    = "x-bitbucket-api-token-auth"
	accessTokenUsername = "x-token-auth"
)

// AddCredential makes a credential known. Adding the same label again replaces it, so that a test can revoke one.
func (s *Server) AddCredential(c Credential) {
	c.Scopes, c.Repositories = slices.Clone(c.Scopes), slices.Clone(c.Repositories)
	s.mu.Lock()
	defer s.mu.Unlock()
	same := func(known Credential) bool { return known.Label == c.Label }
	if i := slices.IndexFunc(s.credentials, same); i >= 0 {
		s.credentials[i] = c
		return
	}
	s.credentials = append(s.credentials, c)
}

// need is what a request wants to do.
type need int

const (
	toRead need = iota
	toWrite
	toSeeUser
)

// scopesFor lists for each need the scopes of which one is enough, the one Bitbucket names first. docs/bitbucket.md
// section 3; that an access token needs the scope account to see its user is an assumption.
var scopesFor = map[Kind]map[need][]string{
	APIToken: {
		toRead:    {"read:repository:bitbucket"},
		toWrite:   {"write:repository:bitbucket"},
		toSeeUser: {"read:user:bitbucket"},
	},
	// Here scopes imply others; repository:admin and project:admin imply nothing of it.
	AccessToken: {
		toRead:    {"repository", "repository:write", "pullrequest", "pullrequest:write", "project"},
		toWrite:   {"repository:write", "pullrequest:write"},
		toSeeUser: {"account"},
	},
}

// required is the scope that Bitbucket names when it is missing.
func (c Credential) required(n need) string { return scopesFor[c.Kind][n][0] }

func (c Credential) grants(n need) bool {
	return slices.ContainsFunc(scopesFor[c.Kind][n], func(scope string) bool {
		return slices.Contains(c.Scopes, scope)
	})
}

func (c Credential) sees(repository string) bool {
	return len(c.Repositories) == 0 || slices.ContainsFunc(c.Repositories, func(seen string) bool {
		seen = strings.ToLower(seen)
		return repository == seen || strings.HasPrefix(repository, seen+"/")
	})
}

// goesBy reports whether git may use the credential under this name. docs/bitbucket.md section 2: never the email.
func (c Credential) goesBy(username string) bool {
	own := username != "" && username == c.Username
	switch c.Kind {
	case APIToken:
		return own || username == apiTokenUsername
	case AccessToken:
		return username == accessTokenUsername
	case AppPassword:
		return own
	}
	return false
}

// caller is who a request says it comes from.
type caller struct {
	scheme     string
	username   string
	recognised bool
	credential Credential
}

// identify reads the Authorization header; it recognises a secret under whatever name and scheme it comes.
func (s *Server) identify(r *http.Request) caller {
	header := r.Header.Get("Authorization")
	if header == "" {
		return caller{}
	}
	scheme, secret, found := strings.Cut(header, " ")
	if !found {
		// Without a space the word may be a secret, which must not reach Requests.
		return caller{scheme: "?"}
	}
	who := caller{scheme: scheme}
	if username, password, ok := r.BasicAuth(); ok {
		who.scheme, who.username, secret = "Basic", username, password
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.credentials, func(c Credential) bool { return c.Secret != "" && c.Secret == secret })
	if i >= 0 {
		who.recognised, who.credential = true, s.credentials[i]
	}
	return who
}

// alive reports whether the caller came with a credential that is good for something.
func (who caller) alive() bool { return who.recognised && !who.credential.Dead }
