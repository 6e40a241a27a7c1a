package store

import (
	"testing"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// tokenOf is a token of the shape of a kind, made of one letter.
func tokenOf(kind tokens.Kind, letter string) tokens.Token {
	switch kind {
	case tokens.KindAPIToken:
		return tokens.New("ATATT3xFfGF0" + letter)
	case tokens.KindAccessToken:
		return tokens.New("ATCTT3xFfGN0" + letter)
	}
	return tokens.New("password-" + letter)
}

func holding(letter string) func(*Entry) {
	return func(e *Entry) { e.Fingerprint = tokenOf(e.Kind, letter).Fingerprint() }
}
func former(letter string) func(*Entry) {
	return func(e *Entry) { e.Former = tokenOf(e.Kind, letter).Fingerprint() }
}
func from(source Source) func(*Entry) { return func(e *Entry) { e.Source = source } }
func renewing() func(*Entry)          { return func(e *Entry) { e.Refresh = true } }
func because(reason Reason) func(*Entry) {
	return func(e *Entry) { e.SetAside = &SetAside{At: noon, Reason: reason} }
}
func accepted(ago time.Duration) func(*Entry) { return func(e *Entry) { e.Accepted = noon.Add(-ago) } }
func worked(places ...string) func(*Entry) {
	return func(e *Entry) { e.Worked, e.Accepted = places, noon }
}
func refusedFor(place string, until time.Duration) func(*Entry) {
	return func(e *Entry) {
		e.Refused = append(e.Refused, Refusal{For: place, At: noon.Add(-time.Minute), Until: noon.Add(until)})
	}
}

// many makes so many entries with a token or a password from git.
func many(count int, kind tokens.Kind, source Source) (all []Entry) {
	for i := range count {
		e := entry("e"+string(rune('a'+i)), kind, []func(*Entry){from(source)})
		e.Username, e.Saved = e.Name, noon.Add(time.Duration(i)*time.Hour)
		all = append(all, e)
	}
	return all
}

// What follows from git's store, read as docs/architecture.md's rules.
func TestBelieveStore(t *testing.T) {
	saved := api("a", holding("A"))
	all := func(entries ...Entry) []Entry { return entries }
	apiToken := func(letter string, proof Proof) Report {
		return Report{Token: tokenOf(tokens.KindAPIToken, letter), Place: "ws/r", Proof: proof}
	}
	pair := func(letter string, proof Proof) Report {
		return Report{Token: tokenOf(tokens.KindPassword, letter), Username: "bo", Place: "ws/r", Proof: proof}
	}
	pairOfBo := func(changes ...func(*Entry)) Entry {
		return password("p", append([]func(*Entry){user("bo"), only("ws/r")}, changes...)...)
	}
	tests := []struct {
		rule    string
		entries []Entry
		report  Report
		want    Belief
		entry   string
	}{
		// It may confirm what get handed out.
		{"a saved token is confirmed", all(saved), apiToken("A", HandedOut), Confirm, "a"},
		{"by a git that does not repeat what it was told, too", all(saved), apiToken("A", NoProof), Confirm, "a"},

		// It does not lift "dead", and the rest only by proof.
		{"dead stays dead, in a URL", all(api("a", holding("A"), because(ReasonDead))), apiToken("A", NoProof), Ignore, ""},
		{"dead stays dead, whatever the proof", all(api("a", holding("A"), because(ReasonDead))), apiToken("A", Asked), Ignore, ""},
		{"dead stays dead, for a program too", all(api("a", holding("A"), because(ReasonDead))), apiToken("A", Seeded), Ignore, ""},
		{"refused, and in a URL", all(api("a", holding("A"), because(ReasonRefused))), apiToken("A", NoProof), Ignore, ""},
		{"refused, and then taken from this program", all(api("a", holding("A"), because(ReasonRefused))), apiToken("A", HandedOut), PutBack, "a"},
		{"refused, and typed again", all(api("a", holding("A"), because(ReasonRefused))), apiToken("A", Asked), PutBack, "a"},
		{"forgotten, and in a URL", all(api("a", holding("A"), because(ReasonForgotten))), apiToken("A", NoProof), Ignore, ""},
		{"forgotten, and handed out before that", all(api("a", holding("A"), because(ReasonForgotten))), apiToken("A", HandedOut), Ignore, ""},
		{"forgotten, and typed again", all(api("a", holding("A"), because(ReasonForgotten))), apiToken("A", Asked), PutBack, "a"},

		// It creates no token but as the echo of our own question.
		{"a token in a URL, nothing saved", nil, apiToken("B", NoProof), Ignore, ""},
		{"a token in a URL beside a saved one", all(saved), apiToken("B", NoProof), Ignore, ""},
		{"an access token in a URL", nil, Report{Token: tokenOf(tokens.KindAccessToken, "B"), Place: "ws/r"}, Ignore, ""},
		{"another helper's answer, with our state from before", all(saved), apiToken("B", HandedOut), Ignore, ""},
		{"a token that answers our question", nil, apiToken("B", Asked), Learn, ""},
		{"a token that a program hands over", nil, apiToken("B", Seeded), Learn, ""},
		{"the token that a command printed before", all(api("a", holding("A"), former("B"))), apiToken("B", Asked), Ignore, ""},
		{"the number is bounded", many(mostLearned, tokens.KindAPIToken, FromGit), apiToken("B", Asked), TooMany, ""},
		{"a dead one makes room", deadFirst(many(mostLearned, tokens.KindAPIToken, FromGit)), apiToken("B", Asked), Learn, "ea"},
		{"what a person typed does not count", many(mostLearned, tokens.KindAPIToken, FromPerson), apiToken("B", Asked), Learn, ""},

		// For plain passwords git's contract holds.
		{"a password", nil, pair("1", NoProof), Remember, ""},
		{"a password in a URL, by a git of which no question is open", nil, pair("1", Unasked), Ignore, ""},
		{"the same for one that is there", all(pairOfBo(from(FromReport))), pair("2", Unasked), Ignore, ""},
		{"another takes its place", all(pairOfBo(from(FromReport))), pair("2", NoProof), Remember, "p"},
		{"for another name it does not", all(pairOfBo(from(FromReport))), Report{Token: tokenOf(tokens.KindPassword, "2"), Username: "jo", Place: "ws/r", Proof: NoProof}, Remember, ""},
		{"for another place it does not", all(pairOfBo(from(FromReport))), Report{Token: tokenOf(tokens.KindPassword, "2"), Username: "bo", Proof: NoProof}, Remember, ""},

		// But it replaces no secret that a person typed, or that carries a refresh token.
		{"what a person typed stays", all(pairOfBo()), pair("2", Asked), NoteIfSame, "p"},
		{"a pair that renews itself stays, for a URL", all(pairOfBo(from(FromGit), renewing())), pair("2", NoProof), NoteIfSame, "p"},
		{"a pair that came first hand stays, for a URL", all(pairOfBo(from(FromGit))), pair("2", NoProof), NoteIfSame, "p"},
		{"a pair without a refresh token is not renewed by one with", all(pairOfBo(from(FromGit))),
			Report{Token: tokenOf(tokens.KindPassword, "2"), Username: "bo", Place: "ws/r", Refresh: true, Proof: NoProof}, NoteIfSame, "p"},
		{"it is renewed by another refresh token", all(pairOfBo(from(FromGit), renewing())),
			Report{Token: tokenOf(tokens.KindPassword, "2"), Username: "bo", Place: "ws/r", Refresh: true, Proof: NoProof}, Remember, "p"},
		{"or by what was typed", all(pairOfBo(from(FromGit), renewing())), pair("2", Asked), Remember, "p"},
		{"the oldest makes room", many(mostRemembered, tokens.KindPassword, FromReport), pair("1", NoProof), Remember, "ea"},
		{"but none that came first hand", many(mostRemembered, tokens.KindPassword, FromGit), pair("1", NoProof), Remember, ""},
		{"but none that renews itself", renewingFirst(many(mostRemembered, tokens.KindPassword, FromReport)), pair("1", NoProof), Remember, "eb"},
	}
	for _, test := range tests {
		got, e := BelieveStore(test.entries, test.report, noon)
		name := ""
		if e != nil {
			name = e.Name
		}
		if got != test.want || name != test.entry {
			t.Errorf("%s: got %d for %q", test.rule, got, name)
		}
	}
}

func deadFirst(entries []Entry) []Entry {
	because(ReasonDead)(&entries[0])
	return entries
}

func renewingFirst(entries []Entry) []Entry {
	entries[0].Refresh = true
	return entries
}

// What a confirmation leaves of an entry.
func TestConfirm(t *testing.T) {
	tests := []struct {
		rule   string
		entry  Entry
		report Report
		check  func(Entry) bool
	}{
		{"when and where are noted", api("a"), Report{Place: "ws/r"}, func(e Entry) bool { return e.Accepted.Equal(noon) && e.workedAt("WS/R") }},
		{"the newest places are kept", api("a", worked("ws/1", "ws/2")), Report{Place: "ws/3"},
			func(e Entry) bool { return len(e.Worked) == 2 && e.Worked[0] == "ws/3" && e.Worked[1] == "ws/1" }},
		{"a refusal there is over", api("a", refusedFor("ws/r", time.Hour), refusedFor("ws/s", time.Hour)), Report{Place: "ws/r"},
			func(e Entry) bool { return e.refusedAt("ws/r", noon) == nil && e.refusedAt("ws/s", noon) != nil }},
		{"a rest that is over is forgotten", api("a", aside(noon)), Report{}, func(e Entry) bool { return e.SetAside == nil }},
		{"dead is not lifted", api("a", because(ReasonDead)), Report{Place: "ws/r", Proof: Seeded},
			func(e Entry) bool { return e.IsSetAside(noon) && e.Accepted.IsZero() && e.Worked == nil }},
		{"an end is not taken from a URL", api("a", ends(noon), guessed()), Report{Expires: noon.Add(time.Hour)},
			func(e Entry) bool { return e.Guessed && e.Expires.Equal(noon) }},
		{"an end is taken with proof", api("a", ends(noon), guessed()), Report{Expires: noon.Add(time.Hour), Proof: HandedOut},
			func(e Entry) bool { return !e.Guessed && e.Expires.Equal(noon.Add(time.Hour)) }},
		{"a password's end is git's", password("a", ends(noon)), Report{Expires: noon.Add(time.Hour)},
			func(e Entry) bool { return e.Expires.Equal(noon.Add(time.Hour)) }},
		{"no name, email or workspace comes of it", api("a"), Report{Username: "mallory", Place: "ws/r", Proof: Asked},
			func(e Entry) bool { return e.Username == "" && e.Email == "" && e.For == "" && e.Also == nil }},
	}
	for _, test := range tests {
		e := test.entry
		if test.report.confirm(&e, noon); !test.check(e) {
			t.Errorf("%s: %+v", test.rule, e)
		}
	}
}

// Not every report is written down: get runs at every fetch.
func TestReportIsNews(t *testing.T) {
	tests := []struct {
		rule   string
		entry  Entry
		report Report
		want   bool
	}{
		{"the first time", api("a"), Report{}, true},
		{"again the same day", api("a", accepted(time.Hour)), Report{}, false},
		{"the next day", api("a", accepted(confirmAgain)), Report{}, true},
		{"a clock that was set back", api("a", accepted(-time.Hour)), Report{}, true},
		{"the first place", api("a", accepted(time.Hour)), Report{Place: "ws/r"}, true},
		{"a known place", api("a", worked("ws/r")), Report{Place: "WS/r"}, false},
		{"a second place", api("a", worked("ws/r")), Report{Place: "ws/s"}, true},
		{"a third place waits a day", api("a", worked("ws/r", "ws/s")), Report{Place: "ws/t"}, false},
		{"a place that was refused", api("a", worked("ws/r", "ws/s"), refusedFor("ws/t", time.Hour)), Report{Place: "ws/t"}, true},
		{"an end from a URL", api("a", accepted(time.Hour)), Report{Expires: noon}, false},
		{"an end with proof", api("a", accepted(time.Hour)), Report{Expires: noon, Proof: HandedOut}, true},
		{"the same end", api("a", accepted(time.Hour), ends(noon)), Report{Expires: noon, Proof: HandedOut}, false},
	}
	for _, test := range tests {
		if got := test.report.isNews(&test.entry, noon); got != test.want {
			t.Errorf("%s: %t", test.rule, got)
		}
	}
}

func TestBelieveErase(t *testing.T) {
	const sentinel = "x-bitbucket-api-token-auth"
	tests := []struct {
		rule     string
		entry    Entry
		username string
		want     Cause
	}{
		{"with the right name Bitbucket is to be asked", api("a"), sentinel, ToAsk},
		{"with the account's own name too", api("a", user("bo")), "Bo", ToAsk},
		{"a name that is not known to be right", api("a"), "bo", ByName},
		{"another's name", api("a", user("bo")), "jo", ByName},
		{"the email", api("a", mail("bo@x.example")), "bo@x.example", ByName},
		{"no name", api("a"), "", ByName},
		{"the name for the other kind", api("a"), "x-token-auth", ByName},
		{"a name with an access token", access("a", user("bo")), "bo", ByName},
		{"an access token's own", access("a"), "x-token-auth", ToAsk},
		{"what is set aside is known already", api("a", because(ReasonDead)), sentinel, Resting},
		{"the name is said even then", api("a", because(ReasonDead)), "bo@x.example", ByName},
	}
	for _, test := range tests {
		if got := BelieveErase(&test.entry, Report{Username: test.username}, noon); got != test.want {
			t.Errorf("%s: got %d", test.rule, got)
		}
	}
}

// A refusal that could not be confirmed is about one repository.
func TestRefuseUnconfirmed(t *testing.T) {
	e := api("a", worked("ws/good"))
	if !e.refuseUnconfirmed("ws/typo", noon) || e.IsSetAside(noon) {
		t.Errorf("one place withdraws it from all: %+v", e)
	}
	if e.refuseUnconfirmed("ws/typo", noon.Add(time.Second)) {
		t.Error("what was refused at the same moment counts twice")
	}
	for round := range 10 {
		now := noon.Add(time.Duration(round) * 15 * time.Minute)
		e.refuseUnconfirmed("ws/gone", now)
		if e.IsSetAside(now) || e.refusedAt("ws/gone", now) == nil || e.refusedAt("ws/good", now) != nil {
			t.Errorf("round %d of a job that fetches what is gone: %+v", round, e)
		}
	}
	if now := noon.Add(time.Hour * 24); e.refusedAt("ws/gone", now) != nil {
		t.Error("a place is refused without end")
	}
	for i := range 3 * mostRefused {
		e.refuseUnconfirmed("ws/r"+string(rune('a'+i)), noon)
	}
	if len(e.Refused) != mostRefused {
		t.Errorf("%d refusals are kept", len(e.Refused))
	}
}

// Where git does not say the place, what worked lately is left alone.
func TestRefuseWithoutPlace(t *testing.T) {
	lateEnough := api("a", accepted(lately-time.Second))
	if lateEnough.refuseUnconfirmed("", noon) || lateEnough.SetAside != nil {
		t.Errorf("it worked lately: %+v", lateEnough)
	}
	old := api("a", accepted(lately))
	for round := range 5 {
		now := noon.Add(time.Duration(round) * 15 * time.Minute)
		if !old.refuseUnconfirmed("", now) || !old.IsSetAside(now) || old.IsSetAside(now.Add(unconfirmedPause)) {
			t.Errorf("round %d: what worked once rests for a while, and never for good: %+v", round, old)
		}
	}
	if old.SetAside.At = noon; old.IsSetAside(noon.Add(-time.Hour)) {
		t.Error("a clock that was set back lengthens it")
	}
	never := api("a")
	never.refuseUnconfirmed("", noon)
	if never.IsSetAside(noon.Add(unconfirmedPause)) || !never.refuseUnconfirmed("", noon.Add(unconfirmedPause)) || !never.IsSetAside(noon.AddDate(1, 0, 0)) {
		t.Errorf("what never worked is refused twice: %+v", never)
	}
	if never.restore(); never.SetAside != nil || never.Refusals != 0 {
		t.Errorf("a person puts it back: %+v", never)
	}
}

func TestWitness(t *testing.T) {
	tests := []struct {
		entry   Entry
		refused string
		want    string
	}{
		{api("a"), "ws/r", ""},
		{api("a", worked("ws/good")), "ws/r", "ws/good"},
		{api("a", worked("ws/r")), "WS/r", ""}, // it may have lost its access there
		{api("a", worked("ws/r", "ws/good")), "ws/r", "ws/good"},
		{api("a", worked("ws/good")), "", "ws/good"},
	}
	for _, test := range tests {
		if got := test.entry.OtherPlace(test.refused); got != test.want {
			t.Errorf("refused at %s after %v: got %q", test.refused, test.entry.Worked, got)
		}
	}
}
