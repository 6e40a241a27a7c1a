package found

import (
	"path/filepath"
	"runtime"

	"git-credential-bitbucket/store/shell"
)

// NetrcFiles are the places where git's curl looks for passwords.
func NetrcFiles() []string {
	names := []string{".netrc"}
	if runtime.GOOS == "windows" {
		names = append(names, "_netrc")
	}
	var paths []string
	if home, err := shell.Home(); err == nil {
		for _, name := range names {
			paths = append(paths, filepath.Join(home, name))
		}
	}
	return paths
}

// CredentialFiles are the files in which git's helper named store keeps passwords if it is told
// of no other.
func CredentialFiles(getenv func(string) string) []string {
	var paths []string
	home, err := shell.Home()
	if err == nil {
		paths = append(paths, filepath.Join(home, ".git-credentials"))
	}
	folder := getenv("XDG_CONFIG_HOME")
	if folder == "" && err == nil {
		folder = filepath.Join(home, ".config")
	}
	if folder != "" {
		paths = append(paths, filepath.Join(folder, "git", "credentials"))
	}
	return paths
}
