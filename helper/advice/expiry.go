package advice

import (
	"fmt"
	"time"

	"git-credential-bitbucket/store"
)

func Expiry(e *store.Entry, now time.Time) string {
	verb := "expires"
	if e.Guessed {
		verb = "probably expires"
	}
	switch days := e.DaysLeft(now); {
	case days < 0:
		return "has probably expired on " + e.Expires.Format(time.DateOnly)
	case days == 0:
		return verb + " today"
	case days == 1:
		return verb + " tomorrow"
	default:
		return fmt.Sprintf("%s in %d days, on %s", verb, days, e.Expires.Format(time.DateOnly))
	}
}
