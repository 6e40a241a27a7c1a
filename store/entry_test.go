package store

import (
	"testing"
	"time"
)

func TestRefuse(t *testing.T) {
	e := api("a")
	at := func(after time.Duration) time.Time { return noon.Add(after) }
	steps := []struct {
		what  string
		at    time.Time
		do    func(time.Time)
		aside bool
		until bool // whether it comes back by itself
	}{
		{"the first refusal rests it", at(0), func(now time.Time) { e.refuse(now) }, true, true},
		{"another git's, of the same moment, counts once", at(time.Second), func(now time.Time) { e.refuse(now) }, true, true},
		{"after ten minutes it is tried again", at(10 * time.Minute), func(time.Time) {}, false, true},
		{"the second in a row is for good", at(11 * time.Minute), func(now time.Time) { e.refuse(now) }, true, false},
		{"until a person restores it", at(12 * time.Minute), func(time.Time) { e.restore() }, false, false},
		{"then all begins anew", at(13 * time.Minute), func(now time.Time) { e.refuse(now) }, true, true},
		{"a clock set back does not lengthen it", at(-time.Hour), func(time.Time) {}, false, true},
	}
	for _, step := range steps {
		step.do(step.at)
		if got := e.IsSetAside(step.at); got != step.aside {
			t.Errorf("%s: set aside is %t", step.what, got)
		}
		if e.SetAside != nil && e.SetAside.Until.IsZero() == step.until {
			t.Errorf("%s: until %v", step.what, e.SetAside.Until)
		}
	}
}

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
	if e.noteAnswer(Answer{Alive: true, Scopes: []string{"s"}}, false) || e.Refusals != 0 || e.Checked.IsZero() || len(e.Scopes) != 1 {
		t.Errorf("alive: %+v", e)
	}
	dead := api("a")
	if !dead.noteAnswer(Answer{}, false) || !dead.IsSetAside(noon) || dead.SetAside.Reason != ReasonDead || !dead.SetAside.Until.IsZero() {
		t.Errorf("dead: %+v", dead)
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
