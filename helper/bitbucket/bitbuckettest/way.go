package bitbuckettest

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
)

// ProxyLogin is what the proxy wants before it opens a tunnel. The zero value is nothing.
type ProxyLogin struct {
	Username, Password string // by Basic
	// OnlyGit: by NTLM, which this proxy does not speak: it lets git's curl in, and no other program.
	OnlyGit bool
}

// ProxyAddress is the proxy's host and port.
func (s *Server) ProxyAddress() string { return s.address }

// WantLogin lets the proxy want a login from now on.
func (s *Server) WantLogin(login ProxyLogin) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.login = login
}

// refusesTunnel answers a CONNECT that brings no good login.
func (s *Server) refusesTunnel(w http.ResponseWriter, r *http.Request) bool {
	s.mu.Lock()
	login := s.login
	s.mu.Unlock()
	challenge := ""
	switch {
	case login.OnlyGit && !strings.HasPrefix(r.UserAgent(), "git/"):
		challenge = "NTLM"
	case login.Username != "" && r.Header.Get("Proxy-Authorization") != basicLogin(login.Username, login.Password):
		challenge = `Basic realm="proxy"`
	default:
		return false
	}
	w.Header().Set("Proxy-Authenticate", challenge)
	http.Error(w, "the proxy wants a login", http.StatusProxyAuthRequired)
	return true
}

func basicLogin(username, password string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(username+":"+password))
}

// WantCertificate lets the site want a client's certificate from now on, and writes one that serves:
// client.pem, and its key client.key.
func (s *Server) WantCertificate() (certificate, key string, err error) {
	issued, err := s.authority.issueFor("client", x509.ExtKeyUsageClientAuth)
	if err != nil {
		return "", "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(issued.PrivateKey)
	if err != nil {
		return "", "", fmt.Errorf("writing the client's key: %w", err)
	}
	certificate, key = filepath.Join(s.dir, "client.pem"), filepath.Join(s.dir, "client.key")
	for path, block := range map[string]*pem.Block{
		certificate: {Type: "CERTIFICATE", Bytes: issued.Certificate[0]},
		key:         {Type: "PRIVATE KEY", Bytes: der},
	} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			return "", "", fmt.Errorf("writing the client's certificate: %w", err)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wantsCertificate = true
	return certificate, key, nil
}

// tlsFor is how the site meets one client.
func (s *Server) tlsFor(hello *tls.ClientHelloInfo) (*tls.Config, error) {
	s.waitRoundTrip(hello.Context())
	s.mu.Lock()
	defer s.mu.Unlock()
	config := &tls.Config{GetCertificate: s.certificate}
	if s.wantsCertificate {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, s.authority.pool()
	}
	return config, nil
}

// Pin is what git's http.pinnedPubkey names the key of a host by, from now on the same one.
func (s *Server) Pin(host string) (string, error) {
	issued, err := s.authority.issue(host)
	if err != nil {
		return "", err
	}
	certificate, err := x509.ParseCertificate(issued.Certificate[0])
	if err != nil {
		return "", fmt.Errorf("reading the certificate of %s: %w", host, err)
	}
	s.mu.Lock()
	s.issued[host] = issued
	s.mu.Unlock()
	sum := sha256.Sum256(certificate.RawSubjectPublicKeyInfo)
	return "sha256//" + base64.StdEncoding.EncodeToString(sum[:]), nil
}
