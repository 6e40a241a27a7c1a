package private

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// ErrRelativePath: a variable names a file by a path that means another file in each
// folder. Git starts helpers in the clone's, and a repository could bring one.
var ErrRelativePath = errors.New("not an absolute path, and a repository could bring such a file")

// ReadNamedFile reads the small file that a variable names, trimmed.
func ReadNamedFile(variable, path string) (string, error) {
	if !filepath.IsAbs(path) {
		return "", hint.With(fmt.Errorf("%s is %w", path, ErrRelativePath), hint.Line("export "+variable+"=/PATH/TO/")+shell.Word(filepath.Base(path)))
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
	data, err := io.ReadAll(io.LimitReader(f, 2*tokens.MaxToken))
	if err != nil {
		return "", err
	}
	text := strings.TrimSpace(string(data))
	switch {
	case text == "":
		return "", errors.New("the file is empty")
	case len(text) > tokens.MaxToken:
		return "", tokens.ErrTooLarge
	}
	return text, nil
}
