package git

import (
	"path/filepath"
	"runtime"
	"strings"
)

// isAbsolute reports whether a path means the same wherever git is started. On Windows
// git and its shell take one that begins with a slash for such a path too.
func isAbsolute(path string) bool {
	return filepath.IsAbs(path) || strings.HasPrefix(path, "/")
}

// nativePath reads a path as the shell of Git for Windows does, in which /c/Users
// is C:\Users.
func nativePath(path string) string {
	if runtime.GOOS == "windows" && len(path) > 2 && path[0] == '/' && path[2] == '/' {
		return path[1:2] + ":" + path[2:]
	}
	return path
}
