package setup

import (
	"os"
	"path/filepath"
	"runtime"

	"git-credential-bitbucket/helper/console"
)

// ProgramPath is the path under which this program stays to be found: that on
// PATH, which may be a link to a folder that carries a version, or else the
// program's own.
func ProgramPath(path string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	for _, found := range OnPath(path, console.Program) {
		if SameFile(found, self) {
			return found, nil
		}
	}
	return self, nil
}

// OnPath returns every program of that name in a list of folders. Relative
// folders are ignored: git must not depend on where it is started.
func OnPath(path, name string) []string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	var found []string
	for _, folder := range filepath.SplitList(path) {
		file := filepath.Join(folder, name)
		info, err := os.Stat(file)
		if filepath.IsAbs(folder) && err == nil && info.Mode().IsRegular() && (info.Mode()&0o111 != 0 || runtime.GOOS == "windows") {
			found = append(found, file)
		}
	}
	return found
}

// SameFile reports whether two paths lead to one file.
func SameFile(a, b string) bool {
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(infoA, infoB)
}

// barePaths are the folders in which a program started from a desktop finds
// others (systemd's and launchd's defaults). Windows hands the whole PATH on.
var barePaths = map[string]string{
	"darwin":  "/usr/bin:/bin:/usr/sbin:/sbin",
	"windows": "",
}

const usualBarePath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// BarePath is PATH as a program has it that was started from a desktop.
func BarePath() string {
	if path, special := barePaths[runtime.GOOS]; special {
		return path
	}
	return usualBarePath
}
