package bitbuckettest

import "net/http"

// Ways chooses how this Bitbucket answers where it is not confirmed what the real one does, or where it was seen to
// do both (docs/bitbucket.md sections 4, 5 and 7). The zero value is what was reported most often.
type Ways struct {
	// NoAccess is git's answer to a good login for a repository that is not there or not its own: 404 (as for 0),
	// 403 or 401.
	NoAccess int
	// DeadIsCustom: REST's 401 for a dead token carries the realm BitbucketCustom.
	DeadIsCustom bool
	// WrongEmailIsBasic: REST's 401 for a living token with another email carries the plain realm.
	WrongEmailIsBasic bool
	// PublicIsStrict: a bad login is refused by a public repository too, which is open without one.
	PublicIsStrict bool
	// AnyName: git's endpoint takes a good token with whatever username.
	AnyName bool
	// Realm replaces the realm of git's challenge.
	Realm string
}

// Answer chooses the ways from now on.
func (s *Server) Answer(ways Ways) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ways = ways
}

func (s *Server) currentWays() Ways {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ways
}

// noAccess is the answer to a good login that may not see the repository.
func (w Ways) noAccess() answer {
	switch w.NoAccess {
	case http.StatusUnauthorized:
		return w.challenge(notAuthenticated)
	case http.StatusForbidden:
		return answer{http.StatusForbidden, "", plainText, TextNoRepository}
	}
	return noRepository
}

// challenge gives an answer the realm that was chosen.
func (w Ways) challenge(a answer) answer {
	if w.Realm != "" {
		a.challenge = `Basic realm="` + w.Realm + `"`
	}
	return a
}

// deadREST is REST's answer to a token that is not, or no longer, good.
func (w Ways) deadREST() answer {
	if w.DeadIsCustom {
		return restInvalidToken
	}
	return restUnauthorized
}

// wrongEmailREST is REST's answer to a living API token with an email that is not its account's.
func (w Ways) wrongEmailREST() answer {
	if w.WrongEmailIsBasic {
		return restUnauthorized
	}
	return restInvalidToken
}
