// Package storetest has what tests of stored tokens need: tokens that look real
// and are not, a contract that every vault keeps, and a keychain of one's own.
package storetest

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
)

// The beginnings of real tokens, by docs/bitbucket.md section 2.
const (
	apiPrefix     = "ATATT3xFfGF0"
	accessPrefix  = "ATCTT3xFfGN0"
	servicePrefix = "ATSTT3xFfGF0"
)

// APIToken makes a new token that has the shape, length and checksum of an API
// token and is good for nothing.
func APIToken() string { return token(apiPrefix, 192) }

// AccessToken does the same for an access token.
func AccessToken() string { return token(accessPrefix, 184) }

// ServiceAccountToken does the same for a service account's token, which has no scopes for Bitbucket.
func ServiceAccountToken() string { return token(servicePrefix, 192) }

// AppPassword makes a text of the shape of an app password.
func AppPassword() string { return "ATBB" + filler(24) + "DEADBEEF" }

// OldAppPassword makes one as they were before they had a shape: 20 characters.
func OldAppPassword() string { return filler(20) }

// token fills up to a length, with the = and the checksum at the end.
func token(prefix string, length int) string {
	body := prefix + filler(length-len(prefix)-9) + "="
	return fmt.Sprintf("%s%08X", body, crc32.ChecksumIEEE([]byte(body)))
}

func filler(length int) string {
	text := ""
	for len(text) < length {
		text += rand.Text()
	}
	return text[:length]
}

// OAuthToken makes an access token of OAuth, as another helper hands it over: of no shape, and
// over 2,500 bytes long (docs/bitbucket.md section 2).
func OAuthToken() string { return filler(4000) }
