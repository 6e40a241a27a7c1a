//go:build linux

package proof

import (
	"io"
	"net"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// tap stands between a program and the bus, so that something can happen just
// when the program has sent a certain message.
type tap struct {
	bus      string // path of the bus's socket
	listener net.Listener
	open     sync.WaitGroup

	mu   sync.Mutex // held while something is done, so that arm waits for its end
	seen int        // what programs have sent since arm
	at   int
	do   func()
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
func (p *tap) arm(n int, do func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen, p.at, p.do = 0, n, do
}

// sent is how many messages have come since arm.
func (p *tap) sent() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen
}

// count counts a message, and does what is to be done when it has come.
func (p *tap) count() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.seen++; p.seen == p.at {
		p.do()
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

// ask hands on what the program says. A message is what one read brings: programs
// that wait for answers write them one by one.
func (p *tap) ask(bus io.Writer, program io.Reader) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := program.Read(buffer)
		if err != nil {
			return
		}
		p.count()
		if _, err := bus.Write(buffer[:n]); err != nil {
			return
		}
	}
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
