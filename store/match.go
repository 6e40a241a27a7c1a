package store

import (
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// Request is what a caller wants a secret for.
type Request struct {
	Service  Service
	Path     string // as git sent it; empty if it sends none
	Username string // empty: any
	Bearer   bool   // the caller takes a Bearer token instead of a pair
}

// Obstacle is the one thing that kept a Bitbucket token from answering.
type Obstacle int

// The obstacles, in the order in which they are looked for.
const (
	NoObstacle    Obstacle = iota
	BySetAside             // it was set aside
	ByRefusal              // it was refused for this very place a moment ago
	ByExpiry               // its typed date has passed
	ByForm                 // REST wants an email with an API token, and Bearer for an access token
	ByMissingPath          // it is for a workspace or repository, and git sends no path
	ByUsername             // the request has a username that it is not known to be for
)

// Match returns the entry that answers, or nil and, where there is one, the
// Bitbucket token that one obstacle alone kept from answering. Entries of kind
// password are ignored in silence.
//
// Tokens come first, then passwords; last, if no token is kept back by an obstacle alone, the
// passwords that only a report of git's brought.
// The rules are docs/architecture.md's "Which entry answers", 2 to 5.
func Match(entries []Entry, request Request, now time.Time) (*Entry, Obstacle) {
	request = request.withoutSentinel()
	m := matcher{entries, request, request.place(), now}
	for _, isOfTier := range []func(*Entry) bool{isToken, isFirstHandPassword} {
		if e := m.best(NoObstacle, isOfTier); e != nil {
			return e, NoObstacle
		}
	}
	for obstacle := BySetAside; obstacle < ByUsername; obstacle++ {
		if e := m.best(obstacle, isToken); e != nil {
			return e, obstacle
		}
	}
	if e := m.best(NoObstacle, isReport); e != nil {
		return e, NoObstacle
	}
	if e := m.best(ByUsername, isToken); e != nil {
		return e, ByUsername
	}
	return nil, NoObstacle
}

func isToken(e *Entry) bool { return e.Kind.IsToken() }

func isFirstHandPassword(e *Entry) bool { return !isToken(e) && e.Source != FromReport }

// isReport finds passwords that only a report of git's brought. They hide no token that is for the
// name that git asks for, not even one that does not answer now.
func isReport(e *Entry) bool { return !isToken(e) && e.Source == FromReport }

// withoutSentinel takes out a username that stands for a kind of token: it says nothing about
// whose is meant.
func (r Request) withoutSentinel() Request {
	if tokens.IsGitUsername(r.Username) {
		r.Username = ""
	}
	return r
}

// place is the workspace and the repository that the request's path names.
func (r Request) place() []string {
	if r.Service == REST {
		return restSegments(r.Path)
	}
	return segments(r.Path)
}

// Matching returns all entries that a request for git could mean, whether or not
// they could answer now.
func Matching(entries []Entry, request Request) []*Entry {
	request = request.withoutSentinel()
	m := matcher{entries: entries, request: request, place: request.place()}
	var fit []*Entry
	for i := range entries {
		if request.Path == "" || covers(entries[i].For, m.place) {
			fit = append(fit, &entries[i])
		}
	}
	return m.meant(fit)
}

type matcher struct {
	entries []Entry
	request Request
	place   []string
	now     time.Time
}

// best returns the entry of a tier to answer with if one obstacle is ignored.
func (m matcher) best(without Obstacle, isOfTier func(*Entry) bool) *Entry {
	var fit []*Entry
	for i := range m.entries {
		e := &m.entries[i]
		if isOfTier(e) && m.usable(e, without) && m.inPlace(e, without) {
			fit = append(fit, e)
		}
	}
	if without != ByUsername {
		fit = m.meant(fit)
	}
	return first(fit)
}

func (m matcher) usable(e *Entry, without Obstacle) bool {
	// An obstacle that counts everywhere is reported rather than one that counts at one place.
	aside, expired := e.IsSetAside(m.now), e.IsExpired(m.now)
	return (without == BySetAside || without == ByExpiry || !aside) &&
		(without == ByRefusal || aside || expired || !m.isRefused(e)) &&
		(without == ByExpiry || !expired) &&
		(without == ByForm || m.hasForm(e))
}

// isRefused reports whether the entry was refused for the place a moment ago.
func (m matcher) isRefused(e *Entry) bool {
	return m.request.Service == Git && len(e.Refused) > 0 && e.refusedAt(strings.Join(m.place, "/"), m.now) != nil
}

// hasForm reports whether the service takes the entry's kind in a form the caller knows.
func (m matcher) hasForm(e *Entry) bool {
	if m.request.Service != REST {
		return true
	}
	return e.Kind == tokens.KindAPIToken && e.Email != "" || e.Kind == tokens.KindAccessToken && m.request.Bearer
}

func (m matcher) inPlace(e *Entry, without Obstacle) bool {
	return covers(e.For, m.place) || without == ByMissingPath && m.request.Path == ""
}

// meant leaves the entries that the request's username may mean. A name that
// no entry is known by means the entry whose own name is not known, if there is
// only one with the longest "for": access tokens never have a name, and clones
// of their repositories often do.
func (m matcher) meant(fit []*Entry) []*Entry {
	name := m.request.Username
	if name == "" {
		return fit
	}
	var named, nameless []*Entry
	for _, e := range fit {
		switch {
		case e.answersTo(name):
			named = append(named, e)
		case e.Username == "":
			nameless = append(nameless, e)
		}
	}
	if len(named) > 0 {
		return named
	}
	if nameless = deepest(nameless); len(nameless) == 1 && !m.isTaken(name) {
		return nameless
	}
	return nil
}

// Unnamed returns the tokens that a request with a username may mean, where they are several and
// of none the own name is known. A name that is known to be of another token means none of them.
func Unnamed(entries []Entry, request Request, now time.Time) []*Entry {
	request = request.withoutSentinel()
	m := matcher{entries, request, request.place(), now}
	var fit []*Entry
	for i := range entries {
		e := &entries[i]
		switch {
		case !isToken(e) || !m.usable(e, NoObstacle) || !m.inPlace(e, NoObstacle):
		case e.answersTo(request.Username):
			return nil
		case e.Username == "":
			fit = append(fit, e)
		}
	}
	if fit = deepest(fit); len(fit) < 2 || request.Username == "" || m.isTaken(request.Username) {
		return nil
	}
	return fit
}

// Renewable returns the password that would answer but has expired, if it has a refresh token: the helper that made the pair renews it without a person. nil if there is none.
func Renewable(entries []Entry, request Request, now time.Time) *Entry {
	request = request.withoutSentinel()
	m := matcher{entries, request, request.place(), now}
	return m.best(ByExpiry, func(e *Entry) bool { return isFirstHandPassword(e) && e.Refresh && e.IsExpired(now) })
}

// isTaken reports whether the name is known to be that of an entry that could answer at some
// place: one that is set aside or expired is in no other one's way. Without a time all
// count.
func (m matcher) isTaken(name string) bool {
	return slices.ContainsFunc(m.entries, func(e Entry) bool {
		return e.Source != FromReport && e.Knows(name) && (m.now.IsZero() || !e.IsSetAside(m.now) && !e.IsExpired(m.now))
	})
}

// deepest leaves the entries whose "for" has the most segments.
func deepest(entries []*Entry) []*Entry {
	var best []*Entry
	for _, e := range entries {
		switch {
		case best == nil || depth(e.For) > depth(best[0].For):
			best = []*Entry{e}
		case depth(e.For) == depth(best[0].For):
			best = append(best, e)
		}
	}
	return best
}

// Known reports whether any of the entries is known to be for that name. What only a report
// of git's says does not count: it may have been planted.
func Known(entries []Entry, name string) bool {
	for i := range entries {
		if entries[i].Source != FromReport && entries[i].Knows(name) {
			return true
		}
	}
	return false
}

// OfName returns the first token that is known by a name; nil if there is none.
func OfName(entries []Entry, name string) *Entry {
	i := slices.IndexFunc(entries, func(e Entry) bool { return isToken(&e) && e.Source != FromReport && e.Knows(name) })
	if i < 0 {
		return nil
	}
	return &entries[i]
}

// first returns the first of those with the longest "for": what a person typed before what git
// reported, and last one that was refused and not accepted since, so that a second try of an old
// token does not break a fetch for which a newer one works.
func first(entries []*Entry) *Entry {
	var best *Entry
	for _, e := range deepest(entries) {
		if best == nil || e.rank() < best.rank() {
			best = e
		}
	}
	return best
}

// rank orders entries that would do equally well, the smallest first.
func (e *Entry) rank() int {
	rank := 0
	if e.Refusals > 0 {
		rank += 2
	}
	if e.Source != FromPerson {
		rank++
	}
	return rank
}

func depth(entryFor string) int {
	if entryFor == "" {
		return 0
	}
	return 1 + strings.Count(entryFor, "/")
}

// Replacement returns another token that answers where a spent one did and has been seen
// to work, or nil. What a command or the environment hands out is not ours to give up.
func Replacement(entries []Entry, spent *Entry, now time.Time) *Entry {
	if spent.Vault == CommandVault || spent.Vault == EnvironmentName {
		return nil
	}
	names := slices.DeleteFunc(append([]string{spent.Username, spent.Email}, spent.Also...), func(name string) bool { return name == "" })
	if len(names) == 0 {
		names = []string{""}
	}
	var replacement *Entry
	for _, name := range names {
		e, obstacle := Match(entries, Request{Service: Git, Path: spent.For, Username: name}, now)
		if e == nil || obstacle != NoObstacle || e.ID == spent.ID || !e.Kind.IsToken() || e.NeverWorked() {
			return nil
		}
		replacement = e
	}
	return replacement
}
