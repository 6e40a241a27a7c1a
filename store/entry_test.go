package store

import (
	"testing"
	"time"
)

func TestExpiry(t *testing.T) {
	tests := []struct {
		what          string
		entry         Entry
		expired, soon bool
		days          int
	}{
		{"today", api("a", ends(EndOfDay(noon))), false, true, 0},
		{"yesterday", api("a", ends(EndOfDay(noon.AddDate(0, 0, -1)))), true, false, -1},
		{"yesterday, guessed", api("a", guessed(), ends(EndOfDay(noon.AddDate(0, 0, -1)))), false, true, -1},
		{"in 13 days", api("a", ends(EndOfDay(noon.AddDate(0, 0, 13)))), false, true, 13},
		{"in 15 days", api("a", ends(EndOfDay(noon.AddDate(0, 0, 15)))), false, false, 15},
	}
	for _, test := range tests {
		e := test.entry
		if e.IsExpired(noon) != test.expired || e.ExpiresSoon(noon) != test.soon || e.DaysLeft(noon) != test.days {
			t.Errorf("%s: expired %t, soon %t, days %d", test.what, e.IsExpired(noon), e.ExpiresSoon(noon), e.DaysLeft(noon))
		}
	}
	never := api("a")
	if never.IsExpired(noon) || never.ExpiresSoon(noon) {
		t.Error("an entry without a date expires")
	}
}

func TestVerdictHolds(t *testing.T) {
	v := &Verdict{At: noon}
	for age, want := range map[time.Duration]bool{0: true, 59 * time.Second: true, time.Minute: false, -time.Second: false} {
		if got := v.fresh(noon.Add(age)); got != want {
			t.Errorf("after %v: %t", age, got)
		}
	}
	if (*Verdict)(nil).fresh(noon) {
		t.Error("no verdict is fresh")
	}
}

func TestNoteAnswer(t *testing.T) {
	e := api("a", refusedBefore())
	if e.noteAnswer(Answer{Alive: true, FromREST: true, Scopes: []string{"s"}}, false, Refused{Place: "ws/r"}) || e.Refusals != 0 || e.Checked.IsZero() || len(e.Scopes) != 1 {
		t.Errorf("alive: %+v", e)
	}
	atGit := api("a")
	if atGit.noteAnswer(Answer{Alive: true}, false, Refused{Place: "ws/r"}) || !atGit.Checked.IsZero() {
		t.Errorf("git's endpoint knows nothing of the email: %+v", atGit)
	}
	dead := api("a")
	if !dead.noteAnswer(Answer{FromREST: true}, false, Refused{Place: "ws/r"}) || !dead.IsSetAside(noon) || dead.SetAside.Reason != ReasonDead || !dead.SetAside.Until.IsZero() {
		t.Errorf("dead: %+v", dead)
	}
}

// What is called alive and refused without end rests: where it is refused, if that is known.
func TestNoteAnswerInALoop(t *testing.T) {
	for _, place := range []string{"ws/r", ""} {
		e := api("a")
		for range verdictUses {
			if e.noteAnswer(Answer{Alive: true}, true, Refused{Place: place}) {
				t.Fatalf("%q: too early", place)
			}
		}
		now := Now()
		if !e.noteAnswer(Answer{Alive: true}, true, Refused{Place: place}) || e.IsSetAside(now) != (place == "") || (e.refusedAt(place, now) != nil) != (place != "") {
			t.Errorf("%q: %+v", place, e)
		}
	}
}

// Other callers are other programs, of which each may try once.
func TestNoteAnswerToMany(t *testing.T) {
	e := api("a")
	for i := range 3 * verdictUses {
		if e.noteAnswer(Answer{Alive: true}, true, Refused{Caller: string(rune('a' + i%2))}) {
			t.Fatalf("refusal %d rests it: %+v", i, e)
		}
	}
}

func TestSetEmail(t *testing.T) {
	e := api("a", mail("a@x.example"))
	e.Checked = noon
	if e.SetEmail("a@x.example"); !e.Checked.Equal(noon) {
		t.Error("the same email is not checked any more")
	}
	if e.SetEmail("b@x.example"); e.Email != "b@x.example" || !e.Checked.IsZero() {
		t.Errorf("another email is taken for checked: %+v", e)
	}
}
