//go:build !windows

package helper_test

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "git-credential-bitbucket"

// network is what may not be linked by what reads git's input and what keeps secrets.
var network = []string{"net/http", "testing"}

// arrows are the packages of this module, with those that each may import and what it may
// not link at any depth. They go down only, so that a package can be read without those
// above it (docs/architecture.md).
var arrows = map[string]struct{ mayImport, mustNotLink []string }{
	"": {[]string{"helper"}, []string{"testing"}},
	"helper": {[]string{"helper/check", "helper/console", "helper/gitcredential", "helper/program", "helper/setup", "helper/token",
		"store", "store/encrypted"}, []string{"testing"}},
	"helper/check": {[]string{"helper/passwords", "helper/advice", "helper/bitbucket", "helper/check/fix", "helper/check/prober", "helper/check/report", "helper/console", "helper/found", "helper/git",
		"helper/program", "helper/setup", "helper/verify", "store", "store/encrypted", "store/keychain", "store/private"}, []string{"testing"}},
	"helper/check/prober": {[]string{"helper/advice", "helper/bitbucket", "helper/found", "helper/git", "helper/program", "helper/verify", "store", "store/encrypted",
		"store/private"}, []string{"testing"}},
	"helper/check/report": {[]string{"helper/check/fix", "helper/console", "helper/setup"}, []string{"testing"}},
	"helper/check/fix": {[]string{"helper/passwords", "helper/console", "helper/credential", "helper/details", "helper/found", "helper/git", "helper/program", "helper/setup",
		"store"}, []string{"testing"}},
	"helper/gitcredential": {[]string{"helper/advice", "helper/askpass", "helper/bitbucket", "helper/caller", "helper/console", "helper/credential", "helper/details", "helper/git",
		"helper/program", "helper/setup", "helper/verify", "store"}, []string{"testing"}},
	"helper/token": {[]string{"helper/passwords", "helper/advice", "helper/bitbucket", "helper/console", "helper/details", "helper/found", "helper/git",
		"helper/program", "helper/setup", "helper/verify", "store", "store/command", "store/encrypted", "store/private"}, []string{"testing"}},
	"helper/setup":   {[]string{"helper/bitbucket", "helper/console", "helper/git", "helper/program", "store"}, []string{"testing"}},
	"helper/found":   {[]string{"helper/passwords", "helper/bitbucket", "helper/console", "helper/credential", "helper/git", "helper/verify", "store", "store/keychain"}, []string{"testing"}},
	"helper/advice":  {[]string{"helper/bitbucket", "helper/console", "helper/program", "helper/verify", "store", "store/encrypted"}, []string{"testing"}},
	"helper/details": {[]string{"helper/bitbucket", "helper/console", "store"}, []string{"testing"}},
	"helper/program": {[]string{"helper/bitbucket", "helper/console", "helper/git", "store", "store/command", "store/encrypted", "store/file", "store/keychain",
		"store/private"}, []string{"testing"}},
	"helper/verify":         {[]string{"helper/bitbucket"}, []string{"testing"}},
	"helper/console":        {[]string{"helper/git", "store"}, network},
	"helper/askpass":        {[]string{"helper/git"}, network},
	"helper/caller":         {nil, []string{"net", "net/http", "os/exec"}},
	"helper/credential":     {nil, []string{"net", "net/http", "os/exec"}},
	"helper/bitbucket":      {[]string{"store"}, []string{"testing"}},
	"helper/passwords":      {[]string{"helper/git", "helper/git/configtext"}, network},
	"helper/git":            {[]string{"helper/git/configtext", "store/private"}, network},
	"helper/git/configtext": {nil, []string{"net", "net/http", "os/exec"}},
	"store":                 {[]string{"store/command", "store/private"}, network},
	"store/keychain":        {[]string{}, network},
	"store/encrypted":       {[]string{"store/file", "store/private"}, network},
	"store/file":            {[]string{"store/private"}, []string{"net", "net/http", "os/exec", "testing"}},
	"store/command":         {[]string{}, []string{"net", "net/http", "testing"}},
	"store/hint":            {nil, []string{"net", "os/exec", "testing"}},
	"store/shell":           {[]string{}, []string{"net", "net/http", "os/exec", "testing"}},
	"store/tokens":          {[]string{}, []string{"net", "net/http", "os/exec", "testing"}},
	"store/private":         {[]string{}, []string{"net", "net/http", "os/exec", "testing"}},
}

