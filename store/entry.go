package store

import (
	"slices"
	"time"
)

// Entry is what is known of one saved token. It holds no secret.
type Entry struct {
	ID   string `json:"id"`   // opaque; the secret's account in the vault
	Name string `json:"name"` // unique, ASCII case ignored
	Kind Kind   `json:"kind"`

	Email    string   `json:"email,omitempty"`
	Username string   `json:"username,omitempty"` // on Bitbucket; empty: not known
	Also     []string `json:"also,omitempty"`     // other names it answers for
	For      string   `json:"for,omitempty"`      // "ws" or "ws/repo"; empty: all of bitbucket.org
	Scopes   []string `json:"scopes,omitempty"`   // granted, as last seen

	Expires time.Time `json:"expires,omitzero"` // the last second it is good for, UTC
	Guessed bool      `json:"guessed,omitempty"`
	Warned  string    `json:"warned,omitempty"` // the day of the last word about expiry, UTC

	Fingerprint string    `json:"fingerprint,omitempty"` // see Token.Fingerprint
	Saved       time.Time `json:"saved"`
	Accepted    time.Time `json:"accepted,omitzero"` // when git last said that it worked
	Checked     time.Time `json:"checked,omitzero"`  // when Bitbucket last said that this token, with this email, is alive
	Verdict     *Verdict  `json:"verdict,omitempty"` // the last answer to a question after a refusal
	SetAside    *SetAside `json:"set_aside,omitempty"`
	Refusals    int       `json:"refusals,omitempty"` // in a row that nobody could confirm

	Vault   string   `json:"vault"`             // which vault holds the secret
	Command []string `json:"command,omitempty"` // for CommandVault: the program and its arguments
	// Former is the fingerprint of the token that the command printed before.
	Former string `json:"former,omitempty"`
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
	ReasonRefused   Reason = "refused"   // Bitbucket refused it, and nobody could confirm why
	ReasonDead      Reason = "dead"      // Bitbucket refused it, and said so again when asked
	ReasonForgotten Reason = "forgotten" // somebody told git to forget what it knows
)

// Verdict is what Bitbucket answered when it was asked about a token that it had
// refused. It serves all processes for a minute.
type Verdict struct {
	At    time.Time `json:"at"`
	Alive bool      `json:"alive"`
	// Uses counts the refusals that it explained.
	Uses int `json:"uses"`
}

const (
	verdictLasts = time.Minute
	// verdictUses is how often a minute a token may be called alive and still be
	// refused. Some callers (git-lfs) try the same pair again without end.
	verdictUses = 20
)

// fresh tells whether the verdict still holds.
func (v *Verdict) fresh(now time.Time) bool {
	return v != nil && !now.Before(v.At) && now.Sub(v.At) < verdictLasts
}

// unconfirmedPause is how long a token rests after a refusal that nobody could
// confirm: Bitbucket has refused valid tokens now and then (BCLOUD-24107), and a
// server should get over that alone.
const unconfirmedPause = 10 * time.Minute

// warnBefore is how long before its end an entry is spoken of.
const warnBefore = 14 * 24 * time.Hour

// EndOfDay is the last second of the day that t falls on, UTC.
func EndOfDay(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 23, 59, 59, 0, time.UTC)
}

// IsSetAside tells whether the entry does not answer at that time. A clock that
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

// IsExpired tells whether a date that somebody typed has passed. A guess never
// withholds a token.
func (e *Entry) IsExpired(now time.Time) bool {
	return !e.Expires.IsZero() && !e.Guessed && now.After(e.Expires)
}

// ExpiresSoon tells whether the entry's last day is close, or, if it was
// guessed, behind us.
func (e *Entry) ExpiresSoon(now time.Time) bool {
	return !e.Expires.IsZero() && !e.IsExpired(now) && now.After(e.Expires.Add(-warnBefore))
}

// DaysLeft is the number of whole days until the entry's last one, negative
// after it.
func (e *Entry) DaysLeft(now time.Time) int {
	return int(EndOfDay(e.Expires).Sub(EndOfDay(now)) / (24 * time.Hour))
}

// refuse sets the entry aside after a refusal that nobody could confirm: for a
// while, and the second time in a row for good. Refusals while it is set aside
// come from callers that got the token before, and count once.
func (e *Entry) refuse(now time.Time) (changed bool) {
	if e.IsSetAside(now) {
		return false
	}
	e.Refusals++
	e.SetAside = &SetAside{At: now, Reason: ReasonRefused}
	if e.Refusals == 1 {
		e.SetAside.Until = now.Add(unconfirmedPause)
	}
	return true
}

// renew notes that the entry's command prints a new token, of which nothing is
// known yet.
func (e *Entry) renew(token Token) {
	e.Former = e.Fingerprint
	e.Kind, e.Fingerprint = token.Kind(), token.Fingerprint()
	e.Expires, e.Guessed, e.Warned = time.Time{}, false, ""
	e.Scopes, e.Accepted, e.Checked, e.Verdict, e.Refusals = nil, time.Time{}, time.Time{}, nil, 0
}

// restore puts an entry back that was set aside.
func (e *Entry) restore() { e.SetAside, e.Verdict, e.Refusals = nil, nil, 0 }

// HasEnded tells whether the entry does not answer any more, but would if it were
// restored: it was set aside or, where a command may print another token by now,
// its day has passed.
func (e *Entry) HasEnded(now time.Time) bool {
	return e.SetAside != nil || e.Vault == CommandVault && e.IsExpired(now)
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

// Knows tells whether name is one of the entry's own: username, email or other.
func (e *Entry) Knows(name string) bool {
	return name != "" && (SameName(e.Username, name) || SameName(e.Email, name) ||
		slices.ContainsFunc(e.Also, func(also string) bool { return SameName(also, name) }))
}

// answersTo tells whether a request for that username may mean the entry.
func (e *Entry) answersTo(name string) bool {
	sentinel := e.Kind.GitUsername()
	return e.Knows(name) || sentinel != "" && SameName(sentinel, name)
}
