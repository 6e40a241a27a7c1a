package bitbucket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// proxy chooses the proxy as git's curl does: http.proxy from the configuration,
// else https_proxy and all_proxy, but none for the hosts in no_proxy
// (https://curl.se/docs/manpage.html, "ENVIRONMENT").
func (n Network) proxy() (func(*http.Request) (*url.URL, error), error) {
	address := n.Proxy
	if !n.ProxySet {
		address = n.firstOf("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")
	}
	if address == "" {
		return nil, nil
	}
	if !strings.Contains(address, "://") {
		address = "http://" + address
	}
	proxy, err := url.Parse(address)
	if err != nil || proxy.Host == "" {
		return nil, fmt.Errorf("%w: its address is not valid", ErrProxy)
	}
	if !slices.Contains(proxySchemes, proxy.Scheme) {
		return nil, fmt.Errorf("%w: this program does not speak %s, as git does", ErrProxy, proxy.Scheme)
	}
	withLogin := sync.OnceValues(func() (*url.URL, error) { return n.withLogin(proxy) })
	exempt := n.firstOf("no_proxy", "NO_PROXY")
	return func(r *http.Request) (*url.URL, error) {
		if isExempt(exempt, r.URL.Hostname()) {
			return nil, nil
		}
		return withLogin()
	}, nil
}

// proxySchemes are the kinds of proxy that net/http speaks. Git's curl knows socks4 as well.
var proxySchemes = []string{"http", "https", "socks5", "socks5h"}

// errProxyLogin: the proxy's address has a username, and no password is known.
var errProxyLogin = errors.New("it wants a password, and git's helpers have none")

// withLogin adds a password to a proxy's address that has a username alone. Git asks its helpers
// for it, and so does this program, when the proxy is used.
func (n Network) withLogin(proxy *url.URL) (*url.URL, error) {
	if proxy.User == nil || n.Login == nil {
		return proxy, nil
	}
	if _, has := proxy.User.Password(); has {
		return proxy, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), loginWait)
	defer cancel()
	username, password, err := n.Login(ctx, proxy)
	if err != nil || password == "" {
		return nil, errProxyLogin
	}
	with := *proxy
	with.User = url.UserPassword(username, password)
	return &with, nil
}

// loginWait bounds how long git's helpers may take for a proxy's password.
const loginWait = 10 * time.Second

// ProxyMethodError: a proxy wants a kind of login that net/http does not have, such as NTLM.
type ProxyMethodError struct{ Methods []string }

// OnlyGitGetsThrough reports whether git's endpoint may be asked although REST could not be: the
// proxy on the way wants a login that git's curl has.
func OnlyGitGetsThrough(err error) bool {
	var method *ProxyMethodError
	return errors.As(err, &method)
}

func (e *ProxyMethodError) Error() string {
	return "it wants a login by " + strings.Join(e.Methods, " or ")
}

// refusedByProxy tells apart what a proxy wants that did not open the way. With Basic there was a
// login, and it was wrong.
func refusedByProxy(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
	if answer.StatusCode != http.StatusProxyAuthRequired {
		return nil
	}
	var methods []string
	for _, challenge := range answer.Header.Values("Proxy-Authenticate") {
		method, _, _ := strings.Cut(challenge, " ")
		if strings.EqualFold(method, "basic") {
			return nil
		}
		methods = append(methods, method)
	}
	if len(methods) == 0 {
		return nil
	}
	return &ProxyMethodError{methods}
}

func (n Network) firstOf(names ...string) string {
	for _, name := range names {
		if value := n.Getenv(name); value != "" {
			return value
		}
	}
	return ""
}

// isExempt reports whether a list of hosts names this one or a domain that it is in. Two
// names are all that is ever asked about, so addresses and ranges need not be understood:
// golang.org/x/net/http/httpproxy, which does, costs every fetch a sixtieth.
func isExempt(list, host string) bool {
	if list == "*" {
		return true
	}
	for _, name := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' }) {
		name = strings.ToLower(strings.TrimPrefix(name, "."))
		if host == name || strings.HasSuffix(host, "."+name) {
			return true
		}
	}
	return false
}

// isProxyError reports whether an error came from the proxy and not from beyond it.
func isProxyError(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		return true
	}
	// The proxy's own refusal of a CONNECT is only a text in net/http.
	return strings.HasSuffix(rootOf(err).Error(), http.StatusText(http.StatusProxyAuthRequired)) ||
		strings.HasSuffix(rootOf(err).Error(), http.StatusText(http.StatusForbidden))
}
