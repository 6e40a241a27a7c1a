package details

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

func SetExpiry(e *store.Entry, text string) error {
	expires, err := parseExpiry(text, time.Now())
	if err != nil {
		return err
	}
	if e.Kind == tokens.KindAPIToken {
		// A day more: Atlassian's day may end elsewhere than UTC's.
		latest := store.EndOfDay(time.Now().AddDate(0, 0, bitbucket.MaxTokenDays+1))
		switch {
		case expires.IsZero():
			return console.Usagef("API tokens always expire, after %d days at the latest", bitbucket.MaxTokenDays)
		case expires.After(latest):
			return console.Usagef("API tokens live for %d days at the most", bitbucket.MaxTokenDays)
		}
	}
	e.Expires, e.Guessed, e.Warned = expires, false, ""
	return nil
}

// parseExpiry returns the last second of the day that a date or a number of days
// means, UTC; zero for never.
func parseExpiry(text string, now time.Time) (time.Time, error) {
	if text == "never" {
		return time.Time{}, nil
	}
	if count, isDays := strings.CutSuffix(text, "d"); isDays {
		if days, err := strconv.Atoi(count); err == nil && days >= 0 && days <= 36500 {
			return store.EndOfDay(now.UTC().AddDate(0, 0, days)), nil
		}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil || day.Year() < 2000 {
		return time.Time{}, fmt.Errorf("\"%s\" is not a day; write one like 2027-01-31, 90d or never", text)
	}
	if store.EndOfDay(day).Before(now) {
		return time.Time{}, fmt.Errorf("%s is past", text)
	}
	return store.EndOfDay(day), nil
}

func CheckExpiry(text string) error {
	if err := checkText(text, "a day"); err != nil {
		return err
	}
	_, err := parseExpiry(text, time.Now())
	return err
}

// GuessedExpiry is when a token made today ends if no other day was chosen: 365 days is the
// default for API tokens and access tokens alike (docs/bitbucket.md section 2).
func GuessedExpiry() time.Time {
	return store.EndOfDay(time.Now().UTC().AddDate(0, 0, bitbucket.MaxTokenDays))
}
