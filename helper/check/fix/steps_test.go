package fix

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/storetest"
	"git-credential-bitbucket/store/tokens"
)

var inKeychain = program.Place{Vault: store.KeychainVault}

func TestPlanOf(t *testing.T) {
	token, other := tokens.New(storetest.APIToken()), tokens.New(storetest.APIToken())
	save := SaveToken{found.Secret{User: "bo", Token: token, Verdict: found.Good}, "remote origin", "bo", inKeychain}
	again := SaveToken{found.Secret{User: "bo@x.example", Token: token}, "remote other", "bo", inKeychain}
	second := SaveToken{found.Secret{Token: other}, "remote third", "bo-2", inKeychain}
	a, b := AddressChange{Key: "remote.a.url", To: "https://bitbucket.org/a/a"}, AddressChange{Key: "remote.b.url", To: "https://bitbucket.org/b/b"}
	dead, dead2 := found.Secret{User: "x", Token: other}, found.Secret{User: "y", Token: other}
	cache := git.Helper{Command: "cache"}
	also := AddAlso{ID: "id", Entry: "bo", Name: "alice"}
	path := SwitchOn{Scope: git.Global, Section: "credential", Sub: "x", Name: "useHttpPath", Value: "true"}
	inPlace := func(place string) SaveToken {
		return SaveToken{found.Secret{Token: other, Repository: place}, "x", "x", inKeychain}
	}
	of := func(steps ...Step) []Step { return steps }
	tests := []struct {
		name   string
		report [][]Step
		want   []Step
	}{
		{"nothing", nil, nil},
		{"a token is saved before it loses its place", [][]Step{of(CleanAddresses{"f", []AddressChange{a}}, save)},
			[]Step{save, CleanAddresses{"f", []AddressChange{a}}}},
		{"one token in two places is saved once", [][]Step{of(save), of(again), of(second)}, []Step{save, second}},
		{"for all the places where it was found", [][]Step{of(inPlace("ws/a")), of(inPlace("ws/b"))}, []Step{inPlace("ws")}},
		{"even in two workspaces", [][]Step{of(inPlace("ws/a")), of(inPlace("ws/b")), of(inPlace("x/b"))}, []Step{inPlace("")}},
		{"each further name for a token keeps the earlier ones", [][]Step{of(also, AddAlso{ID: "id", Entry: "bo", Name: "bob"}, AddAlso{ID: "other", Entry: "x", Name: "y", Known: []string{"z"}})},
			[]Step{also, AddAlso{ID: "id", Entry: "bo", Name: "bob", Known: []string{"alice"}}, AddAlso{ID: "other", Entry: "x", Name: "y", Known: []string{"z"}}}},
		{"the changes of one file are one step", [][]Step{of(CleanAddresses{"f", []AddressChange{a}}), of(CleanAddresses{"g", []AddressChange{a}}),
			of(CleanAddresses{"f", []AddressChange{b}}), of(CleanAddresses{"f", []AddressChange{a}})},
			[]Step{CleanAddresses{"f", []AddressChange{a, b}}, CleanAddresses{"g", []AddressChange{a}}}},
		{"so are the lines of one file", [][]Step{of(TakeOut{"f", false, []found.Secret{dead}, "c"}), of(TakeOut{"f", false, []found.Secret{dead2}, "c"}),
			of(TakeOut{"f", false, []found.Secret{dead}, "c"})},
			[]Step{TakeOut{"f", false, []found.Secret{dead, dead2}, "c"}}},
		{"whatever is said twice is done once", [][]Step{of(also, path, SetUp{}, ForgetInHelper{cache, dead, ""}), of(also, path, SetUp{}, ForgetInHelper{cache, dead, ""})},
			[]Step{also, ForgetInHelper{cache, dead, ""}, path, SetUp{}}},
		{"files are changed, exactly and with a copy, before a helper forgets what it likes; git is set up last",
			[][]Step{of(SetUp{}), of(ForgetInHelper{cache, dead, ""}), of(TakeOut{"f", true, nil, "c"})},
			[]Step{TakeOut{"f", true, nil, "c"}, ForgetInHelper{cache, dead, ""}, SetUp{}}},
		{"setup sends the path itself, if it needs to", [][]Step{of(path), of(SetUp{Lines: "useHttpPath = true"})},
			[]Step{SetUp{Lines: "useHttpPath = true"}}},
	}
	for _, test := range tests {
		if got := Plan(slices.Concat(test.report...), nil); !reflect.DeepEqual(got, test.want) {
			t.Errorf("%s:\ngot  %v\nwant %v", test.name, got, test.want)
		}
	}
}

