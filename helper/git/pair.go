package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// errNoPipe: a program is handed a pipe beside its three streams only where systems have that.
var errNoPipe = errors.New("on Windows git cannot be given a token for one question")

// pairWait bounds one question through git.
const pairWait = 20 * time.Second

// AskPair asks a repository at an address on https, by git itself, whether a pair may read or push.
// It returns the status and the text of the answer: 200 where it may. Nothing is fetched or
// pushed. Git gets the pair by a pipe, from a helper that stands for all others at that host.
func AskPair(ctx context.Context, username string, token tokens.Token, address string, push bool) (status int, text string, err error) {
	if runtime.GOOS == "windows" {
		return 0, "", errNoPipe
	}
	a, ok := ParseAddress(address)
	if !ok {
		return 0, "", fmt.Errorf("ask git: %s is no address", address)
	}
	a.User = username // so that no other one's entry in a .netrc is taken
	site := a.Scheme + "://" + a.Host
	args := []string{"-c", "credential." + site + ".helper=", "-c", "credential." + site + `.helper=!f() { test "$1" = get && cat <&3; }; f`}
	dir, err := os.MkdirTemp("", "git-credential-bitbucket-")
	if err != nil {
		return 0, "", fmt.Errorf("ask git: %w", err)
	}
	defer os.RemoveAll(dir)
	if push {
		if _, err := (job{dir: dir, without: cloneVariables}).run(ctx, "init", "-q", "--bare"); err != nil {
			return 0, "", err
		}
		// To take away what is not there changes nothing, and --dry-run would not even try.
		args = append(args, "push", "--dry-run", a.String(), ":refs/heads/"+noBranch)
	} else {
		args = append(args, "ls-remote", "--quiet", a.String(), "refs/heads/"+noBranch)
	}
	said, err := runWithPair(ctx, dir, username, token, args)
	return answerIn(said, err)
}

// noBranch is a branch that no repository has.
const noBranch = "git-credential-bitbucket-asks"

func runWithPair(ctx context.Context, dir, username string, token tokens.Token, args []string) (said string, err error) {
	path, err := Path()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, pairWait)
	defer cancel()
	out, in, err := os.Pipe()
	if err != nil {
		return "", fmt.Errorf("ask git: %w", err)
	}
	defer out.Close()
	// It is shorter than what a pipe takes without a reader.
	_, err = fmt.Fprintf(in, "username=%s\npassword=%s\n", username, token.Reveal())
	in.Close()
	if err != nil {
		return "", fmt.Errorf("ask git: %w", err)
	}
	var complaints bytes.Buffer
	j := job{without: cloneVariables}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Dir, cmd.Env, cmd.Stderr, cmd.WaitDelay = dir, append(append(j.inherited(), "LC_ALL=C"), mute...), &complaints, time.Second
	cmd.ExtraFiles = []*os.File{out}
	err = cmd.Run()
	return complaints.String(), err
}

// answerIn reads what git says of an answer.
func answerIn(said string, failure error) (status int, text string, err error) {
	var lines []string
	last := ""
	for line := range strings.Lines(said) {
		line = strings.TrimRight(line, " \r\n")
		if remote, found := strings.CutPrefix(line, "remote: "); found {
			lines = append(lines, remote)
		} else if line != "" {
			last = line
		}
	}
	text = strings.Join(lines, "\n")
	_, shown, _ := strings.Cut(said, "The requested URL returned error: ")
	shown, _, _ = strings.Cut(shown, "\n")
	status, notShown := strconv.Atoi(strings.TrimSpace(shown))
	switch {
	case failure == nil, strings.Contains(said, "remote ref does not exist"):
		return 200, "", nil
	case strings.Contains(said, "Authentication failed"), strings.Contains(said, "terminal prompts disabled"):
		return 401, text, nil
	case notShown == nil:
		return status, text, nil
	case strings.Contains(said, "not found"):
		return 404, text, nil
	}
	return 0, "", fmt.Errorf("ask git: %s", strings.TrimPrefix(last, "fatal: "))
}

// ProxyLogin asks the helpers of the person's own configuration for a proxy's username and
// password, as git does for one whose address has a username alone. No person is asked.
func ProxyLogin(ctx context.Context, scheme, host, username string) (name, password string, err error) {
	request := fmt.Sprintf("protocol=%s\nhost=%s\nusername=%s\n\n", scheme, host, username)
	out, err := job{dir: folderWithoutClone(), env: mute, in: []byte(request), without: cloneVariables}.run(ctx, "-c", "credential.interactive=false", "credential", "fill")
	if err != nil {
		return "", "", err
	}
	name = username
	for line := range strings.Lines(string(out)) {
		key, value, _ := strings.Cut(strings.TrimRight(line, "\n"), "=")
		switch key {
		case "username":
			name = value
		case "password":
			password = value
		}
	}
	return name, password, nil
}
