package gitcredential

import (
	"testing"
	"time"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

// What a typed token takes the place of, and what it keeps of that.
func TestEntryOfTypedToken(t *testing.T) {
	now := time.Now()
	old := func(change func(*store.Entry)) *store.Entry {
		e := &store.Entry{ID: "old", Name: "work", Kind: tokens.KindAPIToken, Vault: store.FileVault, Email: "b@x.example", Username: "bo", Also: []string{"al"}, Accepted: now}
		change(e)
		return e
	}
	dead := old(func(e *store.Entry) { e.SetAside = &store.SetAside{At: now, Reason: store.ReasonDead} })
	api, access := tokens.New(storetest.APIToken()), tokens.New(storetest.AccessToken())
	tests := []struct {
		name           string
		old            *store.Entry
		token          tokens.Token
		replaces       bool
		wantName, for_ string
		vault          string
	}{
		{"nothing saved", nil, api, false, "bitbucket", "", store.KeychainVault},
		{"an access token is for the place", nil, access, false, "ws/repo", "ws/repo", store.KeychainVault},
		{"dead", dead, api, true, "work", "", store.FileVault},
		{"expired", old(func(e *store.Entry) { e.Expires = now.Add(-time.Hour) }), api, true, "work", "", store.FileVault},
		{"refused for good before it ever worked", old(func(e *store.Entry) {
			e.Accepted, e.SetAside = time.Time{}, &store.SetAside{At: now, Reason: store.ReasonRefused}
		}), api, true, "work", "", store.FileVault},
		{"not seen to work, and refused here alone", old(func(e *store.Entry) { e.Accepted = time.Time{} }), api, false, "ws/repo", "ws/repo", store.FileVault},
		{"at rest for some minutes", old(func(e *store.Entry) {
			e.SetAside = &store.SetAside{At: now, Until: now.Add(time.Minute), Reason: store.ReasonRefused}
		}), api, false, "ws/repo", "ws/repo", store.FileVault},
		{"another kind takes no place", dead, access, false, "ws/repo", "ws/repo", store.FileVault},
		{"refused here alone, it works elsewhere", old(func(*store.Entry) {}), api, false, "ws/repo", "ws/repo", store.FileVault},
		{"forgotten by git, it may be wanted again", old(func(e *store.Entry) { e.SetAside = &store.SetAside{At: now, Reason: store.ReasonForgotten} }), api, false,
			"ws/repo", "ws/repo", store.FileVault},
		{"of a command, which prints the old one", old(func(e *store.Entry) {
			e.Vault, e.SetAside = store.CommandVault, &store.SetAside{At: now, Reason: store.ReasonDead}
		}), api, false, "bitbucket", "", store.KeychainVault},
	}
	for _, test := range tests {
		w := &want{c: &credential.Credential{Path: "ws/repo.git"}, old: test.old}
		e, replaces := w.entry(test.token)
		if e.Name != test.wantName || e.For != test.for_ || e.Vault != test.vault || (replaces != nil) != test.replaces || !e.Guessed {
			t.Errorf("%s: got %+v, replaces %t", test.name, e, replaces != nil)
		}
		if replaces != nil && (e.Email != "b@x.example" || e.Username != "bo" || len(e.Also) != 1) {
			t.Errorf("%s: what is known is lost: %+v", test.name, e)
		}
	}
}
