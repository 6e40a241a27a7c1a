package git

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const address = "https://bitbucket.org"

// settings makes a configuration of "key=value" lines, all global.
func settings(lines ...string) []Setting {
	var all []Setting
	for _, line := range lines {
		key, value, _ := strings.Cut(line, "=")
		all = append(all, Setting{Scope: "global", Origin: "file:x", Key: key, Value: value})
	}
	return all
}

func TestHelpers(t *testing.T) {
	tests := []struct {
		name     string
		settings []Setting
		want     string
	}{
		{"none", settings("user.name=x"), ""},
		{"in order", settings("credential.helper=a", "credential.https://bitbucket.org.helper=b", "credential.helper=c"), "a b c"},
		{"an empty one clears those before it", settings("credential.helper=a", "credential.https://bitbucket.org.helper=",
			"credential.https://bitbucket.org.helper=b"), "b"},
		{"but not those behind it", settings("credential.https://bitbucket.org.helper=", "credential.https://bitbucket.org.helper=b",
			"credential.helper=a"), "b a"},
		{"another host", settings("credential.https://github.com.helper=a"), ""},
		{"another scheme", settings("credential.http://bitbucket.org.helper=a"), ""},
		{"another port", settings("credential.https://bitbucket.org:8443.helper=a"), ""},
		{"the usual port", settings("credential.https://bitbucket.org:443.helper=a"), "a"},
		{"a slash behind it", settings("credential.https://bitbucket.org/.helper=a"), "a"},
		{"another case", settings("credential.https://BitBucket.org.helper=a"), "a"},
		{"a host alone", settings("credential.bitbucket.org.helper=a"), "a"},
		{"any host below org", settings("credential.https://*.org.helper=a"), "a"},
		{"any host below bitbucket.org", settings("credential.https://*.bitbucket.org.helper=a"), ""},
		{"a username", settings("credential.https://bo@bitbucket.org.helper=a"), ""},
		{"a workspace, for no path", settings("credential.https://bitbucket.org/ws.helper=a"), ""},
		{"not a URL", settings("credential.https://%zz.helper=a"), ""},
	}
	for _, test := range tests {
		var got []string
		for _, h := range Helpers(test.settings, address) {
			got = append(got, h.Command)
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: got %q, want %q", test.name, got, test.want)
		}
	}
}

func TestChain(t *testing.T) {
	asked, cleared := Chain(settings("credential.helper=a", "credential.helper=", "credential.helper=b", "credential.https://bitbucket.org.helper=",
		"credential.helper=c"), address)
	if len(asked) != 1 || asked[0].Command != "c" || len(cleared) != 2 || cleared[0].Command != "a" || cleared[1].Command != "b" {
		t.Errorf("asked %v, cleared %v", asked, cleared)
	}
}

// Git's own rules count, whatever a pattern looks like.
func TestForURL(t *testing.T) {
	tests := []struct{ address, want string }{
		{"https://bitbucket.org", "a b c"}, // what is less specific than one before it is dropped, an empty one included
		{"https://bitbucket.org/ws/repo.git", "a b c repo"},
		{"https://bitbucket.org/ws/other/../repo.git", "a b c repo"},
		{"https://bo@bitbucket.org/ws/repo.git", "a b c repo bo"},
		{"https://bitbucket.org:443", "a b c"},
		{"https://bitbucket.org:444", "a  port"},
		{"https://github.com", "a  d"},
		{"http://bitbucket.org", "a  plain"},
	}
	configured := settings("http.extraheader=a", "http.https://bitbucket.org/.extraheader=b", "http.extraheader=", "http.https://bitbucket.org/.extraheader=c",
		"http.https://github.com.extraheader=d", "http.https://bitbucket.org:444.extraheader=port", "http.https://bitbucket.org/x/../ws/repo.git.extraheader=repo",
		"http.https://bo@bitbucket.org/ws/repo.git.extraheader=bo", "http.http://bitbucket.org:80/.extraheader=plain", "http.https://bitbucket.org.proxy=none of it")
	for _, test := range tests {
		got, err := ForURL(t.Context(), configured, "http", "extraheader", test.address)
		if err != nil {
			t.Fatal(err)
		}
		var values []string
		for _, s := range got {
			values = append(values, s.Value)
		}
		if strings.Join(values, " ") != test.want {
			t.Errorf("%s: got %q, want %s", test.address, values, test.want)
		}
	}
	if got, err := ForURL(t.Context(), settings("http.https://github.com.proxy=x"), "http", "proxy", address); len(got) != 0 || err != nil {
		t.Errorf("nothing matches: got %v, %v", got, err)
	}
}

