package helper_test

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"git-credential-bitbucket/helper"
	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/storetest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"git-credential-bitbucket": func() { os.Exit(helper.Main("test", os.Args[1:])) },
		"without-kernel-keyring":   withoutKernelKeyring,
		"security-stand-in":        securityStandIn,
	})
}

// TestScripts runs what users do, as scripts in testdata/script, with real git,
// a Bitbucket of each script's own, and the system's keychain where a script wants it.
func TestScripts(t *testing.T) {
	noteGit(t)
	testscript.Run(t, scriptParams("testdata/script"))
}

// noteGit notes for .ci/prove which lines of the scripts this git lets run.
func noteGit(t *testing.T) {
	out, err := exec.Command("git", "version").Output()
	if err != nil {
		t.Fatal(err)
	}
	var lacks []string
	for _, c := range []struct{ condition, of string }{
		{"newgit", "state[] and authtype"}, {"git2.54", "git's own retries"}, {"urlname", "the name in a URL, told to helpers"},
	} {
		met, err := condition(c.condition)
		if err != nil {
			t.Fatal(err)
		}
		if !met {
			lacks = append(lacks, c.of)
		}
	}
	has := "all lines"
	if lacks != nil {
		has += " but those on " + strings.Join(lacks, ", ")
	}
	t.Attr("figure", "gits\t"+strings.TrimSpace(string(out))+", what it lets run of the scripts\t"+has)
}

func scriptParams(dir string) testscript.Params {
	return testscript.Params{
		Dir:                 dir,
		Setup:               setup,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Condition:           condition,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"bitbucket": bitbucketCommand,
			"keychain":  keychainCommand,
			"lines":     linesCommand,
			"encrypted": encryptedCommand,
		},
	}
}

// condition knows more than testscript: [root] is who may give files away, [newgit]
// is git 2.46 or later, which has state[] and authtype, [git2.54] one that retries,
// [urlname] one that tells helpers the name in a URL.
func condition(name string) (bool, error) {
	switch name {
	case "root":
		return os.Geteuid() == 0, nil
	case "bash-completion":
		_, err := os.Stat("/usr/share/bash-completion/bash_completion")
		return err == nil, nil
	case "mounts":
		return runtime.GOOS == "linux" && exec.Command("unshare", "-rm", "true").Run() == nil, nil
	case "newgit":
		return gitIsAtLeast(46)
	case "git2.54":
		return gitIsAtLeast(54)
	case "urlname":
		return tellsURLName()
	}
	return false, fmt.Errorf("unknown condition %q", name)
}

// gitIsAtLeast reports whether git is 2.MINOR or later.
func gitIsAtLeast(wanted int) (bool, error) {
	out, err := exec.Command("git", "version").Output()
	if err != nil {
		return false, err
	}
	var major, minor int
	if _, err := fmt.Sscanf(string(out), "git version %d.%d", &major, &minor); err != nil {
		return false, err
	}
	return major > 2 || major == 2 && minor >= wanted, nil
}

