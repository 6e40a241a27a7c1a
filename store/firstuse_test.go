package store

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"git-credential-bitbucket/store/private"
)

// A second process says that it waits for another's question, and goes on by itself when that
// takes too long.
func TestWaitingQuestionBlocksNoOther(t *testing.T) {
	was := questionWait
	questionWait = 1200 * time.Millisecond
	defer func() { questionWait = was }()
	s, _ := newStore(t)
	asking, told, done := make(chan struct{}), make(chan struct{}), make(chan error)
	go func() {
		_, err := s.AskOnce(t.Context(), func() {}, func([]Entry) bool { return false }, func() bool {
			close(asking)
			<-told
			return true
		})
		done <- err
	}()
	<-asking
	var words atomic.Int32
	_, err := s.AskOnce(t.Context(), func() { words.Add(1) }, func([]Entry) bool { return false }, func() bool {
		t.Error("asked while another question is open")
		return false
	})
	if !errors.Is(err, private.ErrBusy) || words.Load() != 1 {
		t.Errorf("got %v, with %d words about the wait", err, words.Load())
	}
	close(told)
	if err := <-done; err != nil {
		t.Error(err)
	}
}
