package helper

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// terminal is the person's own, whatever stdin and stderr are.
type terminal struct {
	in, out *os.File
	state   *term.State
	signals chan os.Signal
}

// errCancelled: the person ended a question with Ctrl-D.
var errCancelled = errors.New("cancelled, nothing was changed")

// openTerminal opens the terminal for questions. Until close, a signal that ends
// the program puts it back first as it was, so that what is typed shows again.
func openTerminal() (*terminal, error) {
	in, out, err := openTTY()
	if err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	t := &terminal{in: in, out: out, signals: make(chan os.Signal, 1)}
	if t.state, err = term.GetState(int(in.Fd())); err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	signal.Notify(t.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	go func() {
		if caught, ok := <-t.signals; ok {
			t.restore()
			io.WriteString(t.out, "\n")
			os.Exit(128 + signalNumber(caught))
		}
	}()
	return t, nil
}

func openTTY() (in, out *os.File, err error) {
	if runtime.GOOS == "windows" {
		if in, err = os.OpenFile("CONIN$", os.O_RDWR, 0); err != nil {
			return nil, nil, err
		}
		out, err = os.OpenFile("CONOUT$", os.O_RDWR, 0)
		return in, out, err
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	return tty, tty, err
}

func signalNumber(s os.Signal) int {
	if number, ok := s.(syscall.Signal); ok {
		return int(number)
	}
	return int(syscall.SIGINT)
}

func (t *terminal) restore() { term.Restore(int(t.in.Fd()), t.state) }

func (t *terminal) close() {
	signal.Stop(t.signals)
	close(t.signals)
	t.restore()
	t.in.Close()
	t.out.Close()
}

// readSecret reads a line without echo.
func (t *terminal) readSecret(prompt string) (string, error) {
	io.WriteString(t.out, prompt)
	secret, err := term.ReadPassword(int(t.in.Fd()))
	io.WriteString(t.out, "\n")
	return string(secret), ended(err)
}

// readLine reads a line, byte by byte so that what was typed ahead is left for
// the next question.
func (t *terminal) readLine(prompt string) (string, error) {
	io.WriteString(t.out, prompt)
	var line []byte
	var one [1]byte
	for {
		n, err := t.in.Read(one[:])
		switch {
		case n == 1 && one[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, one[0])
		case err != nil:
			io.WriteString(t.out, "\n")
			return "", ended(err)
		}
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return errCancelled
	}
	return err
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// isGitBash tells whether a file is the pipe that Git Bash's own terminal gives
// Windows programs in place of a console.
func isGitBash(f *os.File) bool { return isatty.IsCygwinTerminal(f.Fd()) }
