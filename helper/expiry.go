package helper

import (
	"context"
	"fmt"
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// warningWait bounds what a warning may cost git.
const warningWait = 200 * time.Millisecond

// warnOfExpiry speaks once a day, to somebody who can read it.
func warnOfExpiry(ctx context.Context, run *Run, e *store.Entry) {
	now := time.Now().UTC()
	if !e.ExpiresSoon(now) || e.Warned == now.Format(time.DateOnly) || !e.Kind.IsToken() || !run.isWatched() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, warningWait)
	defer cancel()
	if run.Store.Warned(ctx, e.ID) {
		run.UI.Line(`the token "%s" %s; make a new one at %s`, "git credential-bitbucket store",
			e.Name, expiryWords(e, now), bitbucket.TokenPage)
	}
}

// isWatched reports whether somebody is likely to read what is said now: there is a
// terminal, and nobody has said that this runs unattended.
func (run *Run) isWatched() bool {
	return run.UI.SpeaksToTerminal() && run.Getenv("CI") == "" && !promptsAreOff() && !isBackground(run.Getenv)
}

// isBackground reports whether git was started with credential.interactive off, as
// its background maintenance is. Git hands its -c options on in this variable.
func isBackground(getenv func(string) string) bool {
	_, after, found := strings.Cut(getenv("GIT_CONFIG_PARAMETERS"), "'credential.interactive'='")
	word, _, _ := strings.Cut(after, "'")
	return found && forbidsQuestions(word)
}

// forbidsQuestions reports whether a value of credential.interactive says that
// nobody is to be asked.
func forbidsQuestions(word string) bool { return word == "never" || git.IsFalse(word) }

// settingsForbidQuestions looks for the same in all of git's configuration.
func settingsForbidQuestions(settings []git.Setting) bool {
	word, found := git.Value(settings, "credential.interactive")
	return found && forbidsQuestions(word)
}

func expiryWords(e *store.Entry, now time.Time) string {
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
