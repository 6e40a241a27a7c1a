package check

import (
	"strings"
	"testing"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

func TestCleaned(t *testing.T) {
	x := &facts{entries: []store.Entry{{Username: "bo", Email: "b@x.example"}}}
	tests := map[string]string{
		"https://bo:p@bitbucket.org/a/b.git":                   "https://bo@bitbucket.org/a/b.git",
		"http://BO@www.Bitbucket.org:80/a/b":                   "https://BO@bitbucket.org/a/b",
		"https://b%40x.example:p@bitbucket.org/a/b":            "https://b%40x.example@bitbucket.org/a/b",
		"https://who%40x.example:p@bitbucket.org/a/b":          "https://bitbucket.org/a/b",
		"https://x-token-auth:t@bitbucket.org/a/b":             "https://bitbucket.org/a/b",
		"https://X-Bitbucket-Api-Token-Auth@bitbucket.org/a":   "https://bitbucket.org/a",
		"https://a%0Ahost=evil:p@bitbucket.org/a/b":            "https://bitbucket.org/a/b",
		"https://" + storetest.APIToken() + "@bitbucket.org/a": "https://bitbucket.org/a",
	}
	for text, want := range tests {
		address, _ := git.ParseAddress(text)
		if got := x.cleaned(address).String(); got != want {
			t.Errorf("%s: got %s, want %s", text, got, want)
		}
	}
}

// Advice is replaced if all of it was tried, by whatever words it comes.
func TestWithoutTried(t *testing.T) {
	token, other := tokens.New("a"), tokens.New("b")
	out := func(copy string, tokens ...tokens.Token) fix.Step {
		s := fix.TakeOut{File: "/x/.netrc", Copy: copy}
		for _, token := range tokens {
			s.Secrets = append(s.Secrets, found.Secret{User: "bo", Token: token})
		}
		return s
	}
	clean := func(keys ...string) fix.Step {
		s := fix.CleanAddresses{File: "/x/config"}
		for _, key := range keys {
			s.Changes = append(s.Changes, fix.AddressChange{Key: key, To: "https://bitbucket.org/a/b"})
		}
		return s
	}
	tried := map[fix.Effect]bool{}
	for _, s := range []fix.Step{out("copy-1", token), clean("k", "l"), fix.SetUp{File: "/x/.gitconfig", Lines: "one"}} {
		for _, d := range s.Effects() {
			tried[d] = true
		}
	}
	at := setup.Where{File: "/x/.netrc"}
	tests := []struct {
		name string
		d    report.Diagnosis
		want hint.Line
	}{
		{"tried, with another copy", report.Diagnosis{Do: report.FixCommand, Where: at, Steps: []fix.Step{out("copy-2", token)}}, setup.EditFile("/x/.netrc", 0)},
		{"tried, and there is more to do", report.Diagnosis{Do: report.FixCommand, Where: at, Steps: []fix.Step{out("c", token)}, Otherwise: "more"}, "more"},
		{"not all tried", report.Diagnosis{Do: report.FixCommand, Where: at, Steps: []fix.Step{out("c", token, other)}}, report.FixCommand},
		{"tried in the same file, for another line", report.Diagnosis{Do: report.FixCommand, Where: at, Steps: []fix.Step{clean("m")}}, report.FixCommand},
		{"one of several steps", report.Diagnosis{Do: report.FixCommand, Where: at, Steps: []fix.Step{clean("k"), fix.SetUp{File: "/y"}}}, report.FixCommand},
		{"all of several steps", report.Diagnosis{Do: report.FixCommand, Steps: []fix.Step{clean("l"), fix.SetUp{File: "/x/.gitconfig"}}}, ""},
		{"something else to type", report.Diagnosis{Do: "type this", Where: at}, "type this"},
	}
	for _, test := range tests {
		got := report.WithoutTried([]report.Diagnosis{test.d}, tried)[0]
		if got.Do != test.want || strings.Contains(got.Found, "did not help") == (got.Do == test.d.Do) {
			t.Errorf("%s: got %q, %q", test.name, got.Do, got.Found)
		}
	}
}

func TestCheckRetries(t *testing.T) {
	setting := func(value string) []git.Setting { return []git.Setting{{Key: "http.maxretries", Value: value}} }
	tests := []struct {
		version  git.Version
		settings []git.Setting
		want     report.Result
	}{
		{git.Version{Major: 2, Minor: 53}, nil, report.OK},
		{git.Version{Major: 2, Minor: 54}, nil, report.Warning},
		{git.Version{Major: 3, Minor: 0}, setting("0"), report.Warning},
		{git.Version{Major: 2, Minor: 55}, setting("1"), report.OK},
	}
	for _, test := range tests {
		x, out := &facts{gitVersion: test.version, settings: test.settings}, &report.Results{}
		if checkRetries(t.Context(), x, nil, out); out.Report[0].Result != test.want {
			t.Errorf("%v %v: got %s", test.version, test.settings, out.Report[0].Result)
		}
	}
}
