package bitbucket

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"git-credential-bitbucket/store"
	"os"
	"slices"
	"strings"
)

// identify adds the certificate by which git shows who it is, from the files that git would read
// (git-config's http.sslCert and http.sslKey, and the variables that come before them).
func (n Network) identify(config *tls.Config) error {
	file := cmp.Or(n.Getenv("GIT_SSL_CERT"), n.Cert)
	if file == "" {
		return nil
	}
	keyFile := cmp.Or(n.Getenv("GIT_SSL_KEY"), n.Key, file)
	text, err := os.ReadFile(file)
	var key []byte
	if err == nil {
		key, err = os.ReadFile(keyFile)
	}
	if err != nil {
		return fmt.Errorf("%w: read git's client certificate: %w", ErrTLS, err)
	}
	if isEncrypted(key) {
		return fmt.Errorf("%w: the key of git's client certificate needs a passphrase, which this program does not ask for", ErrTLS)
	}
	certificate, err := tls.X509KeyPair(text, key)
	if err != nil {
		return fmt.Errorf("%w: read git's client certificate: %w", ErrTLS, err)
	}
	config.Certificates = []tls.Certificate{certificate}
	return nil
}

// isEncrypted reports whether a private key wants a passphrase, in either of PEM's forms.
func isEncrypted(key []byte) bool {
	return bytes.Contains(key, []byte("BEGIN ENCRYPTED PRIVATE KEY")) || bytes.Contains(key, []byte("Proc-Type: 4,ENCRYPTED"))
}

var errPin = errors.New("its key is not one of http.pinnedPubkey")

// pin lets a connection to Bitbucket stand only if its key is one of those that git is told of
// (https://curl.se/libcurl/c/CURLOPT_PINNEDPUBLICKEY.html).
func (n Network) pin(config *tls.Config) error {
	if n.Pinned == "" {
		return nil
	}
	isPinned, err := pinnedKeys(n.Pinned)
	if err != nil {
		return fmt.Errorf("%w: http.pinnedPubkey: %w", ErrTLS, err)
	}
	config.VerifyConnection = func(state tls.ConnectionState) error {
		if store.ServiceAt("https", state.ServerName) == store.Nowhere { // a proxy's, which curl does not pin
			return nil
		}
		if len(state.PeerCertificates) == 0 || !isPinned(state.PeerCertificates[0].RawSubjectPublicKeyInfo) {
			return errPin
		}
		return nil
	}
	return nil
}

// pinnedKeys reads http.pinnedPubkey: hashes, or the name of a file with one key.
func pinnedKeys(text string) (isPinned func(key []byte) bool, err error) {
	const scheme = "sha256//"
	if !strings.HasPrefix(text, scheme) {
		key, err := os.ReadFile(text)
		if err != nil {
			return nil, err
		}
		if block, _ := pem.Decode(key); block != nil {
			key = block.Bytes
		}
		if _, err := x509.ParsePKIXPublicKey(key); err != nil {
			return nil, fmt.Errorf("no public key in %s", text)
		}
		return func(other []byte) bool { return bytes.Equal(key, other) }, nil
	}
	var hashes []string
	for _, part := range strings.Split(text, ";") {
		hash, isHash := strings.CutPrefix(part, scheme)
		raw, err := base64.StdEncoding.DecodeString(hash)
		if !isHash || err != nil || len(raw) != sha256.Size {
			return nil, errors.New("a part is not sha256// and a hash")
		}
		hashes = append(hashes, hash)
	}
	return func(key []byte) bool {
		sum := sha256.Sum256(key)
		return slices.Contains(hashes, base64.StdEncoding.EncodeToString(sum[:]))
	}, nil
}
