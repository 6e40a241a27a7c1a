package tokens

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// RelativePathError: a variable names a file by a path that means another file in
// each folder. Git starts helpers in the clone's, and a repository could bring one.
type RelativePathError struct{ Variable, Path string }

func (e *RelativePathError) Error() string {
	return fmt.Sprintf("%s is no absolute path, and a repository could bring such a file", e.Path)
}

// ReadNamedFile reads the small file that a variable names, trimmed.
func ReadNamedFile(variable, path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", &RelativePathError{variable, path}
	}
	return readTokenFile(path)
}

// readTokenFile reads what a small file holds, trimmed: a regular file alone: a pipe could keep git waiting.
func readTokenFile(path string) (string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, 2*MaxSecret))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	switch {
	case text == "":
		return "", errors.New("the file is empty")
	case len(text) > MaxSecret:
		return "", ErrTooLarge
	}
	return text, nil
}
