package report

import (
	"slices"
	"testing"
)

func TestNextSteps(t *testing.T) {
	report := []Diagnosis{
		{Result: OK, Cause: CauseUnreadable, Do: "never"},
		{Result: Skipped, Cause: CauseURL, Do: "nor this"},
		{Result: Warning, Cause: CauseURL, Do: "a warning"},
		{Result: Error, Cause: CauseNoToken, Do: "store"},
		{Result: Error, Cause: CauseHelper, Do: FixCommand},
		{Result: Warning, Cause: CauseLeftover, Do: FixCommand},
		{Result: Error, Cause: CauseNetrc, Do: "netrc"},
		{Result: Error, Cause: CauseURL, Do: ""},
		{Result: Warning, Cause: CauseVersion, Do: "a warning"},
	}
	want := []nextStep{{"netrc", 1}, {FixCommand, 2}, {"store", 1}, {"a warning", 2}}
	if got := nextSteps(report); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := nextSteps(nil); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
