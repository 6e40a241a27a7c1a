package bitbuckettest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
)

// AddHost lets one more host ("evil.example", or with a port "bitbucket.org:8443") through the proxy. It answers
// every request with 401 Basic, so that a test can prove from Requests what was sent to it. With port 80 the host
// answers so over plain HTTP.
func (s *Server) AddHost(host string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hosts[withPort(host, "443")] = true
}

func (s *Server) knows(address string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hosts[address]
}

// knowsName is for TLS, where a client names the host without its port.
func (s *Server) knowsName(name string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for address := range s.hosts {
		if host, _, err := net.SplitHostPort(address); err == nil && strings.EqualFold(host, name) {
			return true
		}
	}
	return false
}

// withPort is the form in which hosts are compared.
func withPort(host, port string) string {
	host = strings.ToLower(host)
	if _, _, err := net.SplitHostPort(host); err == nil {
		return host
	}
	return net.JoinHostPort(host, port)
}

// serveProxy opens tunnels and answers plain HTTP itself; nothing is ever passed on.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodConnect {
		s.openTunnel(s.record(w, r, "", caller{}), r)
		return
	}
	who := s.identify(r)
	w = s.record(w, r, "http", who)
	r, release, done := s.meetFailure(w, r, who)
	defer release()
	if done {
		return
	}
	switch address := withPort(r.Host, "80"); {
	case s.knows(address):
		noCredential.write(w)
	case address == gitHost+":80" || address == restHost+":80":
		http.Redirect(w, r, "https://"+strings.TrimSuffix(address, ":80")+r.URL.RequestURI(), http.StatusMovedPermanently)
	default:
		refuseHost(w)
	}
}

func refuseHost(w http.ResponseWriter) {
	http.Error(w, "the test proxy lets nothing else through", http.StatusForbidden)
}

// openTunnel hands the client's connection to the site; bytes sent ahead of the answer go along.
func (s *Server) openTunnel(w *recorder, r *http.Request) {
	if !s.knows(withPort(r.Host, "443")) {
		refuseHost(w)
		return
	}
	if s.refusesTunnel(w, r) {
		return
	}
	connection, buffered, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	w.note(http.StatusOK)
	if _, err := io.WriteString(connection, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		connection.Close()
		return
	}
	s.tunnels.offer(&tunnel{connection, buffered.Reader})
}

// tunnel reads first what the proxy's buffer still holds.
type tunnel struct {
	net.Conn
	reader *bufio.Reader
}

func (t *tunnel) Read(p []byte) (int, error) { return t.reader.Read(p) }

// tunnelListener is a listener whose connections come from the proxy instead of a socket.
type tunnelListener struct {
	address net.Addr
	waiting chan net.Conn
	closed  chan struct{}
	close   func()
}

func newTunnelListener(address net.Addr) *tunnelListener {
	closed := make(chan struct{})
	return &tunnelListener{
		address: address,
		waiting: make(chan net.Conn),
		closed:  closed,
		close:   sync.OnceFunc(func() { close(closed) }),
	}
}

// offer gives the connection to Accept, or closes it when the listener is closed.
func (l *tunnelListener) offer(connection net.Conn) {
	select {
	case l.waiting <- connection:
	case <-l.closed:
		connection.Close()
	}
}

func (l *tunnelListener) Accept() (net.Conn, error) {
	select {
	case connection := <-l.waiting:
		return connection, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *tunnelListener) Close() error {
	l.close()
	return nil
}

func (l *tunnelListener) Addr() net.Addr { return l.address }