// tellsURLName tries whether git does: with curl 8.23 and later it does not, and which
// curl a git runs with, it does not say.
var tellsURLName = sync.OnceValues(func() (bool, error) {
	dir, err := os.MkdirTemp("", "urlname")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(dir)
	bitbucket, err := bitbuckettest.Start(dir)
	if err != nil {
		return false, err
	}
	defer bitbucket.Close()
	request := filepath.Join(dir, "request")
	ask := exec.Command("git", "-c", "credential.helper=", "-c", "credential.helper=!cat >'"+filepath.ToSlash(request)+"'; echo quit=1; :",
		"ls-remote", "https://other@bitbucket.org/ws/repo.git")
	ask.Env = append(os.Environ(), bitbucket.Env()...)
	ask.Env = append(ask.Env, "HOME="+dir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0")
	if out, err := ask.CombinedOutput(); err == nil {
		return false, fmt.Errorf("a repository that is not there was read: %s", out)
	}
	text, err := os.ReadFile(request)
	return strings.Contains(string(text), "username=other\n"), err
})

// TestTellsURLName compares what check finds out with what git does to Bitbucket.
func TestTellsURLName(t *testing.T) {
	want, err := tellsURLName()
	if err != nil {
		t.Fatal(err)
	}
	compare := func(around string) {
		t.Helper()
		if got, err := git.TellsURLName(t.Context()); got != want || err != nil {
			t.Errorf("%s: got %t, %v, want %t", around, got, err, want)
		}
	}
	compare("as it is")
	// Names and passwords that are set for every host are not what is asked about.
	home := t.TempDir()
	t.Setenv("HOME", home)
	for name, text := range map[string]string{".netrc": "default login other password else\n", ".gitconfig": "[credential]\n\tusername = else\n"} {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	compare("with a home")
	asked := filepath.Join(home, "asked")
	t.Setenv("GIT_CONFIG_COUNT", "2")
	t.Setenv("GIT_CONFIG_KEY_0", "credential.username")
	t.Setenv("GIT_CONFIG_VALUE_0", "else")
	t.Setenv("GIT_CONFIG_KEY_1", "credential.helper")
	t.Setenv("GIT_CONFIG_VALUE_1", "!touch '"+filepath.ToSlash(asked)+"'; :")
	compare("with settings in the environment")
	if _, err := os.Stat(asked); err == nil {
		t.Error("a helper was started")
	}
}

type contextKey struct{}

// world is what is around one script.
type world struct {
	bitbucket *bitbuckettest.Server
	keychain  keychain
	tokens    map[string]bitbuckettest.Credential
}

// starts are the programs that a line of a script may start, and how it does; what every
// system with git has is not among them.
var starts = map[string]*regexp.Regexp{
	"dbus-daemon":          regexp.MustCompile(`(?m)^(\[.*\] )?keychain `),
	"gnome-keyring-daemon": regexp.MustCompile(`(?m)^(\[.*\] )?keychain (start|fresh|unlock)`),
	"git-lfs":              regexp.MustCompile(`\bgit (-C \S+ )?lfs\b`),
	"age":                  regexp.MustCompile(`exec age\b`),
	"pass":                 regexp.MustCompile(`(exec|command:) ?pass\b`),
	"gpg":                  regexp.MustCompile(`(exec|command:) ?(gpg|pass)\b`),
	"script":               regexp.MustCompile(`exec script\b`),
	"unshare":              regexp.MustCompile(`\bunshare\b`),
	"zsh":                  regexp.MustCompile(`exec zsh\b`),
	"fish":                 regexp.MustCompile(`exec fish\b`),
	"strace":               regexp.MustCompile(`exec strace\b`),
}

// needProgram skips the rest of a test for a program that is not here; with CI set it fails.
func needProgram(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// skipWithout skips a script for a program that it starts and that is not here.
func skipWithout(env *testscript.Env) error {
	name := strings.TrimPrefix(filepath.Base(env.WorkDir), "script-")
	found, err := filepath.Glob("testdata/*/" + name + ".txtar")
	if err != nil || len(found) == 0 {
		return fmt.Errorf("find the script %s: %w", name, err)
	}
	for _, file := range found {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		for program, line := range starts {
			if _, err := exec.LookPath(program); err != nil && line.Match(text) && runtime.GOOS != "windows" {
				if os.Getenv("CI") != "" {
					return err
				}
				env.T().Skip(err)
			}
		}
	}
	return nil
}

func setup(env *testscript.Env) error {
	if err := skipWithout(env); err != nil {
		return err
	}
	home := filepath.Join(env.WorkDir, "home")
	server := filepath.Join(env.WorkDir, ".bitbucket")
	for _, dir := range []string{home, server} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			return err
		}
	}
	bitbucket, err := bitbuckettest.Start(server)
	if err != nil {
		return err
	}
	env.Defer(func() { bitbucket.Close() })
	env.Values[contextKey{}] = &world{bitbucket: bitbucket, tokens: map[string]bitbuckettest.Credential{}}
	self, err := exec.LookPath("git-credential-bitbucket") // as testscript put it there
	if err != nil {
		return err
	}
	env.Vars = append(env.Vars, "SELF="+self)
	env.Vars = append(env.Vars, bitbucket.Env()...)
	env.Vars = append(env.Vars, "PROXYADDRESS="+bitbucket.ProxyAddress())
	env.Vars = append(env.Vars, "HOME="+home, "XDG_RUNTIME_DIR="+env.WorkDir, "GIT_CONFIG_NOSYSTEM=1", "GIT_TERMINAL_PROMPT=0",
		"TERM=dumb",
		// A program built to find races waits a second before it ends, otherwise.
		"GORACE=atexit_sleep_ms=0", "INDEX="+filepath.Join(configFolder(home), "index.json"))
	env.Vars = append(env.Vars, systemVars(home)...)
	config := "[user]\n\tname = Test User\n\temail = user@example.com\n[init]\n\tdefaultBranch = main\n" +
		"[protocol \"file\"]\n\tallow = always\n[http]\n\tmaxRetries = 1\n"
	return os.WriteFile(filepath.Join(home, ".gitconfig"), []byte(config), 0o600)
}

func worldOf(ts *testscript.TestScript) *world { return ts.Value(contextKey{}).(*world) }

func need(ts *testscript.TestScript, args []string, count int, usage string) {
	if len(args) < count {
		ts.Fatalf("usage: %s", usage)
	}
}

// bitbucketCommand steers the test Bitbucket:
//
//	bitbucket repo WS/REPO
//	bitbucket public WS/REPO  another one, which needs no login to be read
//	bitbucket answers [no-access=401|403|404] [dead=custom] [wrong-email=basic] [public=strict] [names=any] [realm=TEXT]
//	                          where it is not sure how Bitbucket answers; without a word the usual way
//	bitbucket token NAME KIND [username=U] [email=E] [scopes=A,B] [for=WS/REPO]   sets $NAME and $NAME_BODY
//	bitbucket oldpassword USERNAME   an app password from before they had a shape: sets $OLDPASSWORD
//	bitbucket revoke NAME
//	bitbucket revive NAME
//	bitbucket host HOST       another host, which refuses everything
//	bitbucket fail STATUS [COUNT] [host=H] [path=P] [text=T] [retry-after=S] [type=T] [size=N] [redirect=URL] [drip] [cut] [hang]
//	                          requests with a credential; git's host if none is named
//	bitbucket proxy basic USER PASSWORD | ntlm | open   what the proxy wants; with ntlm it lets git alone in
//	bitbucket certificate     wants a client's certificate: sets $CERTIFICATE and $CERTIFICATE_KEY
//	bitbucket pin HOST        sets $PIN, which names the host's key as http.pinnedPubkey does
//	bitbucket heal
//	bitbucket log             prints the requests since the last "forget"
//	bitbucket forget
func bitbucketCommand(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "bitbucket COMMAND")
	w := worldOf(ts)
	switch command, args := args[0], args[1:]; command {
	case "repo":
		ts.Check(w.bitbucket.AddRepository(args[0]))
	case "public":
		ts.Check(w.bitbucket.AddRepository(args[0]))
		w.bitbucket.Publish(args[0])
	case "answers":
		w.bitbucket.Answer(waysOf(ts, args))
	case "token":
		need(ts, args, 2, "bitbucket token NAME KIND")
		w.addToken(ts, args[0], args[1], args[2:])
	case "oldpassword":
		w.addOldPassword(ts, args[0])
	case "revoke", "revive":
		c := w.tokens[args[0]]
		c.Dead = command == "revoke"
		w.bitbucket.AddCredential(c)
	case "host":
		w.bitbucket.AddHost(args[0])
	case "fail":
		w.fail(ts, args)
	case "proxy":
		w.wantProxyLogin(ts, args)
	case "certificate":
		certificate, key, err := w.bitbucket.WantCertificate()
		ts.Check(err)
		ts.Setenv("CERTIFICATE", certificate)
		ts.Setenv("CERTIFICATE_KEY", key)
	case "pin":
		pin, err := w.bitbucket.Pin(args[0])
		ts.Check(err)
		ts.Setenv("PIN", pin)
	case "heal":
		w.bitbucket.Heal()
	case "log":
		// So that an empty log is not what the command before it printed.
		fmt.Fprintln(ts.Stdout(), "requests:")
		for _, r := range w.bitbucket.Requests() {
			fmt.Fprintf(ts.Stdout(), "%s %s %s auth=%s user=%s token=%s %d\n",
				r.Method, r.Host, r.Path, r.Authorization, r.Username, r.Label, r.Status)
		}
	case "forget":
		w.bitbucket.ResetRequests()
	default:
		ts.Fatalf("unknown: bitbucket %s", command)
	}
}

