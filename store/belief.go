package store

// What this program believes of what git reports, in one place (docs/architecture.md, "Who is believed").
//
// Git's store and erase are reports on one request at one place. store also comes for a
// password that only was in a URL, for a public repository that never looked at it, or
// after a redirect by any server (docs/protocol.md section 3). So a report is neither a person's
// word nor Bitbucket's verdict, and these rules say what may follow from it. They touch
// nothing: store.go carries them out.

import (
	"slices"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// Proof is what shows where the secret in a report came from.
type Proof int

// The proofs, the weakest first.
const (
	Unasked   Proof = iota // a git of which no question is open reports it: it was in a URL, or is another helper's
	NoProof                // which program reports it is not known: it may have been in a URL
	HandedOut              // git repeats in state[] that this program gave it
	Asked                  // git repeats this program's unanswered question, so it asked a person or another helper
	Seeded                 // a program handed it to `git credential approve`
)

// IsFirstHand reports whether a proof shows that the secret came from outside of any repository.
func (p Proof) IsFirstHand() bool { return p == Asked || p == Seeded }

// Report is what git says of one request to bitbucket.org.
type Report struct {
	Token    tokens.Token
	Username string    // that went with it
	Place    string    // "ws/repo", or "" if git did not say
	Expires  time.Time // as git was told; zero if it was not
	Refresh  bool      // a refresh token comes with it
	Proof    Proof
}

// Belief is what follows from git's store.
type Belief int

// The beliefs.
const (
	Ignore     Belief = iota
	Confirm           // it is a saved token: note when and where it worked
	PutBack           // and let it answer again, for it was set aside
	Learn             // save it as a token that a person gave, in place of the entry if there is one
	TooMany           // it would be learned, but too many are already
	Remember          // save it as a password, behind every token, in place of the entry if there is one
	NoteIfSame        // confirm the entry if it holds this very password, and change nothing else
)

const (
	// mostLearned is how many tokens are saved from git's reports.
	mostLearned = 20
	// mostRemembered is how many passwords are. The oldest makes room for a new one.
	mostRemembered = 20
)

// BelieveStore decides what follows from git's store, and for which saved entry: the
// one to confirm, or the one whose place is taken; nil for none.
//
//   - A saved token that does its work is confirmed. One that was set aside stays so, unless
//     git shows that it came from this program or a person, and Bitbucket did not call it dead.
//   - A token that is not saved is learned if it comes first hand, and else ignored: it may
//     have been planted. The number is bounded.
//   - A password is remembered as git's contract wants it (t0303), behind every token, but
//     not if it is known to come from a URL or from another helper. It never takes the place
//     of what a person typed nor, without proof, of what came first hand. The number is bounded.
func BelieveStore(entries []Entry, r Report, now time.Time) (Belief, *Entry) {
	if !r.Token.Kind().IsToken() {
		return believePassword(entries, r)
	}
	known := ByToken(entries, r.Token)
	switch {
	case known != nil && !known.IsSetAside(now):
		return Confirm, known
	case known != nil && mayPutBack(known.SetAside.Reason, r.Proof):
		return PutBack, known
	case known != nil, isFormer(entries, r.Token), !r.Proof.IsFirstHand():
		return Ignore, nil
	}
	return roomForToken(entries, now)
}

// roomForToken decides whether one more token may be learned. One that is dead or has
// expired makes room.
func roomForToken(entries []Entry, now time.Time) (Belief, *Entry) {
	count := 0
	var ended *Entry
	for i := range entries {
		e := &entries[i]
		if !e.Kind.IsToken() || e.Source == FromPerson {
			continue
		}
		if count++; ended == nil && (e.IsExpired(now) || e.IsDead()) {
			ended = e
		}
	}
	switch {
	case count < mostLearned:
		return Learn, nil
	case ended == nil:
		return TooMany, nil
	}
	return Learn, ended
}

// mayPutBack reports whether a proof outweighs the reason for which an entry was set aside.
func mayPutBack(reason Reason, p Proof) bool {
	switch reason {
	case ReasonRefused:
		return p > NoProof
	case ReasonForgotten:
		return p.IsFirstHand()
	}
	return false // only Bitbucket or a person takes "dead" back
}

// hasRoomFor reports whether another entry of this source may be added. What BelieveStore
// decided may not hold any more when it is carried out: other gits run side by side.
func hasRoomFor(entries []Entry, e *Entry) bool {
	if e.Source == FromPerson {
		return true
	}
	count, most := 0, mostRemembered
	if e.Kind.IsToken() {
		most = mostLearned
	}
	for _, o := range entries {
		if o.Source == e.Source && o.Kind.IsToken() == e.Kind.IsToken() {
			count++
		}
	}
	return count < most
}

// believePassword finds the entry whose place a password takes: that for the same name and
// place, or else, where there are too many of its source, the oldest of them.
func believePassword(entries []Entry, r Report) (Belief, *Entry) {
	if r.Proof == Unasked {
		return Ignore, nil
	}
	source := FromReport
	if r.Proof.IsFirstHand() {
		source = FromGit
	}
	count := 0
	var oldest *Entry
	for i := range entries {
		e := &entries[i]
		switch {
		case e.Kind != tokens.KindPassword:
		case tokens.SameName(e.For, r.Place) && tokens.SameName(e.Username, r.Username):
			if !r.mayReplace(e) {
				return NoteIfSame, e
			}
			return Remember, e
		case e.Source == source:
			if count++; !e.Refresh && (oldest == nil || e.Saved.Before(oldest.Saved)) {
				oldest = e
			}
		}
	}
	switch {
	case count < mostRemembered:
		return Remember, nil
	case oldest == nil:
		return Ignore, nil
	}
	return Remember, oldest
}

// mayReplace reports whether a password takes the place of a saved one. A refresh token
// cannot be in a URL, so what comes with one renews a pair.
func (r Report) mayReplace(e *Entry) bool {
	switch e.Source {
	case FromPerson:
		return false
	case FromGit:
		return r.Proof > NoProof || r.Refresh && e.Refresh
	}
	return true
}

// ByToken returns the entry of this very token, or nil. A password is found by no entry:
// passwords have no fingerprint.
func ByToken(entries []Entry, token tokens.Token) *Entry {
	fingerprint := token.Fingerprint()
	i := slices.IndexFunc(entries, func(e Entry) bool { return fingerprint != "" && e.Fingerprint == fingerprint })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

// Named returns the entry of a name, or nil.
func Named(entries []Entry, name string) *Entry {
	i := slices.IndexFunc(entries, func(e Entry) bool { return tokens.SameName(e.Name, name) })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

// isFormer reports whether a command of a saved entry printed this token before it
// printed another: git may have got it just before that.
func isFormer(entries []Entry, token tokens.Token) bool {
	fingerprint := token.Fingerprint()
	return slices.ContainsFunc(entries, func(e Entry) bool { return e.Former == fingerprint })
}

// Cause is what a refusal of a saved token is put down to.
type Cause int

// The causes.
const (
	ByName  Cause = iota // the username was wrong: nothing is known about the token
	ToAsk                // Bitbucket is to be asked about the token
	Resting              // it is known already, and not handed out now
)

// BelieveErase decides what a refusal of a saved token says of it.
func BelieveErase(e *Entry, r Report, now time.Time) Cause {
	switch {
	case !e.goesWith(r.Username):
		return ByName
	case e.IsSetAside(now):
		return Resting
	}
	return ToAsk
}

// goesWith reports whether git's endpoint takes the entry's token with a username. A name
// that is not known to be right counts as wrong: this program gives another one.
func (e *Entry) goesWith(username string) bool {
	return tokens.SameName(username, e.GitUsername()) ||
		e.Kind == tokens.KindAPIToken && username != "" && tokens.SameName(username, e.Username)
}

// lately is for how long after its last success a token is left alone when it is refused,
// and neither the reason nor the repository can be found out.
const lately = 7 * 24 * time.Hour

// unconfirmedPause is how long a token rests after a refusal that could not be confirmed:
// Bitbucket has refused valid tokens now and then (BCLOUD-24107), and a server should get
// over that alone.
const unconfirmedPause = 10 * time.Minute

// mostRefused is how many refused places are kept of one entry.
const mostRefused = 20

// refuseUnconfirmed notes a refusal of which it could not be found out whether the token
// is dead. It is bound to the place. Where git does not say the place, a token that worked
// lately is left alone, and another one rests: for a while, and for good if it has never
// worked. It reports whether that is news.
func (e *Entry) refuseUnconfirmed(place string, now time.Time) (news bool) {
	switch {
	case e.IsSetAside(now):
		return false
	case place != "":
		return e.refuseAt(place, now, unconfirmedPause)
	case !e.NeverWorked() && now.Sub(e.LastWorked()) < lately:
		return false
	}
	e.Refusals++
	e.SetAside = &SetAside{At: now, Reason: ReasonRefused}
	if e.Refusals == 1 || !e.NeverWorked() {
		e.SetAside.Until = now.Add(unconfirmedPause)
	}
	return true
}

// refuseAt keeps the entry from answering for one place for a while. Refusals within that
// time come from callers that had the token before, and count once.
func (e *Entry) refuseAt(place string, now time.Time, pause time.Duration) (news bool) {
	if e.refusedAt(place, now) != nil {
		return false
	}
	e.Refused = slices.DeleteFunc(slices.Clone(e.Refused), func(r Refusal) bool { return tokens.SameName(r.For, place) || !now.Before(r.Until) })
	e.Refused = append(e.Refused, Refusal{For: place, At: now, Until: now.Add(pause)})
	e.Refused = e.Refused[max(0, len(e.Refused)-mostRefused):]
	return true
}

// mostWorked is how many places are kept at which a token worked. With two, one is left to
// ask at when the other refuses.
const mostWorked = 2

// confirmAgain is how old the time of the last success gets before it is written anew.
const confirmAgain = 24 * time.Hour

// isNews reports whether a report that an entry's secret worked says anything new.
func (r Report) isNews(e *Entry, now time.Time) bool {
	age := now.Sub(e.Accepted)
	return age >= confirmAgain || age < 0 || e.SetAside != nil || e.Refusals > 0 || e.refusedAt(r.Place, now) != nil ||
		r.Place != "" && len(e.Worked) < mostWorked && !e.workedAt(r.Place) || r.endIsNews(e)
}

// endIsNews reports whether the report tells a new end. Without proof it does not count.
func (r Report) endIsNews(e *Entry) bool {
	return !r.Expires.IsZero() && !r.Expires.Equal(e.Expires) && (r.Proof > NoProof || e.Kind == tokens.KindPassword)
}

// confirm notes in an entry that its secret worked. What a report without proof cannot put
// back stays set aside.
func (r Report) confirm(e *Entry, now time.Time) {
	if e.SetAside != nil && e.IsSetAside(now) && !mayPutBack(e.SetAside.Reason, r.Proof) {
		return
	}
	e.SetAside, e.Verdict, e.Refusals = nil, nil, 0
	e.Accepted = now
	if r.Place != "" {
		e.Refused = slices.DeleteFunc(slices.Clone(e.Refused), func(refused Refusal) bool { return tokens.SameName(refused.For, r.Place) })
		e.noteWorked(r.Place)
	}
	if r.endIsNews(e) {
		e.Expires, e.Guessed = r.Expires, false
	}
}

// noteWorked puts a place first among those at which the token worked.
func (e *Entry) noteWorked(place string) {
	others := slices.DeleteFunc(slices.Clone(e.Worked), func(known string) bool { return tokens.SameName(known, place) })
	e.Worked = append([]string{place}, others...)
	e.Worked = e.Worked[:min(len(e.Worked), mostWorked)]
}

func (e *Entry) workedAt(place string) bool {
	return slices.ContainsFunc(e.Worked, func(known string) bool { return tokens.SameName(known, place) })
}

// OtherPlace is a place at which the token worked and which can show whether it is dead after
// another refused it; "" if there is none. The refusing place itself shows nothing: the
// token may only have lost its access there.
func (e *Entry) OtherPlace(refused string) string {
	for _, place := range e.Worked {
		if !tokens.SameName(place, refused) {
			return place
		}
	}
	return ""
}
