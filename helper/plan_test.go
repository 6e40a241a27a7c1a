package helper

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

var inKeychain = place{vault: store.KeychainVault}

func TestJudgeFound(t *testing.T) {
	const sentinel = "x-token-auth"
	tests := []struct {
		name       string
		kind       tokens.Kind
		user       string
		asItIs     error
		asItShould error
		want       foundVerdict
	}{
		{"an app password by its shape", tokens.KindAppPassword, "bo", errNotAsked, errNotAsked, foundAppPassword},
		{"one without a shape, by 410", tokens.KindPassword, "bo", bitbucket.ErrAppPassword, bitbucket.ErrAppPassword, foundAppPassword},
		{"a password, not asked about", tokens.KindPassword, "bo", errNotAsked, errNotAsked, foundUnknown},
		{"a password that works", tokens.KindPassword, "bo", nil, nil, foundGood},
		{"a password without the scope", tokens.KindPassword, "bo", bitbucket.ErrScope, bitbucket.ErrScope, foundGood},
		{"a password that is refused", tokens.KindPassword, "bo", bitbucket.ErrRefused, bitbucket.ErrRefused, foundRefused},
		{"no such repository says nothing", tokens.KindPassword, "bo", bitbucket.ErrNoAccess, bitbucket.ErrNoAccess, foundUnknown},
		{"nor does a busy Bitbucket", tokens.KindAPIToken, "bo", bitbucket.ErrRateLimit, bitbucket.ErrRateLimit, foundUnknown},
		{"the wrong product", tokens.KindDataCenter, "bo", errNotAsked, errNotAsked, foundUseless},
		{"what has no scopes yet", tokens.KindServiceAccount, "bo", errNotAsked, errNotAsked, foundUseless},
		{"an API token that works", tokens.KindAPIToken, "bo", nil, nil, foundGood},
		{"with the email", tokens.KindAPIToken, "b@x.example", bitbucket.ErrRefused, nil, foundWrongName},
		{"with the email, not asked about", tokens.KindAPIToken, "b@x.example", errNotAsked, errNotAsked, foundWrongName},
		{"with a name, not asked about", tokens.KindAPIToken, "bo", errNotAsked, errNotAsked, foundUnknown},
		{"with another's name", tokens.KindAPIToken, "al", bitbucket.ErrRefused, bitbucket.ErrScope, foundWrongName},
		{"dead", tokens.KindAPIToken, "b@x.example", bitbucket.ErrRefused, bitbucket.ErrRefused, foundRefused},
		{"refused once, then nobody could be asked", tokens.KindAPIToken, "bo", bitbucket.ErrRefused, bitbucket.ErrUnreachable, foundUnknown},
		{"an access token with a person's name", tokens.KindAccessToken, "bo", errNotAsked, errNotAsked, foundWrongName},
		{"an access token with its own", tokens.KindAccessToken, sentinel, errNotAsked, errNotAsked, foundUnknown},
	}
	for _, test := range tests {
		if got := judgeFound(test.kind, test.user, test.asItIs, test.asItShould); got != test.want {
			t.Errorf("%s: got %d, want %d", test.name, got, test.want)
		}
	}
}

