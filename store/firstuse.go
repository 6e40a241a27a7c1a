package store

import (
	"context"
	"time"
)

// AskOnce runs ask, a question to a person at the terminal, in one process at a
// time. A process that had to wait finds its question answered: with entries, if
// a token was saved, or by a refusal (skipped), if the person wanted none. The
// wait for another's question ends after two minutes with ErrBusy.
//
// It returns what ask returned, or done for a question that was answered
// meanwhile.
func (s *Store) AskOnce(ctx context.Context, ask func() (saved bool, err error)) (done bool, err error) {
	began := time.Now()
	unlock, err := s.lock(ctx, "question.lock", questionWait)
	if err != nil {
		return false, err
	}
	defer unlock()
	idx, err := readIndex(s.indexPath())
	if err != nil {
		return false, err
	}
	if len(idx.Entries) > 0 || idx.Skipped.After(began.Add(-skipLasts)) {
		return true, nil
	}
	saved, err := ask()
	if err != nil || saved {
		return false, err
	}
	return false, s.update(ctx, func(x *index) error {
		x.Skipped = time.Now().UTC()
		return nil
	})
}

// skipLasts is for how long a skipped question is not asked again: gits that were
// started together do not all ask at the same moment.
const skipLasts = 10 * time.Second

// questionWait is how long to wait for another's question to be answered.
const questionWait = 2 * time.Minute