func (w *world) wantProxyLogin(ts *testscript.TestScript, args []string) {
	switch {
	case len(args) == 3 && args[0] == "basic":
		w.bitbucket.WantLogin(bitbuckettest.ProxyLogin{Username: args[1], Password: args[2]})
	case len(args) == 1 && args[0] == "ntlm":
		w.bitbucket.WantLogin(bitbuckettest.ProxyLogin{OnlyGit: true})
	case len(args) == 1 && args[0] == "open":
		w.bitbucket.WantLogin(bitbuckettest.ProxyLogin{})
	default:
		ts.Fatalf("usage: bitbucket proxy basic USER PASSWORD, ntlm or open")
	}
}

func waysOf(ts *testscript.TestScript, options []string) (ways bitbuckettest.Ways) {
	for _, option := range options {
		switch key, value, _ := strings.Cut(option, "="); {
		case key == "no-access":
			status, err := strconv.Atoi(value)
			ts.Check(err)
			ways.NoAccess = status
		case option == "dead=custom":
			ways.DeadIsCustom = true
		case option == "wrong-email=basic":
			ways.WrongEmailIsBasic = true
		case option == "public=strict":
			ways.PublicIsStrict = true
		case option == "names=any":
			ways.AnyName = true
		case key == "realm":
			ways.Realm = value
		default:
			ts.Fatalf("unknown answer %s", option)
		}
	}
	return ways
}