func TestNextSteps(t *testing.T) {
	report := []diagnosis{
		{result: resultOK, cause: causeUnreadable, do: "never"},
		{result: resultSkipped, cause: causeURL, do: "nor this"},
		{result: resultWarning, cause: causeURL, do: "a warning"},
		{result: resultError, cause: causeNoToken, do: "store"},
		{result: resultError, cause: causeHelper, do: fixCommand},
		{result: resultWarning, cause: causeLeftover, do: fixCommand},
		{result: resultError, cause: causeNetrc, do: "netrc"},
		{result: resultError, cause: causeURL, do: ""},
		{result: resultWarning, cause: causeVersion, do: "a warning"},
	}
	want := []nextStep{{"netrc", 1}, {fixCommand, 2}, {"store", 1}, {"a warning", 2}}
	if got := nextSteps(report); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := nextSteps(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

func TestPlanOf(t *testing.T) {
	token, other := tokens.New(storetest.APIToken()), tokens.New(storetest.APIToken())
	save := saveToken{foundSecret{user: "bo", token: token, verdict: foundGood}, "remote origin", "bo", inKeychain}
	again := saveToken{foundSecret{user: "bo@x.example", token: token}, "remote other", "bo", inKeychain}
	second := saveToken{foundSecret{token: other}, "remote third", "bo-2", inKeychain}
	a, b := addressChange{key: "remote.a.url", to: "https://bitbucket.org/a/a"}, addressChange{key: "remote.b.url", to: "https://bitbucket.org/b/b"}
	dead, dead2 := foundSecret{user: "x", token: other}, foundSecret{user: "y", token: other}
	cache := git.Helper{Command: "cache"}
	also := addAlso{"id", "bo", "alice", nil}
	path := switchOn{scope: git.Global, section: "credential", sub: "x", name: "useHttpPath", value: "true"}
	inPlace := func(place string) saveToken {
		return saveToken{foundSecret{token: other, repository: place}, "x", "x", inKeychain}
	}
	of := func(steps ...step) diagnosis { return diagnosis{result: resultError, steps: steps} }
	tests := []struct {
		name   string
		report []diagnosis
		want   []step
	}{
		{"nothing", []diagnosis{{result: resultError, do: "by hand"}}, nil},
		{"a token is saved before it loses its place", []diagnosis{of(cleanAddresses{"f", []addressChange{a}}, save)},
			[]step{save, cleanAddresses{"f", []addressChange{a}}}},
		{"one token in two places is saved once", []diagnosis{of(save), of(again), of(second)}, []step{save, second}},
		{"for all the places where it was found", []diagnosis{of(inPlace("ws/a")), of(inPlace("ws/b"))}, []step{inPlace("ws")}},
		{"even in two workspaces", []diagnosis{of(inPlace("ws/a")), of(inPlace("ws/b")), of(inPlace("x/b"))}, []step{inPlace("")}},
		{"each further name for a token keeps the earlier ones", []diagnosis{of(also, addAlso{"id", "bo", "bob", nil}, addAlso{"other", "x", "y", []string{"z"}})},
			[]step{also, addAlso{"id", "bo", "bob", []string{"alice"}}, addAlso{"other", "x", "y", []string{"z"}}}},
		{"the changes of one file are one step", []diagnosis{of(cleanAddresses{"f", []addressChange{a}}), of(cleanAddresses{"g", []addressChange{a}}),
			of(cleanAddresses{"f", []addressChange{b}}), of(cleanAddresses{"f", []addressChange{a}})},
			[]step{cleanAddresses{"f", []addressChange{a, b}}, cleanAddresses{"g", []addressChange{a}}}},
		{"so are the lines of one file", []diagnosis{of(takeOut{"f", false, []foundSecret{dead}, "c"}), of(takeOut{"f", false, []foundSecret{dead2}, "c"}),
			of(takeOut{"f", false, []foundSecret{dead}, "c"})},
			[]step{takeOut{"f", false, []foundSecret{dead, dead2}, "c"}}},
		{"whatever is said twice is done once", []diagnosis{of(also, path, setUp{}, forgetInHelper{cache, dead, ""}), of(also, path, setUp{}, forgetInHelper{cache, dead, ""})},
			[]step{also, forgetInHelper{cache, dead, ""}, path, setUp{}}},
		{"files are changed, exactly and with a copy, before a helper forgets what it likes; git is set up last",
			[]diagnosis{of(setUp{}), of(forgetInHelper{cache, dead, ""}), of(takeOut{"f", true, nil, "c"})},
			[]step{takeOut{"f", true, nil, "c"}, forgetInHelper{cache, dead, ""}, setUp{}}},
		{"setup sends the path itself, if it needs to", []diagnosis{of(path), of(setUp{lines: "useHttpPath = true"})},
			[]step{setUp{lines: "useHttpPath = true"}}},
	}
	for _, test := range tests {
		if got := planOf(test.report, nil); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.name, got, test.want)
		}
	}
}

