package store

import (
	"slices"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// Entry is what is known about one saved token. It holds no secret.
type Entry struct {
	ID   string      `json:"id"`   // opaque; the secret's account in the vault
	Name string      `json:"name"` // unique, ASCII case ignored
	Kind tokens.Kind `json:"kind"`

	Email    string   `json:"email,omitempty"`
	Username string   `json:"username,omitempty"` // on Bitbucket; empty: not known
	Also     []string `json:"also,omitempty"`     // other names it answers for
	For      string   `json:"for,omitempty"`      // "ws" or "ws/repo"; empty: all of bitbucket.org
	Scopes   []string `json:"scopes,omitempty"`   // granted, as last seen

	Expires time.Time `json:"expires,omitzero"` // the last second it is good for, UTC
	Guessed bool      `json:"guessed,omitempty"`
	Warned  string    `json:"warned,omitempty"` // the day of the last word about expiry, UTC, and "unwatched" if perhaps no one read it

	Fingerprint string    `json:"fingerprint,omitempty"` // see Token.Fingerprint
	Saved       time.Time `json:"saved"`
	Source      Source    `json:"source,omitempty"`
	Accepted    time.Time `json:"accepted,omitzero"` // when git last reported that it worked
	Worked      []string  `json:"worked,omitempty"`  // where: "ws/repo", the latest first
	Checked     time.Time `json:"checked,omitzero"`  // when Bitbucket last said that this token, with this email, is alive
	Verdict     *Verdict  `json:"verdict,omitempty"` // the last answer to a question after a refusal
	SetAside    *SetAside `json:"set_aside,omitempty"`
	Refusals    int       `json:"refusals,omitempty"` // in a row that could not be confirmed
	Refused     []Refusal `json:"refused,omitempty"`  // that are bound to one place
	Refresh     bool      `json:"refresh,omitempty"`  // a refresh token is kept with it

	Vault   string   `json:"vault"`             // which vault holds the secret
	Command []string `json:"command,omitempty"` // for CommandVault: the program and its arguments
	// Former is the fingerprint of the token that the command printed before.
	Former string `json:"former,omitempty"`
}

// Source is who an entry's secret came from. What git reported comes behind what a
// person typed.
type Source string

// The sources.
const (
	FromPerson Source = ""       // typed to this program, or found by check --fix
	FromGit    Source = "git"    // reported by git, with proof that it came first hand
	FromReport Source = "report" // reported by git, with no proof of where it came from
)

// Refusal is that Bitbucket refused a token for one repository.
type Refusal struct {
	For   string    `json:"for"` // "ws/repo"
	At    time.Time `json:"at"`
	Until time.Time `json:"until"` // then it is tried there again
}

// SetAside says that an entry does not answer for now, and why.
type SetAside struct {
	At     time.Time `json:"at"`
	Until  time.Time `json:"until,omitzero"` // zero: until a person restores it
	Reason Reason    `json:"reason"`
}

// Reason is why an entry was set aside.
type Reason string

// The reasons.
const (
	ReasonRefused   Reason = "refused"   // Bitbucket refused it, and why could not be confirmed
	ReasonDead      Reason = "dead"      // Bitbucket refused it, and said so again when asked
	ReasonForgotten Reason = "forgotten" // git was told to forget what it knows
)

// Verdict is what Bitbucket answered when it was asked about a token that it had
// refused. It serves all processes for a minute.
type Verdict struct {
	At    time.Time `json:"at"`
	Alive bool      `json:"alive"`
	// Uses counts the refusals that it explained, one after the other, to one caller.
	Uses   int    `json:"uses"`
	Caller string `json:"caller,omitempty"`
}

const (
	verdictLasts = time.Minute
	// verdictUses is how often a minute a token may be called alive and still be
	// refused. Some callers (git-lfs) try the same pair again without end.
	verdictUses = 20
)

// fresh reports whether the verdict still holds.
func (v *Verdict) fresh(now time.Time) bool {
	return v != nil && !now.Before(v.At) && now.Sub(v.At) < verdictLasts
}

// warnBefore is how long before its end an entry is spoken of.
const warnBefore = 14 * 24 * time.Hour

// EndOfDay is the last second of the day that t falls on, UTC.
func EndOfDay(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 23, 59, 59, 0, time.UTC)
}

// IsSetAside reports whether the entry does not answer at that time. A clock that
// was set back before the refusal does not lengthen the pause.
func (e *Entry) IsSetAside(now time.Time) bool {
	switch {
	case e.SetAside == nil:
		return false
	case e.SetAside.Until.IsZero():
		return true
	}
	return !now.Before(e.SetAside.At) && now.Before(e.SetAside.Until)
}

