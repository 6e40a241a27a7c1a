// Package command takes a token from a password manager: from the command that prints it.
package command

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// Vault is a vault of one token, which a command prints: that of a password
// manager. It is read only: the token is made and destroyed in the manager.
//
// It alone starts a process, and only for an entry whose owner wrote the command.
type Vault struct {
	argv []string
	wait time.Duration
}

// commandMarker in the environment tells that a command runs: one that asks git for
// something from bitbucket.org would start itself without end.
const commandMarker = "GIT_CREDENTIAL_BITBUCKET_COMMAND"

// ofTheClone are the variables by which git hands on which clone it is in, as git
// rev-parse --local-env-vars lists them. A git that the command starts is not to be
// led there.
var ofTheClone = []string{"GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_CONFIG", "GIT_CONFIG_COUNT", "GIT_CONFIG_PARAMETERS",
	"GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_INTERNAL_SUPER_PREFIX", "GIT_NO_REPLACE_OBJECTS",
	"GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_REPLACE_REF_BASE", "GIT_SHALLOW_FILE", "GIT_WORK_TREE"}

// The bounds of a command: a person may have to unlock the password manager first.
const (
	commandWait  = 60 * time.Second
	maxPrinted   = 64 << 10 // bytes on its standard output
	maxComplaint = 4 << 10  // bytes on its standard error that are kept
)

// Why a command could not serve, for errors.Is.
var (
	ErrCommandFailed = errors.New("the command failed")
	ErrOtherToken    = errors.New("it prints another token")
)

// New returns the vault that a command is. argv is the program, by a name
// on PATH or a path, and its arguments.
func New(argv []string) *Vault { return &Vault{argv, commandWait} }

// Get runs the command. The first line that it prints is the token, as password
// managers have it; what is behind that is theirs. ErrCommandFailed. The id
// means nothing.
func (c *Vault) Get(ctx context.Context, _ string) (tokens.Secret, error) {
	printed, err := c.run(ctx)
	if err != nil {
		return tokens.Secret{}, err
	}
	line, _, _ := strings.Cut(strings.TrimSpace(printed), "\n")
	token := tokens.New(strings.TrimSpace(line))
	if !token.Kind().IsToken() || !token.WellFormed() {
		return tokens.Secret{}, c.failed(fmt.Errorf("the first line that it printed is %w", tokens.ErrWrongKind))
	}
	if len(token.Reveal()) > tokens.MaxToken {
		return tokens.Secret{}, c.failed(fmt.Errorf("the first line that it printed is over %d bytes", tokens.MaxToken))
	}
	return tokens.Secret{Token: token}, nil
}

// Set writes nothing: it checks that the command prints this very secret.
// ErrOtherToken: it does not.
func (c *Vault) Set(ctx context.Context, id string, secret tokens.Secret) error {
	if _, err := secret.Encode(); err != nil {
		return err
	}
	if !secret.Refresh.Empty() {
		return c.failed(errors.New("a refresh token goes with it, which no command prints"))
	}
	printed, err := c.Get(ctx, id)
	if err == nil && printed != secret {
		err = c.failed(ErrOtherToken)
	}
	return err
}

// Delete has nothing to do: what the command prints stays where it is.
func (c *Vault) Delete(context.Context, string) error { return nil }

// run returns what the command prints. It gets no input, and runs in the home
// folder without what git says of the clone: that is not to have a say.
func (c *Vault) run(ctx context.Context) (string, error) {
	if err := ctx.Err(); err != nil {
		return "", err
	}
	if len(c.argv) == 0 {
		return "", c.failed(ErrNotACommand)
	}
	if os.Getenv(commandMarker) != "" {
		return "", c.failed(errors.New("it asks for the very token that it is to print"))
	}
	path, err := exec.LookPath(c.argv[0])
	if err != nil {
		return "", c.failed(err)
	}
	// Who ends this program ends the command.
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	waited, cancel := context.WithTimeout(ctx, c.wait)
	defer cancel()
	cmd := exec.CommandContext(waited, path, c.argv[1:]...)
	if cmd.Dir, err = os.UserHomeDir(); err != nil {
		cmd.Dir = filepath.Dir(path)
	}
	cmd.Env = append(withoutClone(os.Environ()), commandMarker+"=1")
	cmd.WaitDelay = time.Second
	endWhole(cmd, func() bool { return ctx.Err() != nil })
	printed, complaint := &bounded{most: maxPrinted, tooMuch: cancel}, &bounded{most: maxComplaint}
	cmd.Stdout, cmd.Stderr = printed, complaint
	err = cmd.Run()
	switch {
	case printed.over:
		return "", c.failed(fmt.Errorf("it printed over %d bytes", maxPrinted))
	case ctx.Err() != nil:
		return "", ctx.Err()
	case waited.Err() != nil:
		return "", c.failed(fmt.Errorf("it took over %v", c.wait))
	case errors.Is(err, exec.ErrWaitDelay):
		// It has ended, and well; what it left running holds the pipe.
	case err != nil:
		return "", c.failed(fmt.Errorf("%w%s", err, complaint.firstLine()))
	}
	return printed.text.String(), nil
}