// Every step tells what it does and how to undo it, and no secret.
func TestStepsTell(t *testing.T) {
	token := tokens.New(storetest.APIToken())
	password := tokens.New("secret-password")
	steps := []step{
		saveToken{foundSecret{user: "bo", token: token}, "remote origin", "bo", inKeychain},
		addAlso{"id", "bo", "alice", []string{"o'brien"}},
		cleanAddresses{"/x/config", []addressChange{{key: "remote.o.url", from: "http://bitbucket.org/a/b", to: "https://bitbucket.org/a/b"}}},
		cleanAddresses{"/x/config", []addressChange{{key: "k", from: "http://a", to: "https://c"}, {key: "k", from: "http://b", to: "https://c", password: true}}},
		cleanAddresses{"/x/config", []addressChange{{key: "url.https://bitbucket.org/.insteadOf", rule: true, password: true}}},
		forgetInHelper{git.Helper{Command: "!echo secret-password"}, foundSecret{user: "bo", token: password}, "ws/repo.git"},
		takeOut{"/x/.netrc", false, []foundSecret{{user: "bo", token: password}, {token: token}}, "/x/.netrc.before-1"},
		switchOn{scope: git.Local, file: "/x y/config", section: "lfs", sub: "u", name: "access", value: "basic", why: "it works"},
		setUp{"/x/.gitconfig", "[credential]\n\thelper =\n"},
	}
	undos := []string{
		"git credential-bitbucket erase bo",
		`git credential-bitbucket edit bo --also '' --also 'o'\''brien'`,
		"git config --file /x/config --fixed-value --replace-all remote.o.url http://bitbucket.org/a/b https://bitbucket.org/a/b",
		"git config --file /x/config --fixed-value --unset-all k https://c; git config --file /x/config --add k http://a; " +
			"git config --file /x/config --add k http://b; the password is not kept",
		"none; the password is not kept",
		"none; it is good for nothing",
		"cp /x/.netrc.before-1 /x/.netrc",
		"git config --file '/x y/config' --unset lfs.u.access",
		"git credential-bitbucket setup --undo",
	}
	for i, s := range steps {
		if got := string(s.undo()); got != undos[i] {
			t.Errorf("%T: undo is %s, want %s", s, got, undos[i])
		}
		what := strings.Join(s.what(), "\n")
		if what == "" || strings.Contains(what, token.Reveal()) || strings.Contains(what, "secret-password") {
			t.Errorf("%T tells %q", s, what)
		}
	}
}

func TestSaveTokenEntry(t *testing.T) {
	api, access := tokens.New(storetest.APIToken()), tokens.New(storetest.AccessToken())
	tests := []struct {
		found                       foundSecret
		name, username, email, for_ string
	}{
		{foundSecret{user: "bo", token: api, repository: "ws/repo", verdict: foundGood}, "bo", "bo", "", ""},
		{foundSecret{user: "b@x.example", token: api, verdict: foundWrongName}, "b@x.example", "", "b@x.example", ""},
		{foundSecret{user: "x-bitbucket-api-token-auth", token: api}, "bitbucket", "", "", ""},
		{foundSecret{user: "a b\n", token: api}, "bitbucket", "", "", ""},
		{foundSecret{user: "bo", token: access, repository: "ws/repo"}, "ws/repo", "", "", "ws/repo"},
	}
	for _, test := range tests {
		e := saveToken{test.found, "x", "", inKeychain}.entry()
		if e.Name != test.name || e.Username != test.username || e.Email != test.email || e.For != test.for_ || !e.Accepted.IsZero() || !e.Guessed {
			t.Errorf("%v: got %+v", test.found, e)
		}
	}
}

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

func TestCleanAddressesKeepsTokens(t *testing.T) {
	token := tokens.New(storetest.APIToken())
	change := addressChange{key: "remote.o.url", from: "https://bo@bitbucket.org/a/b", secret: foundSecret{token: token}}
	saved := func(isSaved bool) func(tokens.Token) bool {
		return func(asked tokens.Token) bool { return isSaved && asked == token }
	}
	for _, verdict := range []foundVerdict{foundGood, foundRefused} {
		change.secret.verdict = verdict
		if err := change.isSafe(saved(false)); !errors.Is(err, errTokenWouldBeLost) {
			t.Errorf("a token that nobody saved: %v", err)
		}
		if err := change.isSafe(saved(true)); err != nil {
			t.Errorf("a saved one: %v", err)
		}
	}
	if err := (addressChange{secret: foundSecret{token: tokens.New("old"), verdict: foundAppPassword}}).isSafe(saved(false)); err != nil {
		t.Errorf("a password: %v", err)
	}
	s := cleanAddresses{"f", []addressChange{change}}
	for text, planned := range map[string]bool{"https://bo:" + token.Reveal() + "@bitbucket.org/a/b": true,
		"https://bo:another@bitbucket.org/a/b": false, "https://bo@bitbucket.org/a/b": false, "https://al:" + token.Reveal() + "@bitbucket.org/a/b": false} {
		address, _ := git.ParseAddress(text)
		if got := s.changeOf(false, "remote.o.url", address) != nil; got != planned {
			t.Errorf("%s: planned is %t", address, got)
		}
		if s.changeOf(false, "remote.p.url", address) != nil {
			t.Errorf("%s: planned for another remote", address)
		}
	}
}

