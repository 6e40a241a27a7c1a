// Package askpass asks a person by the program that git would start for it, such as an
// editor's or a desktop's.
package askpass

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"

	"git-credential-bitbucket/helper/git"
)

// wait is how long a program that asks a person may take.
const wait = 10 * time.Minute

// maxAnswer is the longest answer that is taken, in bytes.
const maxAnswer = 8 << 10

// ErrNotAnswered: the program that was to ask a person gave no answer.
var ErrNotAnswered = errors.New("no answer")

// Program returns the program that git starts to ask a person, "" if there is none: GIT_ASKPASS,
// even if it is empty, then core.askPass, then SSH_ASKPASS (git's prompt.c, git_prompt). A
// repository's own configuration does not count.
func Program(settings []git.Setting) string {
	if program, set := os.LookupEnv("GIT_ASKPASS"); set {
		return program
	}
	if program, set := git.Value(git.Own(settings), "core.askpass"); set {
		return program
	}
	return os.Getenv("SSH_ASKPASS")
}

// Ask lets such a program ask a person, with the prompt as its only argument, as git does. What
// it complains of goes to stderr. The answer is the first line that it prints. The error wraps
// ErrNotAnswered.
func Ask(ctx context.Context, program, prompt string, stderr *os.File) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, prompt)
	cmd.Stderr = stderr
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %w", program, ErrNotAnswered, err)
	}
	text, err := io.ReadAll(io.LimitReader(out, maxAnswer+1))
	if len(text) > maxAnswer {
		cancel() // it may never end
	}
	if err := errors.Join(err, cmd.Wait()); err != nil {
		return "", fmt.Errorf("%s: %w: %w", program, ErrNotAnswered, err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(line), nil
}