// floor is what every package may import that imports anything of this module.
var floor = []string{"store/hint", "store/shell", "store/tokens"}

// forTests are the packages that tests alone import.
var forTests = []string{"helper/bitbucket/bitbuckettest", "store/storetest"}

func TestArrows(t *testing.T) {
	if got, want := packages(t), slices.Sorted(maps.Keys(arrows)); !slices.Equal(got, want) {
		t.Errorf("the packages are %q, want %q", got, want)
	}
	for name, arrow := range arrows {
		for _, path := range list(t, "{{join .Imports \"\\n\"}}", name) {
			to, ours := strings.CutPrefix(path, module+"/")
			if ours && !slices.Contains(arrow.mayImport, to) && (arrow.mayImport == nil || !slices.Contains(floor, to)) {
				t.Errorf("%q imports %s", name, path)
			}
		}
		for _, path := range list(t, "{{join .Deps \"\\n\"}}", name) {
			if slices.Contains(arrow.mustNotLink, path) {
				t.Errorf("%q links %s", name, path)
			}
		}
	}
}

// TestSizes holds that a package can be read in one sitting. Lines of tests do not count.
func TestSizes(t *testing.T) {
	for name := range arrows {
		most, lines := 2500, 0
		if name == "helper" { // the table of commands
			most = 900
		}
		for _, text := range sources(t, name) {
			lines += bytes.Count(text, []byte("\n"))
		}
		if lines > most {
			t.Errorf("%q has %d lines, more than %d", name, lines, most)
		}
	}
}

// TestWhoStartsPrograms holds that helper/git alone does, and that what the store
// starts is a person's own command, and what go-keyring starts on macOS too.
func TestWhoStartsPrograms(t *testing.T) {
	mayStart := []string{"helper/git/*.go", "helper/askpass/askpass.go", "store/command/command*.go", "store/keychain/keychain_darwin.go"}
	for name := range arrows {
		for file, text := range sources(t, name) {
			allowed := slices.ContainsFunc(mayStart, func(pattern string) bool {
				matches, _ := filepath.Match(pattern, file)
				return matches
			})
			if bytes.Contains(text, []byte(`"os/exec"`)) && !allowed {
				t.Errorf("%s starts programs", file)
			}
		}
	}
}

// TestOnePackagePrints holds that only console writes to a person's or git's streams.
func TestOnePackagePrints(t *testing.T) {
	for name := range arrows {
		for file, text := range sources(t, name) {
			if name == "helper/console" || file == "helper/program/program.go" || file == "main.go" { // which opens them, or ends
				continue
			}
			for _, word := range []string{"fmt.Print", "os.Std", "\"log\""} {
				if bytes.Contains(text, []byte(word)) {
					t.Errorf("%s: %s", file, word)
				}
			}
		}
	}
}

// packages are the packages of this module that are not for tests; "" is main.
func packages(t *testing.T) []string {
	var all []string
	for _, path := range list(t, "{{.ImportPath}}", "...") {
		name := strings.TrimPrefix(strings.TrimPrefix(path, module), "/")
		top, _, _ := strings.Cut(name, "/")
		if (top == "" || top == "helper" || top == "store") && !slices.Contains(forTests, name) {
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return all
}

// sources are the texts of a package's files for every system, without tests.
func sources(t *testing.T, name string) map[string][]byte {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("..", name, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %v", name, err)
	}
	texts := map[string][]byte{}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[filepath.ToSlash(strings.TrimPrefix(file, "../"))] = text
	}
	return texts
}

func list(t *testing.T, format, name string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", format, strings.TrimSuffix(module+"/"+name, "/")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
