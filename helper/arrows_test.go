//go:build !windows

package helper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "git-credential-bitbucket"

// TestArrows holds what may know what: main, then helper, then the four rooms,
// none of which knows another, but for the files that two of them keep. What reads
// git's input and what keeps secrets link no network.
func TestArrows(t *testing.T) {
	none := []string{}
	tests := []struct {
		room      string
		mayImport []string // of this module
		mustNot   []string // of anybody's, at any depth
	}{
		{"", []string{"helper"}, none},
		{"helper", []string{"helper/caller", "helper/console", "helper/verify", "helper/setup", "helper/credential", "helper/bitbucket", "helper/git", "store", "store/tokens", "store/private",
			"store/keychain", "store/encrypted", "store/file", "store/command"}, []string{"testing"}},
		{"helper/console", []string{"helper/git", "store/tokens"}, []string{"net/http", "testing"}},
		{"helper/verify", []string{"helper/bitbucket", "store/tokens"}, []string{"testing"}},
		{"helper/setup", []string{"helper/bitbucket", "helper/console", "helper/git"}, []string{"testing"}},
		{"helper/caller", none, []string{"net", "net/http", "os/exec"}},
		{"helper/credential", none, []string{"net", "net/http", "os/exec"}},
		{"helper/bitbucket", []string{"store", "store/tokens"}, []string{"testing"}},
		{"helper/git", []string{"store/private"}, []string{"net/http"}},
		{"store", []string{"store/tokens", "store/private", "store/command"}, []string{"net/http", "testing"}},
		{"store/keychain", []string{"store/tokens"}, []string{"net/http", "testing"}},
		{"store/encrypted", []string{"store/tokens", "store/private", "store/file"}, []string{"net/http", "testing"}},
		{"store/file", []string{"store/tokens", "store/private"}, []string{"net", "net/http", "os/exec", "testing"}},
		{"store/command", []string{"store/tokens"}, []string{"net", "net/http", "testing"}},
		{"store/tokens", none, []string{"net", "net/http", "os/exec", "testing"}},
		{"store/private", none, []string{"net", "net/http", "os/exec", "testing"}},
	}
	for _, test := range tests {
		for _, path := range imports(t, test.room, "{{join .Imports \"\\n\"}}") {
			room, ours := strings.CutPrefix(path, module+"/")
			if ours && !slices.Contains(test.mayImport, room) {
				t.Errorf("%q imports %s", test.room, path)
			}
		}
		for _, path := range imports(t, test.room, "{{join .Deps \"\\n\"}}") {
			if slices.Contains(test.mustNot, path) {
				t.Errorf("%q links %s", test.room, path)
			}
		}
	}
}

// TestWhoStartsPrograms holds that helper/git alone does, and that what the store
// starts is a person's own command, and what go-keyring starts on macOS too.
func TestWhoStartsPrograms(t *testing.T) {
	mayStart := map[string][]string{"git": {"*.go"}, "../store/command": {"command*.go"}, "../store/keychain": {"keychain_darwin.go"}}
	for _, folder := range []string{"..", ".", "credential", "bitbucket", "caller", "console", "setup", "verify", "git", "../store", "../store/tokens", "../store/private",
		"../store/keychain", "../store/encrypted", "../store/file", "../store/command"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			allowed := slices.ContainsFunc(mayStart[folder], func(pattern string) bool {
				matches, _ := filepath.Match(pattern, filepath.Base(file))
				return matches
			})
			if strings.Contains(string(text), `"os/exec"`) && !allowed && !strings.HasSuffix(file, "_test.go") {
				t.Errorf("%s starts programs", file)
			}
		}
	}
}

// TestOnePackagePrints holds that only console writes to a person's or git's streams.
func TestOnePackagePrints(t *testing.T) {
	for _, folder := range []string{".", "bitbucket", "caller", "credential", "setup", "verify", "git", "../store", "../store/tokens", "../store/private",
		"../store/keychain", "../store/encrypted", "../store/file", "../store/command"} {
		files, err := filepath.Glob(filepath.Join(folder, "*.go"))
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v", folder, err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") || name == "helper.go" { // which opens them
				continue
			}
			text, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			for _, word := range []string{"fmt.Print", "os.Std", "\"log\""} {
				if strings.Contains(string(text), word) {
					t.Errorf("%s: %s", name, word)
				}
			}
		}
	}
}

func imports(t *testing.T, room, format string) []string {
	t.Helper()
	out, err := exec.Command("go", "list", "-f", format, strings.TrimSuffix(module+"/"+room, "/")).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(out))
}
