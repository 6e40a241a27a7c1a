package bitbuckettest

import (
	"net/http"
	"strings"
)

// Request is what is kept of a request. No secret is in it: a known one is replaced by its label in angle brackets.
type Request struct {
	// Scheme is https for what came through a tunnel, http for what was asked of the proxy in the open, and empty
	// for a CONNECT.
	Scheme string
	// Host is in lower case, without the scheme's own port; a CONNECT's keeps it ("bitbucket.org:443").
	Host   string
	Method string
	// Path has the query with it; a CONNECT has none.
	Path string
	// Authorization is the scheme of the Authorization header: empty if there was none, "?" if it was not one.
	Authorization string
	// Username is the one given with Basic.
	Username string
	// Label is the credential that was recognised, under whatever username or scheme, alive or dead.
	Label string
	// Status is what was answered; 0 if nothing was, or not yet.
	Status int
}

// Requests are all requests so far, in the order in which they came, with the CONNECTs and what was refused.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, 0, len(s.requests))
	for _, request := range s.requests {
		requests = append(requests, *request)
	}
	return requests
}

// ResetRequests forgets all requests so far.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests = nil
}

// record keeps the request at once and its status as soon as that is known, before the client can know it.
func (s *Server) record(w http.ResponseWriter, r *http.Request, scheme string, who caller) *recorder {
	s.mu.Lock()
	defer s.mu.Unlock()
	request := &Request{
		Scheme:        scheme,
		Host:          strings.ToLower(r.Host),
		Method:        r.Method,
		Authorization: who.scheme,
		Username:      s.masked(who.username),
		Label:         who.credential.Label,
	}
	switch scheme {
	case "https":
		request.Host = strings.TrimSuffix(request.Host, ":443")
		request.Path = s.masked(r.URL.RequestURI())
	case "http":
		request.Host = strings.TrimSuffix(request.Host, ":80")
		request.Path = s.masked(r.URL.RequestURI())
	}
	s.requests = append(s.requests, request)
	return &recorder{w, s, request}
}

// masked needs the lock.
func (s *Server) masked(text string) string {
	for _, c := range s.credentials {
		if c.Secret != "" {
			text = strings.ReplaceAll(text, c.Secret, "<"+c.Label+">")
		}
	}
	return text
}

// recorder notes the status on its way out. Every handler here calls WriteHeader.
type recorder struct {
	http.ResponseWriter
	server  *Server
	request *Request
}

func (w *recorder) WriteHeader(status int) {
	w.note(status)
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) note(status int) {
	w.server.mu.Lock()
	defer w.server.mu.Unlock()
	w.request.Status = status
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
