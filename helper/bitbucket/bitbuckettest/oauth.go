package bitbuckettest

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// serveOAuth signs the user in at once, and gives out pairs of which only the last is good: since 2026-05 a refresh
// token is good for one renewal (docs/bitbucket.md section 2). It reports whether the request was for OAuth.
func (s *Server) serveOAuth(w http.ResponseWriter, r *http.Request) bool {
	switch r.URL.Path {
	case "/site/oauth2/authorize":
		back, err := url.Parse(r.FormValue("redirect_uri"))
		if err != nil || back.Hostname() != "127.0.0.1" && back.Hostname() != "localhost" {
			http.Error(w, "no redirect_uri on this machine", http.StatusBadRequest)
			return true
		}
		back.RawQuery = url.Values{"code": {"code"}, "state": {r.FormValue("state")}}.Encode()
		http.Redirect(w, r, back.String(), http.StatusFound)
	case "/site/oauth2/access_token":
		s.renewPair(w, r)
	default:
		return false
	}
	return true
}

// renewPair answers with a new access token and a new refresh token of over 2,500 bytes each; the ones before are dead.
func (s *Server) renewPair(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	good := r.FormValue("grant_type") == "authorization_code" || r.FormValue("refresh_token") == s.refreshToken
	s.mu.Unlock()
	if r.Method != http.MethodPost || !good {
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprint(w, `{"error": "invalid_grant"}`)
		return
	}
	access, refresh := strings.Repeat(rand.Text(), 150), strings.Repeat(rand.Text(), 150)
	s.mu.Lock()
	s.refreshToken = refresh
	s.mu.Unlock()
	s.AddCredential(Credential{Label: "OAUTH", Kind: AccessToken, Secret: access, Scopes: []string{"repository:write"}})
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"access_token": access, "refresh_token": refresh, "token_type": "bearer", "expires_in": 7200, "scopes": "repository:write",
	})
}
