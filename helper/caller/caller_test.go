package caller

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestIdentify(t *testing.T) {
	chain := func(lines ...string) (all []process) {
		for i, line := range lines {
			all = append(all, process{string(rune('1' + i)), strings.Fields(line)})
		}
		return all
	}
	tests := []struct {
		name  string
		chain []process
		id    string // "" if the caller is not known
		seeds bool
	}{
		{"git's HTTP, by an absolute path", chain("/bin/sh -c helper", "git-remote-https origin https://bitbucket.org/ws/repo", "git fetch"), "2", false},
		{"without a shell in between", chain("/usr/lib/git-core/git-remote-http origin URL"), "1", false},
		{"by the helper's name", chain("git credential-bitbucket store", "/bin/sh -c git", "/usr/lib/git-core/git-remote-https o u"), "3", false},
		{"a push over plain WebDAV", chain("sh -c x", "git http-push u"), "2", false},
		{"a program seeds", chain("sh -c x", "git credential approve", "python3 seed.py"), "3", true},
		{"with options before the word", chain("sh -c x", "git -c a=b -C . credential approve", "bash seed.sh"), "3", true},
		{"a program asks", chain("sh -c x", "git credential fill", "bash"), "3", false},
		{"Git LFS approves", chain("sh -c x", "git credential approve", "git-lfs filter-process"), "3", false},
		{"Git LFS, as git's word", chain("sh -c x", "git credential approve", "git lfs pull"), "3", false},
		{"a program in a container of its own", chain("sh -c x", "git credential approve"), "2", true},
		{"a script around the helper", chain("sh wrapper store", "sh -c wrapper", "git-remote-https o u"), "3", false},
		{"no word after credential", chain("sh -c x", "git credential", "bash"), "", false},
		{"a program that calls the helper itself", chain("cargo build"), "", false},
		{"a person's shell", chain("bash"), "", false},
		{"a name that begins alike", chain("sh -c x", "git-remote-ftp o u"), "", false},
		{"an argument alike", chain("sh -c x", "vim git-remote-https"), "", false},
		{"nothing", nil, "", false},
		{"no arguments, as of a dead process", []process{{"1", nil}}, "", false},
	}
	for _, test := range tests {
		got, known := identify(test.chain)
		if got.ID != test.id || got.Seeds != test.seeds || known != (test.id != "") {
			t.Errorf("%s: got %+v, %t", test.name, got, known)
		}
	}
}

// The list of processes is the system's own.
func TestAbove(t *testing.T) {
	if runtime.GOOS != "linux" && runtime.GOOS != "darwin" {
		t.Skip("on this system the list of processes is not read")
	}
	if os.Getenv("PRINT_ABOVE") != "" {
		for _, p := range above(2) {
			os.Stdout.WriteString(p.id + " " + strings.Join(p.args, " ") + "\n")
		}
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// The : keeps the shell from becoming the test.
	cmd := exec.Command("sh", "-c", self+" -test.run=TestAbove; :", "a b")
	cmd.Env = append(os.Environ(), "PRINT_ABOVE=1")
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(out), "\n")
	if !strings.Contains(lines[0], " sh -c ") || !strings.HasSuffix(lines[0], " a b") || !strings.Contains(lines[1], filepath.Base(self)) {
		t.Errorf("got %q", lines)
	}
}