// What a step finds when it is carried out counts, not what was there when the
// plan was shown.
func TestStepsLookAgain(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir()) // a shell reads it
	write := func(name, text string, mode os.FileMode) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		return filepath.ToSlash(path)
	}
	old := foundSecret{user: "bo", token: tokens.New("old"), verdict: foundAppPassword}
	netrc := write("netrc", "machine bitbucket.org login al password old\nmachine bitbucket.org login bo password new\n", 0o600)
	out := takeOut{netrc, false, []foundSecret{old}, netrc + ".copy"}
	if err := out.run(t.Context(), &Run{}); !errors.Is(err, errDoneAlready) {
		t.Errorf("take out what is there no more: %v", err)
	}
	if text, _ := os.ReadFile(netrc); strings.Count(string(text), "machine") != 2 {
		t.Errorf("left: %s", text)
	}
	if runtime.GOOS == "windows" {
		return // a script is no program there
	}
	moved := write("config", "[remote \"o\"]\n\turl = https://bo:old@bitbucket.org/a/b\n", 0o600)
	clean := cleanAddresses{moved, []addressChange{{key: "remote.o.url", from: "https://bo@bitbucket.org/a/b", to: "https://bitbucket.org/a/b", secret: old}}}
	if err := errors.Join(os.Rename(moved, moved+".real"), os.Symlink(moved+".real", moved)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []step{clean, switchOn{scope: git.Local, file: moved, section: "lfs", sub: "u", name: "access", value: "basic"}} {
		if err := s.run(t.Context(), &Run{}); !errors.Is(err, errMoved) {
			t.Errorf("%T: change a file that has become a link: %v", s, err)
		}
	}
	helper := write("git-credential-cache", "#!/bin/sh\necho \"$1\" >>"+dir+"/calls\n[ \"$1\" != get ] || printf 'username=bo\\npassword=new\\n'\n", 0o700)
	forget := forgetInHelper{git.Helper{Command: helper}, old, ""}
	if err := forget.run(t.Context(), &Run{}); !errors.Is(err, errDoneAlready) {
		t.Errorf("forget what it holds no more: %v", err)
	}
	if calls, _ := os.ReadFile(filepath.Join(dir, "calls")); string(calls) != "get\n" {
		t.Errorf("it was asked to %q", calls)
	}
}

// Advice is replaced if all of it was tried, by whatever words it comes.
func TestWithoutTried(t *testing.T) {
	token, other := tokens.New("a"), tokens.New("b")
	out := func(copy string, tokens ...tokens.Token) step {
		s := takeOut{file: "/x/.netrc", copy: copy}
		for _, token := range tokens {
			s.secrets = append(s.secrets, foundSecret{user: "bo", token: token})
		}
		return s
	}
	clean := func(keys ...string) step {
		s := cleanAddresses{file: "/x/config"}
		for _, key := range keys {
			s.changes = append(s.changes, addressChange{key: key, to: "https://bitbucket.org/a/b"})
		}
		return s
	}
	tried := map[deed]bool{}
	for _, s := range []step{out("copy-1", token), clean("k", "l"), setUp{file: "/x/.gitconfig", lines: "one"}} {
		for _, d := range s.deeds() {
			tried[d] = true
		}
	}
	at := setup.Where{File: "/x/.netrc"}
	tests := []struct {
		name string
		d    diagnosis
		want console.CommandLine
	}{
		{"tried, with another copy", diagnosis{do: fixCommand, where: at, steps: []step{out("copy-2", token)}}, "edit /x/.netrc"},
		{"tried, and there is more to do", diagnosis{do: fixCommand, where: at, steps: []step{out("c", token)}, otherwise: "more"}, "more"},
		{"not all tried", diagnosis{do: fixCommand, where: at, steps: []step{out("c", token, other)}}, fixCommand},
		{"tried in the same file, for another line", diagnosis{do: fixCommand, where: at, steps: []step{clean("m")}}, fixCommand},
		{"one of several steps", diagnosis{do: fixCommand, where: at, steps: []step{clean("k"), setUp{file: "/y"}}}, fixCommand},
		{"all of several steps", diagnosis{do: fixCommand, steps: []step{clean("l"), setUp{file: "/x/.gitconfig"}}}, ""},
		{"something else to type", diagnosis{do: "type this", where: at}, "type this"},
	}
	for _, test := range tests {
		got := withoutTried([]diagnosis{test.d}, tried)[0]
		if got.do != test.want || strings.Contains(got.found, "not helped") == (got.do == test.d.do) {
			t.Errorf("%s: got %q, %q", test.name, got.do, got.found)
		}
	}
}

