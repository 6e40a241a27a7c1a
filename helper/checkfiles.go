package helper

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// checkNetrc looks at what git's curl reads before a helper is asked.
func (x *examination) checkNetrc() {
	names := []string{".netrc"}
	if runtime.GOOS == "windows" {
		names = append(names, "_netrc")
	}
	var paths []string
	if home, err := os.UserHomeDir(); err == nil {
		for _, name := range names {
			paths = append(paths, filepath.Join(home, name))
		}
	}
	x.checkFiles(paths, git.ParseNetrc, x.judgeNetrcLine)
}

// checkCredentialFiles looks at where git's helper named store keeps what it is
// handed.
func (x *examination) checkCredentialFiles() {
	var paths []string
	home, err := os.UserHomeDir()
	if err == nil {
		paths = append(paths, filepath.Join(home, ".git-credentials"))
	}
	folder := x.getenv("XDG_CONFIG_HOME")
	if folder == "" && err == nil {
		folder = filepath.Join(home, ".config")
	}
	if folder != "" {
		paths = append(paths, filepath.Join(folder, "git", "credentials"))
	}
	x.checkFiles(paths, git.ParseCredentials, x.judgeCredentialLine)
}

// checkFiles reads files of passwords, and judges each line that is about bitbucket.org.
func (x *examination) checkFiles(paths []string, parse func(string) []git.PasswordLine, judge func(string, git.PasswordLine, foundSecret)) {
	before := len(x.report)
	for _, path := range paths {
		text, err := git.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			x.warn(causeUnreadable, where{file: path}, "", "the file cannot be read: %v", err)
			continue
		}
		for _, line := range parse(text) {
			if (line.Host == store.GitHost || line.Host == "") && line.Password != "" {
				judge(path, line, x.judge(foundSecret{user: line.User, token: store.NewToken(line.Password)}))
			}
		}
	}
	if len(x.report) == before {
		x.ok(where{}, "nothing for bitbucket.org")
	}
}

// judgeNetrcLine reports an entry that git uses before it asks any helper. One
// that Bitbucket answers with 401 is only tried in vain.
func (x *examination) judgeNetrcLine(path string, line git.PasswordLine, f foundSecret) {
	d := diagnosis{result: resultWarning, cause: causeNetrc, where: where{file: path, line: line.Line}}
	switch {
	case line.Host == "" && f.verdict == foundAppPassword:
		d.result, d.found = resultError, "the default entry holds "+f.what()+", which git sends to Bitbucket too"
		d.do = "edit " + shellPath(path)
	case line.Host == "":
		d.found, d.do = "git sends the password of the default entry to Bitbucket too", "edit "+shellPath(path)
	case f.isDead():
		d.found = "git sends " + f.what() + " before it asks any helper"
		d.do, d.steps = fixCommand, []step{takeOut{path, false, []foundSecret{f}, git.FreeCopy(path)}}
		if f.verdict == foundAppPassword {
			d.result = resultError
		}
	default:
		d.found = "git sends " + f.what() + " before it asks any helper; it lies there in plain text"
		d.do = moveCommand(x, f, path)
	}
	if d.result == resultError || f.verdict == foundGood {
		x.usesFirst(causeNetrc, tilde(path))
	}
	x.add(d)
}

// judgeCredentialLine reports an entry that only the helper named store reads.
func (x *examination) judgeCredentialLine(path string, line git.PasswordLine, f foundSecret) {
	d := diagnosis{result: resultWarning, cause: causeLeftover, where: where{file: path, line: line.Line}}
	d.found = f.what() + " in plain text"
	if f.isDead() {
		d.do, d.steps = fixCommand, []step{takeOut{path, true, []foundSecret{f}, git.FreeCopy(path)}}
	} else {
		d.do = moveCommand(x, f, path)
	}
	x.add(d)
}

// moveCommand says what to do about a secret in plain text that may be of use.
func moveCommand(x *examination, f foundSecret, path string) commandLine {
	if f.isKeepable() && !x.isSaved(f.token) {
		return "git credential-bitbucket store, then take the line out of " + shellPath(path)
	}
	return "take the line out of " + shellPath(path)
}
