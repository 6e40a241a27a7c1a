package console

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"
	"time"

	"git-credential-bitbucket/store/tokens"

	"github.com/mattn/go-isatty"
	"golang.org/x/term"
)

// Terminal is the person's own, whatever stdin and stderr are.
type Terminal struct {
	in, out *os.File
	state   *term.State
	signals chan os.Signal
	mu      sync.Mutex // held while the state is changed, and for good once a signal ends the program
	closed  chan struct{}
}

// How a person ends a question: with Ctrl-D, or with Ctrl-C.
var (
	ErrCancelled   = errors.New("cancelled, nothing was changed")
	ErrInterrupted = errors.New("interrupted, nothing was changed")
)

// OpenTerminal opens the terminal for questions. Until close, a signal that ends
// the program puts it back first as it was, so that what is typed shows again.
func OpenTerminal() (*Terminal, error) {
	in, out, err := openTTY()
	if err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	t := &Terminal{in: in, out: out, signals: make(chan os.Signal, 1), closed: make(chan struct{})}
	if t.state, err = term.GetState(int(in.Fd())); err != nil {
		return nil, fmt.Errorf("open the terminal: %w", err)
	}
	signal.Notify(t.signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	go func() {
		select {
		case caught := <-t.signals:
			t.mu.Lock()
			t.restore()
			io.WriteString(t.out, "\n")
			os.Exit(128 + signalNumber(caught))
		case <-t.closed:
		}
	}()
	go t.watchParent(os.Getppid())
	return t, nil
}

// parentGlance is how often a question looks whether the answer is still wanted.
const parentGlance = 200 * time.Millisecond

// watchParent ends the program when who started it is gone: a git that was killed
// leaves no one to answer, and a terminal that its shell wants back.
func (t *Terminal) watchParent(parent int) {
	glance := time.NewTicker(parentGlance)
	defer glance.Stop()
	for {
		select {
		case <-t.closed:
			return
		case <-glance.C:
			if os.Getppid() != parent {
				t.signals <- syscall.SIGHUP
				return
			}
		}
	}
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

func (t *Terminal) restore() { term.Restore(int(t.in.Fd()), t.state) }

// awaitSignal waits for a signal that was sent to us, too, and that ends the program:
// it must not come when it is not taken any more.
func (t *Terminal) awaitSignal() {
	select {
	case <-t.closed:
	case <-time.After(time.Second):
	}
}

func (t *Terminal) Close() {
	signal.Stop(t.signals)
	close(t.closed)
	t.restore()
	t.in.Close()
	t.out.Close()
}

// What the keys send when the terminal does not interpret them.
const (
	ctrlC, ctrlD, ctrlU  = 3, 4, 21
	backspace, deleteKey = 8, 127
)

// maxTyped is as much of a secret as is kept, in bytes: enough to tell that it is
// too long.
const maxTyped = 2 * tokens.MaxToken

// readSecret reads a line without echo. The echo is off before the prompt is
// seen, and the keys are ours, so that no moment is left in which an interrupt
// could leave the terminal mute.
func (t *Terminal) readSecret(prompt string) (string, error) {
	if err := t.mute(); err != nil {
		return "", fmt.Errorf("turn off the terminal's echo: %w", err)
	}
	defer func() {
		t.restore()
		io.WriteString(t.out, "\n")
	}()
	io.WriteString(t.out, prompt)
	var secret []byte
	for {
		key, err := t.readByte()
		switch {
		case err != nil:
			return "", ended(err)
		case key == '\r', key == '\n':
			return string(secret), nil
		case key == ctrlC:
			t.restore()
			if interruptGroup() {
				t.awaitSignal()
			}
			return "", ErrInterrupted
		case key == ctrlD && len(secret) == 0:
			return "", ErrCancelled
		case key == ctrlU:
			secret = nil
		case key == backspace, key == deleteKey:
			secret = secret[:max(0, len(secret)-1)]
		case len(secret) < maxTyped:
			secret = append(secret, key)
		}
	}
}

// mute takes echo and the meaning of keys away, unless a signal is just ending
// the program.
func (t *Terminal) mute() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	_, err := term.MakeRaw(int(t.in.Fd()))
	return err
}

func (t *Terminal) readByte() (byte, error) {
	var one [1]byte
	for {
		if n, err := t.in.Read(one[:]); n == 1 || err != nil {
			return one[0], err
		}
	}
}

// readLine reads a line, byte by byte so that what was typed ahead is left for
// the next question.
func (t *Terminal) readLine(prompt string) (string, error) {
	io.WriteString(t.out, prompt)
	var line []byte
	for {
		key, err := t.readByte()
		switch {
		case err != nil:
			io.WriteString(t.out, "\n")
			return "", ended(err)
		case key == '\n':
			return string(line), nil
		}
		line = append(line, key)
	}
}

func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return ErrCancelled
	}
	return err
}

func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// IsGitBash reports whether a file is the pipe that Git Bash's own terminal gives
// Windows programs in place of a console.
func IsGitBash(f *os.File) bool { return isatty.IsCygwinTerminal(f.Fd()) }