func TestForgetLine(t *testing.T) {
	const request = `printf 'protocol=https\nhost=bitbucket.org\n`
	tests := []struct{ command, user, want string }{
		{"cache --timeout 9", "bo", request + `username=bo\n\n' | git credential-cache --timeout 9 erase`},
		{"/usr/lib/git-credential-libsecret", "", request + `\n' | /usr/lib/git-credential-libsecret erase`},
		{"store", "100%", request + `username=%s\n\n' 100% | git credential-store erase`},
		{"store", "o'brien", request + `username=%s\n\n' 'o'\''brien' | git credential-store erase`},
		{"st\x1bore", "a b", request + `username=%s\n\n' 'a b' | git credential-st?ore erase`},
	}
	for _, test := range tests {
		if got := string(forgetLine(git.Helper{Command: test.command}, test.user)); got != test.want {
			t.Errorf("%s, %s: got %s, want %s", test.command, test.user, got, test.want)
		}
	}
}

func TestUndoOfMany(t *testing.T) {
	var s cleanAddresses
	for range 25 {
		s.changes = append(s.changes, addressChange{key: "k", from: "http://a", to: "https://b"})
	}
	if s.undo(); strings.Count(string(s.undo()), ";") != mostLines || !strings.HasSuffix(string(s.undo()), "; and so on") {
		t.Errorf("got %s", s.undo())
	}
	s.changes = []addressChange{{}, {password: true}}
	if s.undo() != "none; the password is not kept" {
		t.Errorf("got %s", s.undo())
	}
}

func TestCheckRetries(t *testing.T) {
	setting := func(value string) []git.Setting { return []git.Setting{{Key: "http.maxretries", Value: value}} }
	tests := []struct {
		version  git.Version
		settings []git.Setting
		want     result
	}{
		{git.Version{Major: 2, Minor: 53}, nil, resultOK},
		{git.Version{Major: 2, Minor: 54}, nil, resultWarning},
		{git.Version{Major: 3, Minor: 0}, setting("0"), resultWarning},
		{git.Version{Major: 2, Minor: 55}, setting("1"), resultOK},
	}
	for _, test := range tests {
		x, out := &facts{gitVersion: test.version, settings: test.settings}, &results{}
		if checkRetries(t.Context(), x, nil, out); out.report[0].result != test.want {
			t.Errorf("%v %v: got %s", test.version, test.settings, out.report[0].result)
		}
	}
}

func TestCheckOwnPath(t *testing.T) {
	for path, good := range map[string]bool{"/bin/git-credential-bitbucket": true, "/my bin/git-credential-bitbucket": true,
		"/bin/renamed": false, "/a\nb/git-credential-bitbucket": false} {
		if err := setup.CheckOwnPath(path); (err == nil) != good {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestHelperCommand(t *testing.T) {
	tests := map[string]string{
		"/usr/bin/git-credential-bitbucket": "/usr/bin/git-credential-bitbucket",
		"/my home/é/x":                      `/my\ home/é/x`,
		`/a'b"c\d$e;f`:                      `/a\'b\"c\\d\$e\;f`,
	}
	if runtime.GOOS == "windows" {
		tests = map[string]string{`C:\My Programs\é\x.exe`: `C:/My\ Programs/é/x.exe`, `\\server\share\x.exe`: `//server/share/x.exe`}
	}
	for path, want := range tests {
		got := setup.HelperCommand(path)
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if back := (git.Helper{Command: got}).Program(); back != filepath.ToSlash(path) {
			t.Errorf("%s reads back as %s", got, back)
		}
	}
}