const (
	readScope  = "read:repository:bitbucket"
	writeScope = "write:repository:bitbucket"
)

func (w *world) addToken(ts *testscript.TestScript, name, kind string, options []string) {
	c := bitbuckettest.Credential{Label: name}
	switch kind {
	case "api":
		c.Kind, c.Secret, c.Scopes = bitbuckettest.APIToken, storetest.APIToken(), []string{readScope, writeScope}
	case "unscoped":
		c.Kind, c.Secret = bitbuckettest.APITokenWithoutScopes, storetest.APIToken()
	case "access":
		c.Kind, c.Secret, c.Scopes = bitbuckettest.AccessToken, storetest.AccessToken(), []string{"repository:write"}
	case "service":
		c.Kind, c.Secret = bitbuckettest.ServiceAccountToken, storetest.ServiceAccountToken()
	case "oauth":
		c.Kind, c.Secret, c.Scopes = bitbuckettest.AccessToken, storetest.OAuthToken(), []string{"repository:write"}
	case "app-password":
		c.Kind, c.Secret = bitbuckettest.AppPassword, storetest.AppPassword()
	default:
		ts.Fatalf("unknown kind %s", kind)
	}
	for _, option := range options {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "username":
			c.Username = value
		case "email":
			c.Email = value
		case "scopes":
			c.Scopes = strings.Split(value, ",")
		case "for":
			c.Repositories = []string{value}
		default:
			ts.Fatalf("unknown option %s", option)
		}
	}
	w.tokens[name] = c
	w.bitbucket.AddCredential(c)
	ts.Setenv(name, c.Secret)
	// Without the characters that some write as %3D.
	body, _, _ := strings.Cut(c.Secret, "=")
	ts.Setenv(name+"_BODY", body)
}

func (w *world) addOldPassword(ts *testscript.TestScript, username string) {
	password := storetest.OldAppPassword()
	w.bitbucket.AddCredential(bitbuckettest.Credential{Label: "OLDPASSWORD", Kind: bitbuckettest.AppPassword, Secret: password, Username: username})
	ts.Setenv("OLDPASSWORD", password)
}

// texts are Bitbucket's own words for a failure's body.
var texts = map[string]string{
	"ip": bitbuckettest.TextIPAllowlist, "two-step": bitbuckettest.TextTwoStep, "scope": bitbuckettest.TextScopeMissing,
	"app-password": bitbuckettest.TextAppPassword, "none": bitbuckettest.TextNoRepository, "rate": bitbuckettest.TextRateLimit,
}

func (w *world) fail(ts *testscript.TestScript, args []string) {
	need(ts, args, 1, "bitbucket fail STATUS [COUNT] [OPTION...]")
	number := func(text string) int {
		n, err := strconv.Atoi(text)
		ts.Check(err)
		return n
	}
	failure := bitbuckettest.Failure{Host: "bitbucket.org", Authorized: true, Status: number(args[0])}
	for _, option := range args[1:] {
		key, value, _ := strings.Cut(option, "=")
		switch key {
		case "host":
			failure.Host = value
		case "path":
			failure.PathPrefix = value
		case "text":
			if failure.Body = texts[value]; failure.Body == "" {
				failure.Body = value
			}
		case "retry-after":
			failure.Header = http.Header{"Retry-After": {value}}
		case "type":
			failure.ContentType = value
		case "size":
			failure.Size = int64(number(value))
		case "redirect":
			failure.Redirect = value
		case "drip":
			failure.Drip = time.Hour
		case "cut":
			failure.Cut = true
		case "hang":
			failure.Delay = time.Hour
		default:
			failure.Times = number(option)
		}
	}
	w.bitbucket.Fail(failure)
}

// encryptedCommand makes an encrypted store whose passphrase is cheap to try:
//
//	encrypted PASSPHRASE
func encryptedCommand(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "encrypted PASSPHRASE")
	ts.Check(storetest.MakeEncrypted(encryptedFolder(ts.Getenv("HOME")), args[0]))
	ts.Setenv("ENCRYPTED", encryptedFolder(ts.Getenv("HOME")))
}

func encryptedFolder(home string) string { return filepath.Join(configFolder(home), "encrypted") }

// linesCommand writes a file: lines FILE LINE...
func linesCommand(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "lines FILE LINE...")
	text := ""
	for _, line := range args[1:] {
		text += line + "\n"
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
