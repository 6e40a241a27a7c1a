package setup

import (
	"path/filepath"
	"runtime"
	"testing"

	"git-credential-bitbucket/helper/git"
)

func TestCheckOwnPath(t *testing.T) {
	for path, good := range map[string]bool{"/bin/git-credential-bitbucket": true, "/my bin/git-credential-bitbucket": true,
		"/bin/renamed": false, "/a\nb/git-credential-bitbucket": false} {
		if err := CheckOwnPath(path); (err == nil) != good {
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
		got := HelperCommand(path)
		if got != want {
			t.Errorf("%s: got %s, want %s", path, got, want)
		}
		if back := (git.Helper{Command: got}).Program(); back != filepath.ToSlash(path) {
			t.Errorf("%s reads back as %s", got, back)
		}
	}
}
