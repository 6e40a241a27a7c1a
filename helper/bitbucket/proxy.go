package bitbucket

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
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
		return nil, fmt.Errorf("%w: its address cannot be read", ErrProxy)
	}
	exempt := n.firstOf("no_proxy", "NO_PROXY")
	return func(r *http.Request) (*url.URL, error) {
		if isExempt(exempt, r.URL.Hostname()) {
			return nil, nil
		}
		return proxy, nil
	}, nil
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

// isProxys reports whether an error came from the proxy and not from beyond it.
func isProxys(err error) bool {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "proxyconnect" {
		return true
	}
	// The proxy's own refusal of a CONNECT is only a text in net/http.
	return strings.HasSuffix(rootOf(err).Error(), http.StatusText(http.StatusProxyAuthRequired)) ||
		strings.HasSuffix(rootOf(err).Error(), http.StatusText(http.StatusForbidden))
}