func withoutClone(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(ofTheClone, name)
	})
}

func (c *Vault) failed(err error) error { return &Error{c.argv, err} }

// Error is an ErrCommandFailed that knows which and why.
type Error struct {
	Argv []string
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%v: %v", ErrCommandFailed, e.Err) }

// Hint is what to type about it.
func (e *Error) Hint() hint.Line { return "see what it says: " + shell.Words(e.Argv) }

// Unwrap returns ErrCommandFailed and the cause.
func (e *Error) Unwrap() []error { return []error{ErrCommandFailed, e.Err} }

// bounded keeps what a command writes, up to a bound.
type bounded struct {
	text    bytes.Buffer
	most    int
	over    bool
	tooMuch func() // ends the command; nil: what is over is dropped
}

func (b *bounded) Write(data []byte) (int, error) {
	if room := b.most - b.text.Len(); len(data) > room {
		b.over = true
		b.text.Write(data[:room])
		if b.tooMuch != nil {
			b.tooMuch()
		}
		return len(data), nil
	}
	return b.text.Write(data)
}

// firstLine is what a command said about its failure first.
func (b *bounded) firstLine() string {
	line, _, _ := strings.Cut(strings.TrimSpace(b.text.String()), "\n")
	if line == "" {
		return ""
	}
	return ": " + tokens.Redact(line)
}

// Why a line is no command, for errors.Is.
var (
	ErrNotACommand = errors.New("this is not a command")
	// ErrNeedsShell is an ErrNotACommand that a shell would understand.
	ErrNeedsShell = hint.Case(ErrNotACommand, "this is not a command: no shell runs it", "")
)

// Parse splits a line into a program and its arguments, at blanks outside
// of '…' and "…". No shell will read it, so what only a shell understands is an
// ErrNotACommand; sh -c '…' is the way to have one. A program that is named without
// a folder is looked for on PATH now, since git may have another PATH later.
func Parse(line string) ([]string, error) {
	argv, err := splitWords(line)
	if err != nil {
		return nil, err
	}
	if len(argv) == 0 || argv[0] == "" {
		return nil, fmt.Errorf("%w: it is empty", ErrNotACommand)
	}
	if tokens.Redact(line) != line {
		return nil, fmt.Errorf("%w: it contains a token, which would be readable in the index", ErrNotACommand)
	}
	path, err := exec.LookPath(argv[0])
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNotACommand, err)
	}
	argv[0] = path
	return argv, nil
}

// shellOnly are the signs that mean something to a shell.
const shellOnly = "|&;<>()$`*?~"

// splitWords splits a line as a shell would if it had quotes alone.
func splitWords(line string) ([]string, error) {
	var words []string
	var word strings.Builder
	var quote rune
	inWord := false
	for _, r := range line {
		switch {
		case r < ' ' && r != '\t' || r == 0x7f:
			return nil, fmt.Errorf("%w: it holds a control character", ErrNotACommand)
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '\'' || r == '"':
			quote, inWord = r, true
		case r == ' ' || r == '\t':
			if inWord {
				words = append(words, word.String())
				word.Reset()
			}
			inWord = false
		case strings.ContainsRune(shellOnly, r) || r == '\\' && runtime.GOOS != "windows":
			return nil, fmt.Errorf("%w, which %q would need", ErrNeedsShell, r)
		default:
			word.WriteRune(r)
			inWord = true
		}
	}
	if quote != 0 {
		return nil, fmt.Errorf("%w: a quote is not closed", ErrNotACommand)
	}
	if inWord {
		words = append(words, word.String())
	}
	return words, nil
}
