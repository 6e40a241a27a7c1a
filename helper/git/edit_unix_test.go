//go:build unix

package git

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestEditConfigOfOddFiles(t *testing.T) {
	dir := t.TempDir()
	add := func(e *Edit) error {
		e.Append("a", "", Variable{Key: "b", Value: "c"})
		return nil
	}
	// A fifo stands for /dev/null, which root could rename over.
	fifo := filepath.Join(dir, "fifo")
	if out, err := exec.Command("mkfifo", fifo).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if _, err := EditConfig(t.Context(), fifo, add); !errors.Is(err, ErrUnclear) {
		t.Errorf("a fifo: %v", err)
	}
	// A link to a file that is not there yet, by way of another, makes that file.
	links := map[string]string{"one": "two", "two": filepath.Join("sub", "config")}
	for name, target := range links {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := EditConfig(t.Context(), filepath.Join(dir, "one"), add); err != nil {
		t.Error(err)
	}
	if text, err := os.ReadFile(filepath.Join(dir, "sub", "config")); err != nil || string(text) != "[a]\n\tb = c\n" {
		t.Errorf("got %q, %v", text, err)
	}
	for name, target := range links {
		if now, _ := os.Readlink(filepath.Join(dir, name)); now != target {
			t.Errorf("%s leads to %q", name, now)
		}
	}
}

func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "netrc")
	if err := os.WriteFile(path, []byte("old"), 0o640); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(path, 1234, 1234); err != nil {
			t.Fatal(err)
		}
	}
	files := func() string {
		var names []string
		entries, _ := os.ReadDir(dir)
		for _, e := range entries {
			names = append(names, e.Name())
		}
		return strings.Join(names, " ")
	}
	if err := ReplaceFile(path, "stale", "new", path+".copy"); !errors.Is(err, ErrBusy) || files() != "netrc" {
		t.Errorf("a file that has changed: %v, %s", err, files())
	}
	if err := ReplaceFile(path, "old", "new", filepath.Join(dir, "no", "copy")); err == nil || files() != "netrc" {
		t.Errorf("no copy, no change: %v, %s", err, files())
	}
	if err := ReplaceFile(path, "old", "new", path+".copy"); err != nil || files() != "netrc netrc.copy" {
		t.Errorf("got %v, %s", err, files())
	}
	// A copy holds passwords too, whatever the original let others do.
	modes := map[string]os.FileMode{path: 0o640, path + ".copy": 0o600}
	for name, want := range map[string]string{path: "new", path + ".copy": "old"} {
		text, _ := os.ReadFile(name)
		info, err := os.Stat(name)
		if err != nil || string(text) != want || info.Mode().Perm() != modes[name] {
			t.Errorf("%s: %q, %v, %v", name, text, info.Mode(), err)
		}
		if owner := info.Sys().(*syscall.Stat_t).Uid; os.Geteuid() == 0 && owner != 1234 {
			t.Errorf("%s belongs to %d", name, owner)
		}
	}
	// A name so long that none can be beside it: the copy goes again.
	long := filepath.Join(dir, strings.Repeat("n", 255))
	if err := os.WriteFile(long, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := ReplaceFile(long, "old", "new", path+".copy-2"); err == nil || strings.Contains(files(), "copy-2") {
		t.Errorf("got %v, %s", err, files())
	}
}
