// Package bitbuckettest is a Bitbucket Cloud for tests that is real underneath.
//
// It is behind a CONNECT proxy, so that programs meet it under its real names with nothing but HTTPS_PROXY and
// a certificate file in their environment; git is answered by git http-backend, git-lfs by real objects on disk.
// What it answers to whom is docs/bitbucket.md sections 4 and 5. Nothing ever leaves the loopback interface.
package bitbuckettest

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// The hosts of Bitbucket Cloud that are answered for.
const (
	gitHost  = "bitbucket.org"
	restHost = "api.bitbucket.org"
)

// Server is one Bitbucket with its proxy. Its methods may be called at any time from any goroutine.
type Server struct {
	dir       string
	backend   string
	lfsTicket string
	authority *authority
	address   string

	proxy     *http.Server
	site      *http.Server
	tunnels   *tunnelListener
	stop      context.CancelFunc
	serving   sync.WaitGroup
	answering sync.WaitGroup
	closing   func() error

	mu           sync.Mutex
	closed       bool
	hosts        map[string]bool
	repositories map[string]bool
	credentials  []Credential
	failures     []*failing
	requests     []*Request
	public       map[string]bool
	ways         Ways
	refreshToken string

	roundTrip        time.Duration
	login            ProxyLogin
	wantsCertificate bool
	issued           map[string]*tls.Certificate // for hosts whose key is to stay
}

// Start runs a Bitbucket without repositories and credentials. The certificate file, the repositories and the LFS
// objects are in dir, which must exist and is left to the caller to remove after Close.
func Start(dir string) (*Server, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("finding the test directory: %w", err)
	}
	backend, err := findBackend()
	if err != nil {
		return nil, err
	}
	s := &Server{
		dir:          dir,
		backend:      backend,
		lfsTicket:    rand.Text(),
		hosts:        map[string]bool{gitHost + ":443": true, restHost + ":443": true},
		repositories: map[string]bool{},
		public:       map[string]bool{},
		issued:       map[string]*tls.Certificate{},
	}
	s.closing = sync.OnceValue(s.close)
	if s.authority, err = newAuthority(); err != nil {
		return nil, err
	}
	if err := os.WriteFile(s.CAFile(), s.authority.pem, 0o600); err != nil {
		return nil, fmt.Errorf("writing the certificate file: %w", err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("listening on loopback: %w", err)
	}
	s.address = listener.Addr().String()
	s.serve(listener)
	return s, nil
}

// serve starts the proxy on the listener and, behind it, the site that has no address of its own.
func (s *Server) serve(listener net.Listener) {
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	newServer := func(handler http.HandlerFunc) *http.Server {
		return &http.Server{
			Handler:      s.counted(handler),
			ErrorLog:     log.New(io.Discard, "", 0),
			BaseContext:  func(net.Listener) context.Context { return ctx },
			TLSNextProto: map[string]func(*http.Server, *tls.Conn, http.Handler){},
		}
	}
	s.proxy, s.site = newServer(s.serveProxy), newServer(s.serveSite)
	s.tunnels = newTunnelListener(listener.Addr())
	site := tls.NewListener(s.tunnels, &tls.Config{GetConfigForClient: s.tlsFor})
	s.serving.Go(func() { s.proxy.Serve(listener) })
	s.serving.Go(func() { s.site.Serve(site) })
}

// counted lets Close wait for every handler that began before it.
func (s *Server) counted(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		if s.closed {
			s.mu.Unlock()
			panic(http.ErrAbortHandler)
		}
		s.answering.Add(1)
		s.mu.Unlock()
		defer s.answering.Done()
		s.waitRoundTrip(r.Context())
		handler(w, r)
	}
}

// SetRoundTrip makes the client wait that long for the answer to CONNECT, for the server's part of each TLS handshake (1.3
// takes one round trip), and for the answer to each request. CONNECT stands for the round trip that TCP takes where there
// is no proxy. A body that streams is not slowed.
func (s *Server) SetRoundTrip(roundTrip time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roundTrip = roundTrip
}

// waitRoundTrip returns early when the client goes away or the server closes.
func (s *Server) waitRoundTrip(ctx context.Context) {
	s.mu.Lock()
	roundTrip := s.roundTrip
	s.mu.Unlock()
	_ = pause(ctx, roundTrip)
}

// Close ends every connection, also the delayed and dripping ones, and returns when nothing of the server runs any
// more. Closing again does nothing.
func (s *Server) Close() error { return s.closing() }

func (s *Server) close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	err := errors.Join(s.proxy.Close(), s.site.Close())
	s.serving.Wait()
	s.answering.Wait()
	return err
}

// serveSite answers what came through a tunnel.
func (s *Server) serveSite(w http.ResponseWriter, r *http.Request) {
	who := s.identify(r)
	w = s.record(w, r, "https", who)
	r, release, done := s.meetFailure(w, r, who)
	defer release()
	if done {
		return
	}
	switch address := withPort(r.Host, "443"); {
	case address == gitHost+":443":
		if !s.serveOAuth(w, r) {
			s.serveGit(w, r, who)
		}
	case address == restHost+":443":
		s.serveREST(w, r, who)
	case s.knows(address):
		s.currentWays().challenge(noCredential).write(w)
	default:
		http.Error(w, "no such host here", http.StatusMisdirectedRequest)
	}
}

// Env is what makes git, git-lfs, curl and Go programs find this server, as KEY=value to append to an environment.
func (s *Server) Env() []string {
	proxy := s.proxyURL().String()
	return []string{
		"HTTPS_PROXY=" + proxy, "https_proxy=" + proxy,
		"HTTP_PROXY=" + proxy, "http_proxy=" + proxy,
		"NO_PROXY=", "no_proxy=",
		"GIT_SSL_CAINFO=" + s.CAFile(),
		"SSL_CERT_FILE=" + s.CAFile(),
		"CURL_CA_BUNDLE=" + s.CAFile(),
	}
}

// Transport is for code in the test's own process, which Env cannot reach: net/http reads the environment only once.
func (s *Server) Transport() *http.Transport {
	return &http.Transport{
		Proxy:           http.ProxyURL(s.proxyURL()),
		TLSClientConfig: &tls.Config{RootCAs: s.authority.pool()},
	}
}

func (s *Server) proxyURL() *url.URL { return &url.URL{Scheme: "http", Host: s.address} }

// CAFile is the PEM file with the certificate of the authority that signed for every host.
func (s *Server) CAFile() string { return filepath.Join(s.dir, "ca.pem") }
