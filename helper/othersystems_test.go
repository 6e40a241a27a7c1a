//go:build linux

package helper_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// Systems that are not here: the whole program, built for this one but with that
// system's keychain in place of this program, against a stand-in for what it starts there.

const keyringModule = "github.com/zalando/go-keyring"

// elsewhere are the texts of the files that know a system's keychain: go-keyring's and our own
// two. One that is empty is left out.
type elsewhere struct{ keyring, own, items string }

// TestMacOS runs testdata/macos with the code for macOS.
func TestMacOS(t *testing.T) {
	tool, err := exec.LookPath("security-stand-in")
	if err != nil {
		t.Fatal(err)
	}
	withTool := func(file string) string {
		text := textOf(t, file)
		if strings.Count(text, `"/usr/bin/security"`) != 1 {
			t.Fatalf("%s does not name the tool once", file)
		}
		return strings.Replace(text, "/usr/bin/security", tool, 1)
	}
	runElsewhere(t, "testdata/macos", elsewhere{
		keyring: withTool(filepath.Join(keyringFolder(t), "keyring_darwin.go")),
		own:     withTool("../store/keychain/keychain_darwin.go"),
		items:   withoutConstraint(t, "../store/keychain/parts_used.go"),
	})
}

// TestNoKeychain runs testdata/nokeychain as on FreeBSD without cgo, where
// go-keyring has no backend.
func TestNoKeychain(t *testing.T) {
	runElsewhere(t, "testdata/nokeychain", elsewhere{own: withoutConstraint(t, "../store/keychain/keychain_none.go")})
}

func withoutConstraint(t *testing.T, file string) string {
	_, text, found := strings.Cut(textOf(t, file), "\n")
	if !found {
		t.Fatal("no build constraint")
	}
	return text
}

// runElsewhere runs scripts with a program of these files.
func runElsewhere(t *testing.T, dir string, files elsewhere) {
	t.Parallel()
	bin := t.TempDir()
	build := exec.Command("go", "build", "-overlay", overlay(t, files), "-modfile", modfile(t, files.keyring),
		"-o", filepath.Join(bin, "git-credential-bitbucket"), "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	params := scriptParams(dir)
	params.Setup = func(env *testscript.Env) error {
		if err := setup(env); err != nil {
			return err
		}
		env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
		env.Setenv("SECURITY_STATE", filepath.Join(env.WorkDir, "keychain"))
		return nil
	}
	testscript.Run(t, params)
}

// overlay puts texts in place of our own code for this system's keychain.
func overlay(t *testing.T, files elsewhere) string {
	folder := t.TempDir()
	replace := map[string]string{}
	for name, text := range map[string]string{"keychain_secretservice.go": files.own, "secretservice.go": files.items, "noservice.go": ""} {
		ours, err := filepath.Abs("../store/keychain/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if replace[ours] = ""; text != "" {
			replace[ours] = filepath.Join(folder, name)
			write(t, replace[ours], text)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(folder, "overlay.json")
	write(t, file, string(list))
	return file
}

// modfile names a go-keyring with another file for this system: Go lets nothing
// be laid over a module of others.
func modfile(t *testing.T, text string) string {
	folder := t.TempDir()
	theirs := filepath.Join(folder, "go-keyring")
	if err := os.CopyFS(theirs, os.DirFS(keyringFolder(t))); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(theirs, "keyring_unix.go")); err != nil {
		t.Fatal(err)
	}
	if text != "" {
		write(t, filepath.Join(theirs, "keyring_here.go"), text)
	}
	file := filepath.Join(folder, "go.mod")
	write(t, file, textOf(t, "../go.mod")+"\nreplace "+keyringModule+" => "+theirs+"\n")
	write(t, filepath.Join(folder, "go.sum"), textOf(t, "../go.sum"))
	return file
}

func keyringFolder(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", keyringModule).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

func textOf(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
