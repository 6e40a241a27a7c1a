package bitbucket

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"testing"
)

// The forms of http.pinnedPubkey that curl reads: hashes, and a file in PEM or DER.
func TestPinnedKeys(t *testing.T) {
	newKey := func() []byte {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		der, err := x509.MarshalPKIXPublicKey(key.Public())
		if err != nil {
			t.Fatal(err)
		}
		return der
	}
	hash := func(key []byte) string {
		sum := sha256.Sum256(key)
		return "sha256//" + base64.StdEncoding.EncodeToString(sum[:])
	}
	ours, other := newKey(), newKey()
	der, inPEM, wrong := filepath.Join(t.TempDir(), "der"), filepath.Join(t.TempDir(), "pem"), filepath.Join(t.TempDir(), "wrong")
	for path, text := range map[string][]byte{der: ours, inPEM: pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: ours}), wrong: []byte("no key")} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name, pinned string
		good, fails  bool
	}{
		{"its hash", hash(ours), true, false},
		{"its hash among others", hash(other) + ";" + hash(ours), true, false},
		{"another's", hash(other), false, false},
		{"a file in DER", der, true, false},
		{"a file in PEM", inPEM, true, false},
		{"a file without a key", wrong, false, true},
		{"no file", der + "-not", false, true},
		{"half a hash", "sha256//AAAA", false, true},
		{"a part that is none", hash(ours) + ";sha1//AAAA", false, true},
	}
	for _, test := range tests {
		isPinned, err := pinnedKeys(test.pinned)
		if (err != nil) != test.fails {
			t.Errorf("%s: %v", test.name, err)
		}
		if err == nil && isPinned(ours) != test.good {
			t.Errorf("%s: pinned is %t", test.name, !test.good)
		}
	}
}

func TestIsEncrypted(t *testing.T) {
	for text, want := range map[string]bool{
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\n":                     true,
		"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n": true,
		"-----BEGIN PRIVATE KEY-----\n":                               false,
	} {
		if got := isEncrypted([]byte(text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
}
