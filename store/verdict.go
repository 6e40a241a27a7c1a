package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"

	"git-credential-bitbucket/store/private"
)

// Answer is what Bitbucket says of a token when it is asked.
type Answer struct {
	Alive  bool
	Scopes []string // nil: it did not say
	// FromREST: REST said it, and so of this token with this email.
	FromREST bool
}

// ErrNoVerdict: Bitbucket could not be asked, so it is not known.
var ErrNoVerdict = errors.New("no verdict")

// Refused is which request Bitbucket refused.
type Refused struct {
	Place  string // "ws/repo", or "" if git did not say
	Caller string // the program that asked, "" if it is not known: one may try without end
}

// Judge settles what becomes of an entry that Bitbucket refused. ask finds out whether its token is alive; of several processes
// one asks, and the others take its answer for a minute. If ask fails, or ctx ends first,
// the error wraps ErrNoVerdict and nothing is changed.
//
// An alive token stays; a dead one is set aside for good. The entry is returned
// as it stands then, and whether this call is the one that changed it. With another error
// the answer could not be noted, and the entry is as it would stand.
func (s *Store) Judge(ctx context.Context, id string, refused Refused, ask func(*Entry) (Answer, error)) (e Entry, news bool, err error) {
	unlock, err := s.lock(ctx, verdictLock(id), lockWait)
	switch {
	case errors.Is(err, private.ErrBusy), ctx.Err() != nil:
		return Entry{}, false, errors.Join(ErrNoVerdict, err)
	case err != nil:
		unlock = func() {} // as in a home that is read only: the answer is worth more than the lock
	}
	defer unlock()
	current, err := s.byID(id)
	if err != nil || current.SetAside != nil && current.IsSetAside(Now()) {
		return current, false, err
	}
	var answer Answer
	known := current.Verdict.fresh(Now())
	if known {
		answer.Alive = current.Verdict.Alive
	} else {
		if answer, err = ask(&current); err != nil {
			return Entry{}, false, errors.Join(ErrNoVerdict, err)
		}
	}
	// The answer is here; that the time for it is up must not lose it.
	e, err = s.Edit(context.WithoutCancel(ctx), id, false, func(e *Entry) error {
		news = e.noteAnswer(answer, known, refused)
		return nil
	})
	if err != nil && !errors.Is(err, ErrNoEntry) { // it cannot be noted, but said
		news = current.noteAnswer(answer, known, refused)
		return current, news, err
	}
	return e, news, err
}

// verdictLock is the lock of questions about one entry.
func verdictLock(id string) string { return "verdict-" + id + ".lock" }

// removeVerdictLock takes the lock's file away with its entry.
func (s *Store) removeVerdictLock(id string) { os.Remove(filepath.Join(s.dir, verdictLock(id))) }

// noteAnswer notes an answer, or one more use of a known one, and reports whether the
// entry answers less from now on.
func (e *Entry) noteAnswer(answer Answer, known bool, refused Refused) (news bool) {
	now := Now()
	if !known || e.Verdict == nil {
		e.Verdict = &Verdict{At: now, Alive: answer.Alive}
	}
	if e.Verdict.Caller != refused.Caller {
		e.Verdict.Uses, e.Verdict.Caller = 0, refused.Caller
	}
	e.Verdict.Uses++
	if !answer.Alive {
		e.SetAside = &SetAside{At: now, Reason: ReasonDead}
		return true
	}
	if e.Refusals = 0; !known && answer.FromREST {
		e.Checked = now
	}
	if answer.Scopes != nil {
		e.Scopes = answer.Scopes
	}
	switch {
	case e.Verdict.Uses <= verdictUses:
		return false
	case refused.Place != "":
		return e.refuseAt(refused.Place, now, verdictLasts)
	}
	// Without a place, all that ends a loop of refusals is a short rest.
	e.SetAside = &SetAside{At: now, Until: now.Add(verdictLasts), Reason: ReasonRefused}
	return true
}

func (s *Store) byID(id string) (Entry, error) {
	entries, err := s.Entries()
	if err != nil {
		return Entry{}, err
	}
	for _, e := range entries {
		if e.ID == id {
			return e, nil
		}
	}
	return Entry{}, ErrNoEntry
}
