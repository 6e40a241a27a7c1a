package store

import (
	"context"
	"time"
)

// AskOnce runs ask, a question to a person, in one process at a time. ask reports whether
// anything was typed. A process that had to wait, of which waiting is told after a second,
// finds its question answered: isAnswered says so of the entries that there are then, or
// the person wanted to type none a moment ago. The wait for another's question ends after
// half a minute with private.ErrBusy.
func (s *Store) AskOnce(ctx context.Context, waiting func(), isAnswered func([]Entry) bool, ask func() (typed bool)) (answered bool, err error) {
	began := time.Now()
	word := time.AfterFunc(time.Second, waiting)
	unlock, err := s.lock(ctx, "question.lock", questionWait)
	word.Stop()
	if err != nil {
		return false, err
	}
	defer unlock()
	idx, err := readIndex(s.indexPath())
	if err != nil {
		return false, err
	}
	if isAnswered(idx.Entries) || idx.skippedSince(began) {
		return true, nil
	}
	if ask() {
		return false, nil
	}
	return false, s.update(ctx, func(x *index) error {
		x.Skipped = time.Now().UTC()
		return nil
	})
}

// skippedSince reports whether the question was skipped after this process began,
// or not long before. A time that is still to come is of a clock that was wrong.
func (x *index) skippedSince(began time.Time) bool {
	return x.Skipped.After(began.Add(-skipLasts)) && !x.Skipped.After(time.Now())
}

// skipLasts is for how long a skipped question is not asked again: gits that were
// started together do not all ask at the same moment.
const skipLasts = 10 * time.Second

// questionWait is how long to wait for another's question to be answered.
var questionWait = 30 * time.Second
