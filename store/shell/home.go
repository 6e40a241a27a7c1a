package shell

import (
	"os"
	"runtime"
)

// Home is the folder in which git looks for a person's files. On Windows HOME comes
// before the profile's folder (git's compat/mingw.c, setup_windows_environment).
func Home() (string, error) {
	if home := os.Getenv("HOME"); runtime.GOOS == "windows" && home != "" {
		return home, nil
	}
	return os.UserHomeDir()
}
