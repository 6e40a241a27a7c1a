package gitcredential

import (
	"context"
	"errors"
	"strconv"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// getOfAccount answers where a URL names an account, and several tokens are saved of which it
// is not known whose they are. On a terminal the person says which it is, once; elsewhere one
// line says what finds it out.
func getOfAccount(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request, several []*store.Entry) error {
	settings, err := git.Settings(ctx, ".")
	if err == nil && isLast(settings) && !isTurnedOff(settings) && store.PlausibleUsername(request.Username) {
		if way := wayFor(run, settings); way.terminal && way.askpass == "" {
			if done, err := askWhose(ctx, run, c, request, several); done || err != nil {
				return err
			}
		}
	}
	what, cure := advice.Unnamed(several, request.Username)
	run.LineWith(cure, "%s", what)
	return noteQuestion(run, c, false)
}

// askWhose asks the person, and keeps the answer.
func askWhose(ctx context.Context, run *program.Run, c *credential.Credential, request store.Request, several []*store.Entry) (answered bool, err error) {
	var chosen *store.Entry
	known, err := run.Store.AskOnce(ctx,
		func() { run.UI.Sayf("another git asks which token it is to use; waiting for the answer") },
		func(entries []store.Entry) bool {
			e, obstacle := store.Match(entries, request, time.Now())
			return e != nil && obstacle == store.NoObstacle
		},
		func() (typed bool) {
			chosen = chooseEntry(run, request.Username, several)
			return chosen != nil
		})
	switch {
	case err != nil:
		return false, nil // without the question's lock, git goes on as if none had been typed
	case known:
		return getSaved(ctx, run, c, request)
	case chosen == nil:
		return false, nil
	}
	saved, err := run.Store.Edit(ctx, chosen.ID, false, func(e *store.Entry) error {
		e.Username = request.Username
		return nil
	})
	if err != nil {
		run.UI.Advise("which token is for %s could not be noted: %s", "git credential-bitbucket check", request.Username, err)
		saved = *chosen
	}
	return true, getFromVault(ctx, run, c, request, &saved)
}

// chooseEntry lets the person choose one of several tokens; nil if none was. The prompt is in
// git's own form, so that programs that drive git on a terminal know it.
func chooseEntry(run *program.Run, name string, several []*store.Entry) *store.Entry {
	t, err := console.OpenTerminal()
	if err != nil {
		return nil
	}
	defer t.Close()
	run.UI.Tellf("git needs the token of the account %s; it is not known which one that is:", name)
	for i, e := range several {
		known := e.Email
		if e.Kind == tokens.KindAccessToken {
			known = "access token"
		}
		run.UI.Tellf("  %d  %s  %s", i+1, e.Name, known)
	}
	run.UI.Tellf("  type its number or its name, once; Enter alone skips")
	for range program.Tries {
		answer, err := run.UI.Ask(t, "Username for 'https://"+name+"@bitbucket.org'", "")
		if err != nil && !errors.Is(err, console.ErrCancelled) || answer == "" {
			return nil
		}
		for i, e := range several {
			if answer == strconv.Itoa(i+1) || tokens.SameName(answer, e.Name) || e.Knows(answer) {
				return e
			}
		}
		run.UI.Tellf("type a number from 1 to %d, or a name from the list", len(several))
	}
	return nil
}