// IsDead reports whether the entry was set aside because Bitbucket called its token dead.
func (e *Entry) IsDead() bool { return e.SetAside != nil && e.SetAside.Reason == ReasonDead }

// IsExpired reports whether a typed date has passed. A guess never
// withholds a token.
func (e *Entry) IsExpired(now time.Time) bool {
	return !e.Expires.IsZero() && !e.Guessed && now.After(e.Expires)
}

// ExpiresSoon reports whether the entry's last day is close, or, if it was
// guessed, behind us.
func (e *Entry) ExpiresSoon(now time.Time) bool {
	return !e.Expires.IsZero() && !e.IsExpired(now) && now.After(e.Expires.Add(-warnBefore))
}

// unwatched follows the day of a word about expiry that perhaps no person has read.
const unwatched = " unwatched"

// IsWarned reports whether a word about expiry was said today, and, if it is asked for one
// that is watched, where a person reads it.
func (e *Entry) IsWarned(now time.Time, watched bool) bool {
	today := now.UTC().Format(time.DateOnly)
	return e.Warned == today || !watched && e.Warned == today+unwatched
}

// DaysLeft is the number of whole days until the entry's last one, negative
// after it.
func (e *Entry) DaysLeft(now time.Time) int {
	return int(EndOfDay(e.Expires).Sub(EndOfDay(now)) / (24 * time.Hour))
}

// refusedAt returns the refusal that keeps the entry from answering for a place at that
// time, or nil. A clock that was set back does not lengthen it.
func (e *Entry) refusedAt(place string, now time.Time) *Refusal {
	for i := range e.Refused {
		if r := &e.Refused[i]; place != "" && tokens.SameName(r.For, place) && !now.Before(r.At) && now.Before(r.Until) {
			return r
		}
	}
	return nil
}

// RefusedAt returns the same for a path that git sent.
func (e *Entry) RefusedAt(path string, now time.Time) *Refusal {
	return e.refusedAt(ForPath(path), now)
}

// LastWorked is when git or Bitbucket last said that the token works; zero for never.
func (e *Entry) LastWorked() time.Time {
	if e.Checked.After(e.Accepted) {
		return e.Checked
	}
	return e.Accepted
}

// NeverWorked reports whether the token was never seen to be accepted.
func (e *Entry) NeverWorked() bool { return e.LastWorked().IsZero() }

// renew notes that the entry's command prints a new token, of which nothing is
// known yet.
func (e *Entry) renew(token tokens.Token) {
	e.Former = e.Fingerprint
	e.Kind, e.Fingerprint = token.Kind(), token.Fingerprint()
	e.Expires, e.Guessed, e.Warned = time.Time{}, false, ""
	e.Scopes, e.Accepted, e.Checked = nil, time.Time{}, time.Time{}
	e.Verdict, e.Refusals, e.Worked, e.Refused = nil, 0, nil, nil
}

// restore puts an entry back that was set aside.
func (e *Entry) restore() { e.SetAside, e.Verdict, e.Refusals, e.Refused = nil, nil, 0, nil }

// HasEnded reports whether the entry does not answer any more, but would if it were
// restored: it was set aside or, where a command may print another token by now,
// its day has passed.
func (e *Entry) HasEnded(now time.Time) bool {
	return e.SetAside != nil || len(e.Refused) > 0 || e.Vault == CommandVault && e.IsExpired(now)
}

// SetEmail changes the email. That the token was accepted with another says
// nothing about this one.
func (e *Entry) SetEmail(email string) {
	if email != e.Email {
		e.Email, e.Checked = email, time.Time{}
	}
}

// GitUsername is the username to give git with the entry's secret.
func (e *Entry) GitUsername() string {
	if name := e.Kind.GitUsername(); name != "" {
		return name
	}
	return e.Username
}

// Knows reports whether name is one of the entry's own: username, email or other.
func (e *Entry) Knows(name string) bool {
	return name != "" && (tokens.SameName(e.Username, name) || tokens.SameName(e.Email, name) ||
		slices.ContainsFunc(e.Also, func(also string) bool { return tokens.SameName(also, name) }))
}

// answersTo reports whether a request for that username may mean the entry.
func (e *Entry) answersTo(name string) bool {
	sentinel := e.Kind.GitUsername()
	return e.Knows(name) || sentinel != "" && tokens.SameName(sentinel, name)
}
