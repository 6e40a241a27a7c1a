//go:build linux

package proof

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tap is between a program and the bus, so that something can happen just
// when the program has sent a certain message.
type tap struct {
	bus      string // path of the bus's socket
	listener net.Listener
	open     sync.WaitGroup

	mu   sync.Mutex // held while something is done, so that arm and disarm wait for its end
	seen int        // what programs have sent since arm
	at   int
	do   func() error
	done bool // whether that has happened
	err  error
	// late is how long each answer is kept back.
	late atomic.Int64
}

// tapInto returns a tap on the bus at an address, which must be a socket's.
func tapInto(t *testing.T, address string) *tap {
	t.Helper()
	path, _, _ := strings.Cut(strings.TrimPrefix(address, "unix:path="), ",")
	listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "tap"))
	if err != nil {
		t.Fatal(err)
	}
	p := &tap{bus: path, listener: listener}
	p.open.Go(p.serve)
	t.Cleanup(func() {
		listener.Close()
		p.open.Wait()
	})
	return p
}

func (p *tap) address() string { return "unix:path=" + p.listener.Addr().String() }

// arm makes something happen when the n-th message from now on has come, before
// it is handed on.
func (p *tap) arm(n int, do func() error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.at, p.do, p.done, p.err = 0, n, do, false, nil
}

var errNeverCame = errors.New("that message never came")

// disarm reports how many messages have come since arm. The error is that of what was
// to happen, or that it has not.
func (p *tap) disarm() (sent int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err = p.err; p.at > 0 && !p.done {
		err = errNeverCame
	}
	p.at = 0
	return p.seen, err
}

// count counts a message, and does what is to be done when it has come.
func (p *tap) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen++; p.seen == p.at {
		p.done, p.err = true, p.do()
	}
}

func (p *tap) serve() {
	for {
		program, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.open.Go(func() { p.connect(program) })
	}
}

func (p *tap) connect(program net.Conn) {
	defer program.Close()
	bus, err := net.Dial("unix", p.bus)
	if err != nil {
		return
	}
	defer bus.Close()
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.answer(program, bus)
		program.Close() // as a bus that goes away does
	}()
	p.ask(bus, program)
	bus.Close()
	<-answered
}

// ask hands on what the program says, message by message.
func (p *tap) ask(bus io.Writer, program io.Reader) {
	from := bufio.NewReader(program)
	next := nextLine
	for {
		message, err := next(from)
		if err != nil {
			return
		}
		p.count()
		if _, err := bus.Write(message); err != nil {
			return
		}
		if string(message) == "BEGIN\r\n" {
			next = nextMessage
		}
	}
}

// nextLine reads one line of those by which a program makes itself known; a zero
// byte is before the first.
func nextLine(from *bufio.Reader) ([]byte, error) { return from.ReadBytes('\n') }

// nextMessage reads one message: 16 bytes with the lengths of the other fields of
// its header, which are filled up to 8, and of its body (the D-Bus specification,
// "Message Format").
func nextMessage(from *bufio.Reader) ([]byte, error) {
	const fixed = 16
	head, err := from.Peek(fixed)
	if err != nil {
		return nil, err
	}
	order := binary.ByteOrder(binary.LittleEndian)
	if head[0] == 'B' {
		order = binary.BigEndian
	}
	body, fields := order.Uint32(head[4:]), order.Uint32(head[12:])
	message := make([]byte, fixed+(fields+7)/8*8+body)
	_, err = io.ReadFull(from, message)
	return message, err
}

func (p *tap) answer(program io.Writer, bus io.Reader) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := bus.Read(buffer)
		if err != nil {
			return
		}
		if late := time.Duration(p.late.Load()); late > 0 {
			<-time.After(late) // the fault itself: a service that is slow
		}
		if _, err := program.Write(buffer[:n]); err != nil {
			return
		}
	}
}
