package helper

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"runtime"
	"slices"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// checkNetrc looks at what git's curl reads before a helper is asked.
func checkNetrc(ctx context.Context, x *facts, ask *prober, out *results) {
	checkFiles(ctx, x, ask, out, netrcFiles(), git.ParseNetrc, judgeNetrcLine)
}

// netrcFiles are the places where git's curl looks for passwords.
func netrcFiles() []string {
	names := []string{".netrc"}
	if runtime.GOOS == "windows" {
		names = append(names, "_netrc")
	}
	var paths []string
	if home, err := git.Home(); err == nil {
		for _, name := range names {
			paths = append(paths, filepath.Join(home, name))
		}
	}
	return paths
}

// checkCredentialFiles looks at where git's helper named store keeps what it is
// handed.
func checkCredentialFiles(ctx context.Context, x *facts, ask *prober, out *results) {
	checkFiles(ctx, x, ask, out, credentialFiles(ask.run), git.ParseCredentials, judgeCredentialLine)
}

// credentialFiles are the places where it keeps it if it is told of no other.
func credentialFiles(run *Run) []string {
	var paths []string
	home, err := git.Home()
	if err == nil {
		paths = append(paths, filepath.Join(home, ".git-credentials"))
	}
	folder := run.Getenv("XDG_CONFIG_HOME")
	if folder == "" && err == nil {
		folder = filepath.Join(home, ".config")
	}
	if folder != "" {
		paths = append(paths, filepath.Join(folder, "git", "credentials"))
	}
	return paths
}

// judgeLine reports one line of a file of passwords.
type judgeLine func(ctx context.Context, x *facts, ask *prober, out *results, path string, lines []git.PasswordLine, i int, f foundSecret)

// checkFiles reads files of passwords, and judges each line that is about bitbucket.org.
func checkFiles(ctx context.Context, x *facts, ask *prober, out *results, paths []string, parse func(string) []git.PasswordLine, judge judgeLine) {
	before := len(out.report)
	for _, path := range paths {
		text, err := git.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			out.warn(causeUnreadable, setup.Where{File: path}, "", "the file cannot be read: %v", err)
			continue
		}
		lines := slices.DeleteFunc(parse(text), func(line git.PasswordLine) bool {
			return line.Host != store.GitHost && line.Host != "" || line.Password == ""
		})
		for i, line := range lines {
			judge(ctx, x, ask, out, path, lines, i, ask.judge(ctx, foundSecret{user: line.User, token: tokens.New(line.Password)}))
		}
	}
	if len(out.report) == before {
		out.ok(setup.Where{}, "nothing for bitbucket.org")
	}
}

// netrcServes reports whether git's curl takes an entry for a username; an empty one
// stands for none. Of several that fit it is the first.
func netrcServes(lines []git.PasswordLine, i int, name string) bool {
	return slices.IndexFunc(lines, func(line git.PasswordLine) bool { return name == "" || line.User == name }) == i
}

// judgeNetrcLine reports an entry that git uses before it asks any helper. One
// that Bitbucket answers with 401 is only tried in vain, and one for another name
// than those in use is not tried at all.
func judgeNetrcLine(ctx context.Context, x *facts, ask *prober, out *results, path string, lines []git.PasswordLine, i int, f foundSecret) {
	line := lines[i]
	d := diagnosis{result: resultWarning, cause: causeNetrc, where: setup.Where{File: path, Line: line.Line}}
	used := slices.ContainsFunc(x.namesInURLs(), func(name string) bool { return netrcServes(lines, i, name) })
	switch {
	case line.Host == "" && !used:
		return // an entry for bitbucket.org comes before the default
	case line.Host != "" && !used && f.isDead():
		d.cause, d.found = causeLeftover, f.what()+" for "+f.owner("no username")+", which git does not use here"
		d.do, d.steps = fixCommand, []step{takeOut{path, false, []foundSecret{f}, git.FreeCopy(path)}}
	case line.Host != "" && !used:
		d.cause, d.found = causeLeftover, f.what()+" in plain text, which git does not use here"
		d.do = ask.moveCommand(ctx, f, path)
	case line.Host == "" && f.verdict == foundAppPassword:
		d.result, d.found = resultError, "the default entry holds "+f.what()+", which git sends to Bitbucket too"
		d.do = "edit " + console.ShellPath(path)
	case line.Host == "":
		d.found, d.do = "git sends the password of the default entry to Bitbucket too", "edit "+console.ShellPath(path)
	case f.isDead():
		d.found = "git sends " + f.what() + " before it asks any helper"
		d.do, d.steps = fixCommand, []step{takeOut{path, false, []foundSecret{f}, git.FreeCopy(path)}}
		if f.verdict == foundAppPassword {
			d.result = resultError
		}
	default:
		d.found = "git sends " + f.what() + " before it asks any helper; it lies there in plain text"
		d.do = ask.moveCommand(ctx, f, path)
	}
	if (d.result == resultError || f.verdict == foundGood) && netrcServes(lines, i, x.curlsName()) {
		out.usesFirst(causeNetrc, console.Tilde(path))
	}
	out.add(d)
}

// judgeCredentialLine reports an entry that only the helper named store reads.
func judgeCredentialLine(ctx context.Context, x *facts, ask *prober, out *results, path string, lines []git.PasswordLine, i int, f foundSecret) {
	d := diagnosis{result: resultWarning, cause: causeLeftover, where: setup.Where{File: path, Line: lines[i].Line}}
	d.found = f.what() + " in plain text"
	if f.isDead() {
		d.do, d.steps = fixCommand, []step{takeOut{path, true, []foundSecret{f}, git.FreeCopy(path)}}
	} else {
		d.do = ask.moveCommand(ctx, f, path)
	}
	out.add(d)
}

// moveCommand says what to do about a secret in plain text that may be of use.
func (ask *prober) moveCommand(ctx context.Context, f foundSecret, path string) console.CommandLine {
	if f.isKeepable() && !f.isDead() && !ask.isSaved(ctx, f.token) {
		return "git credential-bitbucket store, then take the line out of " + console.ShellPath(path)
	}
	return "take the line out of " + console.ShellPath(path)
}
