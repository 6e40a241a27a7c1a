package store_test

import (
	"strings"
	"testing"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func TestPlausibleUsername(t *testing.T) {
	plausible := []string{
		"b", "brandon", "Brandon", "brandon_two", "brandon-two", "brandon.two", "user1234567890123", "-x",
		"x-token-auth", "x-bitbucket-api-token-auth", "X-Token-Auth",
		"BrandonSmith1999", "Team-Build-Agent-2024", "a-very-long-name-of-a-bot-that-builds-all-day", "CONTINUOUSINTEGRATION",
		"build-2-win-x64-v3-r1", strings.Repeat("a", 62),
		"brandon@example.com", "o'brien+git@mail.example.co.uk", "Brandon.Smith1999@Example.com", strings.Repeat("a", 60) + "@example.com",
	}
	secrets := []string{
		"", strings.Repeat("a", 63), strings.Repeat("a", 190) + "@example.com",
		"two words", "tab\t", "brandon:x", "a/b", "a\\b", "ä", "…", "\x1b[31mred", "brandon\n", "{uuid}", "hunter2!", "x=y", "$TOKEN",
		"p@ssword", "@example.com", "brandon@", "brandon@example", "a@b@c.example", "a@b c.example",
		"aB3dE5gH7jK9mN1pQ3sT", "Xk9fQ2vLmR7tYw4Zb8Nc", "aBcDeFgHiJkLmNoPqRsT", "3f8a1c9e7b2d4f6a", "Xk9fQ2vLmR7tYw4Z@example.com",
		storetest.APIToken(), storetest.AccessToken(), storetest.AppPassword(), "x-" + storetest.APIToken(), "x." + storetest.AppPassword() + "@example.com",
		"BBDC-NjYwNTUxNjA5OTQxOoT",
	}
	for _, name := range append([]string{"", "CORP\\bob", "o'brien", "two words"}, plausible...) {
		if store.LooksSecret(name) {
			t.Errorf("%q looks like a secret", name)
		}
	}
	for _, name := range plausible {
		if !store.PlausibleUsername(name) {
			t.Errorf("%q is none", name)
		}
	}
	for _, name := range secrets {
		if store.PlausibleUsername(name) {
			t.Errorf("%q is one", name)
		}
	}
}

func TestHoldsToken(t *testing.T) {
	token := storetest.APIToken()
	for text, want := range map[string]bool{"": false, "brandon": false, "ATA": false, token: true, "x=" + token: true, "a " + token + " b": true,
		"https://" + storetest.AccessToken() + "@bitbucket.org": true, "ATATT": true, "the prefix ATATT": false} {
		if got := store.HoldsToken(text); got != want {
			t.Errorf("%s: got %t", tokens.Redact(text), got)
		}
	}
}