func TestFatal(t *testing.T) {
	tests := map[Setting]bool{
		{Key: "credential.helper", Value: "true", Bare: true}:             true,
		{Key: "credential.https://x.username", Value: "true", Bare: true}: true,
		{Key: "credential.helper", Value: "true"}:                         false,
		{Key: "credential.usehttppath", Value: "true", Bare: true}:        false,
		{Key: "credential.https://x.usehttppath", Value: "ture"}:          true,
		{Key: "credential.usehttppath", Value: "2"}:                       false,
		{Key: "credential.usehttppath", Value: ""}:                        false,
		{Key: "http.proxy", Value: "true", Bare: true}:                    false,
	}
	for s, want := range tests {
		if _, got := Fatal(s); got != want {
			t.Errorf("%+v: got %t", s, got)
		}
	}
}

func TestHelperNames(t *testing.T) {
	usual := []string{"usual"}
	tests := []struct {
		command, name, program string
		keeps                  bool
		files                  []string
	}{
		{"store", "store", "", true, usual},
		{"store --file /opt/b", "store", "", true, []string{"/opt/b"}},
		{"store --file=/opt/b --x", "store", "", true, []string{"/opt/b"}},
		{`store --file '/a b/c\'`, "store", "", true, []string{`/a b/c\`}},
		{"store --file here", "store", "", true, nil},
		{`/opt/my\ git/git-credential-store`, "store", "/opt/my git/git-credential-store", true, usual},
		{"cache --timeout 3", "cache", "", true, nil},
		{"/opt/git-credential-manager-core", "manager-core", "/opt/git-credential-manager-core", true, nil},
		{"storex", "storex", "", false, nil},
		{"/opt/store", "", "/opt/store", false, nil},
		{"!git credential-store", "", "", false, nil},
		{"oauth", "oauth", "", false, nil},
		{"", "", "", false, nil},
	}
	for _, test := range tests {
		h := Helper{Command: test.command}
		if h.Name() != test.name || h.Program() != test.program || h.Keeps() != test.keeps || !slices.Equal(h.StoreFiles(usual), test.files) {
			t.Errorf("%s: %q, %q, %t, %q", test.command, h.Name(), h.Program(), h.Keeps(), h.StoreFiles(usual))
		}
	}
}

func TestMatchesPaths(t *testing.T) {
	tests := []struct {
		pattern, address string
		want             bool
	}{
		{"https://bitbucket.org/ws", "https://bitbucket.org/ws/repo.git", true},
		{"https://bitbucket.org/ws/repo.git", "https://bitbucket.org/ws/repo.git", true},
		{"https://bitbucket.org/w", "https://bitbucket.org/ws/repo.git", false},
		{"https://bo@bitbucket.org", "https://bo@bitbucket.org/ws/repo.git", true},
	}
	for _, test := range tests {
		if got := matches(test.pattern, test.address); got != test.want {
			t.Errorf("%s for %s: got %t", test.pattern, test.address, got)
		}
	}
}

func TestFlag(t *testing.T) {
	tests := []struct {
		settings []Setting
		want     bool
	}{
		{settings(), false},
		{settings("credential.usehttppath=true"), true},
		{settings("credential.https://bitbucket.org.usehttppath=yes"), true},
		{settings("credential.https://bitbucket.org.usehttppath=true", "credential.usehttppath=false"), false}, // the last counts
		{settings("credential.usehttppath=true", "credential.https://bitbucket.org.usehttppath=false"), false},
		{settings("credential.usehttppath=true", "credential.usehttppath=false"), false},
		{settings("credential.https://github.com.usehttppath=true"), false},
	}
	for _, test := range tests {
		if got := Flag(test.settings, address, "usehttppath"); got != test.want {
			t.Errorf("%v: got %t", test.settings, got)
		}
	}
}

func TestHTTPFor(t *testing.T) {
	t.Setenv("HOME", "/home/bo")
	configured := settings("http.proxy=http://all:1", "http.https://api.bitbucket.org.proxy=http://api:1",
		"http.https://github.com.proxy=http://no:1", "http.https://bitbucket.org/.sslcainfo=~/ca.pem")
	configured = append(configured, Setting{Scope: "local", Key: "http.https://bitbucket.org.proxy", Value: "http://evil:1"},
		Setting{Scope: "worktree", Key: "http.sslcainfo", Value: "/evil.pem"})
	for _, test := range []struct {
		settings []Setting
		address  string
		want     HTTP
	}{
		{configured, address, HTTP{Proxy: "http://all:1", ProxySet: true, CAFile: filepath.Join("/home/bo", "ca.pem")}},
		{configured, "https://api.bitbucket.org", HTTP{Proxy: "http://api:1", ProxySet: true, CAFile: ""}},
		{settings("http.proxy="), address, HTTP{Proxy: "", ProxySet: true, CAFile: ""}},
		{settings("http.https://bitbucket.org.proxy=host", "http.https://bitbucket.org/ws/repo.proxy=repo"), address + "/ws/repo", HTTP{Proxy: "repo", ProxySet: true, CAFile: ""}},
	} {
		got, err := HTTPFor(t.Context(), test.settings, test.address)
		if got != test.want || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", test.address, got, err, test.want)
		}
	}
}

func TestRemotes(t *testing.T) {
	remotes := At(Remotes(settings("remote.a.url=git@bitbucket.org:ws/ssh.git", "remote.b.url=https://github.com/ws/repo.git",
		"remote.c.url=https://evilbitbucket.org/ws/repo.git", "remote.up.stream.url=https://bo@bitbucket.org/ws/repo.git",
		"remote.d.url=https://al%40x.example@BITBUCKET.org:443/ws/other.git", "remote.e.url=%zz")), "bitbucket.org")
	if len(remotes) != 2 || remotes[0].Name != "up.stream" || RemotePath(remotes) != "ws/repo.git" || RemoteUsername(remotes) != "bo" {
		t.Errorf("got %v", remotes)
	}
	if name := RemoteUsername(remotes[1:]); name != "" {
		t.Errorf("an email was taken for a username: %q", name)
	}
}

// TestSettings reads a real configuration, with all that makes its format hard.
func TestSettings(t *testing.T) {
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	text := "[a]\n\tb = one\\ntwo\n\tflag\n[credential \"https://bitbucket.org\"]\n\thelper =\n\thelper = x = y\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GIT_CONFIG_GLOBAL", config)
	t.Setenv("GIT_CONFIG_NOSYSTEM", "1")
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	got, err := Settings(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []Setting{
		{"global", "file:" + config, "a.b", "one\ntwo", false},
		{"global", "file:" + config, "a.flag", "true", true},
		{"global", "file:" + config, "credential.https://bitbucket.org.helper", "", false},
		{"global", "file:" + config, "credential.https://bitbucket.org.helper", "x = y", false},
	}
	if len(got) != len(want) {
		t.Fatalf("got %+v", got)
	}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("got %+v, want %+v", got[i], want[i])
		}
	}

	if err := os.WriteFile(config, []byte("[broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Settings(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "bad config") {
		t.Errorf("a broken configuration: %v", err)
	}
	t.Setenv("PATH", dir)
	if _, err := Settings(t.Context(), dir); err == nil {
		t.Error("without git there is no error")
	}
}
