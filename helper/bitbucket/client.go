package bitbucket

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"git-credential-bitbucket/store/tokens"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBody is how much of an answer is read, in bytes; all that matters is at its beginning.
	maxBody = 64 << 10
	// longestPause is the longest Retry-After that is waited for.
	longestPause = 3 * time.Second
	// troublePause is what a server in trouble is left alone for.
	troublePause = 300 * time.Millisecond
	maxRedirects = 3
)

// Network says how git itself would reach Bitbucket, by its system and global
// configuration. Empty fields leave it to the environment and the system.
type Network struct {
	Proxy    string // http.proxy
	ProxySet bool   // an empty Proxy means none at all, whatever the environment says
	CAFile   string // http.sslCAInfo
	CAPath   string // http.sslCAPath
	Cert     string // http.sslCert, a file
	Key      string // http.sslKey, a file; "" for the same
	Pinned   string // http.pinnedPubkey
	Getenv   func(string) string
	// Login asks git's helpers for the password of a proxy, whose address has a username alone.
	Login func(ctx context.Context, proxy *url.URL) (username, password string, err error)
}

// Client asks Bitbucket about tokens. It fetches and pushes nothing.
type Client struct {
	rest, git *http.Client
	version   string

	// ViaGit asks git's endpoint through git itself, where the way to it is one that only git's
	// curl can go; nil if there is no git. push: whether pushing is allowed, else reading.
	ViaGit func(ctx context.Context, username string, token tokens.Token, address string, push bool) (status int, text string, err error)
}

// NewClient makes a client for the two hosts, which git may reach by different
// ways. An error wraps ErrTLS or ErrProxy, and is about a file or an address.
func NewClient(version string, rest, git Network) (*Client, error) {
	c := &Client{version: version}
	var err error
	if c.rest, err = rest.client(); err != nil {
		return nil, err
	}
	if c.git, err = git.client(); err != nil {
		return nil, err
	}
	return c, nil
}

func (n Network) client() (*http.Client, error) {
	transport := &http.Transport{TLSHandshakeTimeout: 10 * time.Second, MaxResponseHeaderBytes: maxBody, OnProxyConnectResponse: refusedByProxy}
	var err error
	if transport.Proxy, err = n.proxy(); err != nil {
		return nil, err
	}
	if transport.TLSClientConfig, err = n.tls(); err != nil {
		return nil, err
	}
	return &http.Client{Transport: transport, CheckRedirect: stayOnHost}, nil
}

// stayOnHost follows a redirect only where the credential may go: to the same
// host, over TLS.
func stayOnHost(next *http.Request, before []*http.Request) error {
	if next.URL.Scheme != "https" || next.URL.Host != before[0].URL.Host || len(before) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

// tls trusts what git would: the file it is told of, in the environment first,
// or else the system's authorities, and those in a folder it is told of. That git
// may be told not to verify at all (http.sslVerify) is not followed: this is
// about a secret.
func (n Network) tls() (*tls.Config, error) {
	file, folder := cmp.Or(n.Getenv("GIT_SSL_CAINFO"), n.CAFile), cmp.Or(n.Getenv("GIT_SSL_CAPATH"), n.CAPath)
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	var err error
	if file != "" {
		config.RootCAs, err = poolFrom(file)
	}
	if err == nil && folder != "" {
		config.RootCAs, err = withFolder(config.RootCAs, folder)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: read the authorities that git trusts: %w", ErrTLS, err)
	}
	if err := n.identify(config); err != nil {
		return nil, err
	}
	return config, n.pin(config)
}

func poolFrom(file string) (*x509.CertPool, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("no certificate in %s", file)
	}
	return pool, nil
}

// withFolder adds a folder's certificates to a pool; nil is the system's.
func withFolder(pool *x509.CertPool, folder string) (*x509.CertPool, error) {
	if pool == nil {
		var err error
		if pool, err = x509.SystemCertPool(); err != nil {
			return nil, err
		}
	}
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		if pem, err := os.ReadFile(filepath.Join(folder, file.Name())); err == nil {
			pool.AppendCertsFromPEM(pem)
		}
	}
	return pool, nil
}

// answer is what is kept of a response.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ask sends a GET with an Authorization and reads the beginning of the answer.
// After 429 with Retry-After, and after a 5xx, it asks once more. An error wraps
// one of this package's kinds or the context's.
func (c *Client) ask(ctx context.Context, via *http.Client, url, authorization string) (*answer, error) {
	a, err := c.askOnce(ctx, via, url, authorization)
	if err != nil {
		return nil, err
	}
	pause, worthIt := a.pause()
	if !worthIt {
		return a, nil
	}
	select {
	case <-time.After(pause):
		return c.askOnce(ctx, via, url, authorization)
	case <-ctx.Done():
		return nil, kindOfTrouble(ctx.Err())
	}
}

// pause reports whether to ask once more, and after how long.
func (a *answer) pause() (time.Duration, bool) {
	if a.status >= 500 {
		return troublePause, true
	}
	seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
	pause := time.Duration(seconds) * time.Second
	return pause, a.status == http.StatusTooManyRequests && err == nil && seconds >= 0 && pause <= longestPause
}

func (c *Client) askOnce(ctx context.Context, via *http.Client, url, authorization string) (*answer, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, fmt.Errorf("ask Bitbucket: %w", err)
	}
	request.Header.Set("Authorization", authorization)
	request.Header.Set("User-Agent", "git-credential-bitbucket/"+c.version)
	response, err := via.Do(request)
	if err != nil {
		return nil, kindOfTrouble(err)
	}
	defer response.Body.Close()
	a := &answer{status: response.StatusCode, header: response.Header}
	if !a.wanted() {
		return a, nil
	}
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxBody)); err != nil {
		return nil, kindOfTrouble(err)
	}
	return a, nil
}

// wanted reports whether the body matters: what git's endpoint has to offer on
// success does not.
func (a *answer) wanted() bool {
	return a.status != http.StatusOK || strings.HasPrefix(a.header.Get("Content-Type"), "application/json")
}

// kindOfTrouble sorts what can go wrong on the way to an answer.
func kindOfTrouble(err error) error {
	var unknownAuthority x509.UnknownAuthorityError
	var hostname x509.HostnameError
	var invalid x509.CertificateInvalidError
	var record tls.RecordHeaderError
	var verification *tls.CertificateVerificationError
	var method *ProxyMethodError
	switch {
	case errors.As(err, &method):
		return fmt.Errorf("%w: %w", ErrProxy, method)
	case errors.Is(err, errPin):
		return fmt.Errorf("%w: %w", ErrTLS, errPin)
	case errors.Is(err, errProxyLogin):
		return fmt.Errorf("%w: %w", ErrProxy, errProxyLogin)
	case errors.Is(err, context.DeadlineExceeded), os.IsTimeout(err):
		return fmt.Errorf("%w: no answer in time", ErrUnreachable)
	case errors.As(err, &unknownAuthority), errors.As(err, &hostname), errors.As(err, &invalid),
		errors.As(err, &record), errors.As(err, &verification):
		return fmt.Errorf("%w: %w", ErrTLS, rootOf(err))
	case isProxyError(err):
		return fmt.Errorf("%w: %w", ErrProxy, rootOf(err))
	}
	return fmt.Errorf("%w: %w", ErrUnreachable, rootOf(err))
}

// rootOf leaves out net/http's own words around the cause, which hold the URL.
func rootOf(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