// Every step says what it does and how to undo it, and no secret.
func TestStepsTell(t *testing.T) {
	token := tokens.New(storetest.APIToken())
	password := tokens.New("secret-password")
	steps := []Step{
		SaveToken{found.Secret{User: "bo", Token: token}, "remote origin", "bo", inKeychain},
		AddAlso{ID: "id", Entry: "bo", Name: "alice", Known: []string{"o'brien"}},
		CleanAddresses{"/x/config", []AddressChange{{Key: "remote.o.url", From: "http://bitbucket.org/a/b", To: "https://bitbucket.org/a/b"}}},
		CleanAddresses{"/x/config", []AddressChange{{Key: "k", From: "http://a", To: "https://c"}, {Key: "k", From: "http://b", To: "https://c", Password: true}}},
		CleanAddresses{"/x/config", []AddressChange{{Key: "url.https://bitbucket.org/.insteadOf", Rule: true, Password: true}}},
		ForgetInHelper{git.Helper{Command: "!echo secret-password"}, found.Secret{User: "bo", Token: password}, "ws/repo.git"},
		TakeOut{"/x/.netrc", false, []found.Secret{{User: "bo", Token: password}, {Token: token}}, "/x/.netrc.before-1"},
		SwitchOn{Scope: git.Local, File: "/x y/config", Section: "lfs", Sub: "u", Name: "access", Value: "basic", Why: "it works"},
		SetUp{File: "/x/.gitconfig", Lines: "[credential]\n\thelper =\n"},
	}
	undos := []string{
		"git credential-bitbucket erase bo",
		`git credential-bitbucket edit bo --also '' --also 'o'\''brien'`,
		"git config --file /x/config --fixed-value --replace-all remote.o.url http://bitbucket.org/a/b https://bitbucket.org/a/b",
		"git config --file /x/config --fixed-value --unset-all k https://c; git config --file /x/config --add k http://a; " +
			"git config --file /x/config --add k http://b; the password is not kept",
		"none; the password is not kept",
		"none; it does not work any more",
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
		found                       found.Secret
		name, username, email, for_ string
	}{
		{found.Secret{User: "bo", Token: api, Repository: "ws/repo", Verdict: found.Good}, "bo", "bo", "", ""},
		{found.Secret{User: "b@x.example", Token: api, Verdict: found.WrongName}, "b@x.example", "", "b@x.example", ""},
		{found.Secret{User: "x-bitbucket-api-token-auth", Token: api}, "bitbucket", "", "", ""},
		{found.Secret{User: "a b\n", Token: api}, "bitbucket", "", "", ""},
		{found.Secret{User: "bo", Token: access, Repository: "ws/repo"}, "ws/repo", "", "", "ws/repo"},
	}
	for _, test := range tests {
		e := SaveToken{test.found, "x", "", inKeychain}.Entry()
		if e.Name != test.name || e.Username != test.username || e.Email != test.email || e.For != test.for_ || !e.Accepted.IsZero() || !e.Guessed {
			t.Errorf("%v: got %+v", test.found, e)
		}
	}
}

func TestCleanAddressesKeepsTokens(t *testing.T) {
	token := tokens.New(storetest.APIToken())
	change := AddressChange{Key: "remote.o.url", From: "https://bo@bitbucket.org/a/b", Secret: found.Secret{Token: token}}
	saved := func(isSaved bool) func(tokens.Token) bool {
		return func(asked tokens.Token) bool { return isSaved && asked == token }
	}
	for _, verdict := range []found.Verdict{found.Good, found.Refused} {
		change.Secret.Verdict = verdict
		if err := change.isSafe(saved(false)); !errors.Is(err, errTokenWouldBeLost) {
			t.Errorf("a token that was not saved: %v", err)
		}
		if err := change.isSafe(saved(true)); err != nil {
			t.Errorf("a saved one: %v", err)
		}
	}
	if err := (AddressChange{Secret: found.Secret{Token: tokens.New("old"), Verdict: found.AppPassword}}).isSafe(saved(false)); err != nil {
		t.Errorf("a password: %v", err)
	}
	s := CleanAddresses{"f", []AddressChange{change}}
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
	old := found.Secret{User: "bo", Token: tokens.New("old"), Verdict: found.AppPassword}
	netrc := write("netrc", "machine bitbucket.org login al password old\nmachine bitbucket.org login bo password new\n", 0o600)
	out := TakeOut{netrc, false, []found.Secret{old}, netrc + ".copy"}
	if err := out.run(t.Context(), &program.Run{}); !errors.Is(err, errDoneAlready) {
		t.Errorf("take out what is there no more: %v", err)
	}
	if text, _ := os.ReadFile(netrc); strings.Count(string(text), "machine") != 2 {
		t.Errorf("left: %s", text)
	}
	if runtime.GOOS == "windows" {
		return // a script is no program there
	}
	moved := write("config", "[remote \"o\"]\n\turl = https://bo:old@bitbucket.org/a/b\n", 0o600)
	clean := CleanAddresses{moved, []AddressChange{{Key: "remote.o.url", From: "https://bo@bitbucket.org/a/b", To: "https://bitbucket.org/a/b", Secret: old}}}
	if err := errors.Join(os.Rename(moved, moved+".real"), os.Symlink(moved+".real", moved)); err != nil {
		t.Fatal(err)
	}
	for _, s := range []Step{clean, SwitchOn{Scope: git.Local, File: moved, Section: "lfs", Sub: "u", Name: "access", Value: "basic"}} {
		if err := s.run(t.Context(), &program.Run{}); !errors.Is(err, errMoved) {
			t.Errorf("%T: change a file that has become a link: %v", s, err)
		}
	}
	helper := write("git-credential-cache", "#!/bin/sh\necho \"$1\" >>"+dir+"/calls\n[ \"$1\" != get ] || printf 'username=bo\\npassword=new\\n'\n", 0o700)
	forget := ForgetInHelper{git.Helper{Command: helper}, old, ""}
	if err := forget.run(t.Context(), &program.Run{}); !errors.Is(err, errDoneAlready) {
		t.Errorf("forget what it holds no more: %v", err)
	}
	if calls, _ := os.ReadFile(filepath.Join(dir, "calls")); string(calls) != "get\n" {
		t.Errorf("it was asked to %q", calls)
	}
}

func TestUndoOfMany(t *testing.T) {
	var s CleanAddresses
	for range 25 {
		s.Changes = append(s.Changes, AddressChange{Key: "k", From: "http://a", To: "https://b"})
	}
	if s.undo(); strings.Count(string(s.undo()), ";") != MostLines || !strings.HasSuffix(string(s.undo()), "; and so on") {
		t.Errorf("got %s", s.undo())
	}
	s.Changes = []AddressChange{{}, {Password: true}}
	if s.undo() != "none; the password is not kept" {
		t.Errorf("got %s", s.undo())
	}
}
