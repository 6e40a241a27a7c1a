package gitcredential

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/askpass"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// askKey, set to false, turns the question off for good.
const askKey = "credential-bitbucket.ask"

// outcome is what came of a question to a person.
type outcome int

const (
	notAsked outcome = iota // it is no use, or it is left to git
	skipped                 // the person wants git to ask
	leadGit                 // git will ask: it should for the token alone
	answered
)

// want is a token that git wants and that no entry can answer.
type want struct {
	c         *credential.Credential
	request   store.Request
	old       *store.Entry // which would have answered, but has expired or was refused; or nil
	why       string       // what is wrong with that
	isUnsaved bool         // the place cannot be used now
	isFirst   bool         // git asks before Bitbucket does
	isSaid    bool         // why there is none, so that no more is to be said where no question is asked
}

// ask asks a person for the token that git wants, by the way that git itself would ask, and
// answers git with it. Bitbucket is not asked: git is about to find out.
func ask(ctx context.Context, run *program.Run, w *want) (outcome, error) {
	if w.request.Service != store.Git {
		return notAsked, nil
	}
	settings, err := git.Settings(ctx, ".")
	if err != nil || !isLast(settings) {
		return notAsked, nil
	}
	if isTurnedOff(settings) {
		return notAsked, nil
	}
	w.isFirst = isAskedFirst(ctx, w.c, settings)
	way := wayFor(run, settings)
	if way.isNone() {
		if run.GitMayAsk() && !program.SettingsForbidQuestions(settings) {
			return leadGit, nil // on a terminal where what this program says does not show
		}
		return notAsked, sayNoPerson(run, w)
	}
	if err := run.Ready(ctx, w.place()); err != nil {
		if w.isUnsaved = true; !run.IsUnattended() {
			run.UI.Advise("%s, so no token can be saved there", "git credential-bitbucket store, which offers other places", err)
		}
		if way.askpass == "" {
			return leadGit, nil
		}
	}
	return askOnce(ctx, run, w, way)
}

// isTurnedOff reports whether the person wants no question of this program.
func isTurnedOff(settings []git.Setting) bool {
	own, found := git.Value(git.Own(settings), askKey)
	return found && git.IsFalse(own)
}

// askOnce asks unless another git's question was answered meanwhile.
func askOnce(ctx context.Context, run *program.Run, w *want, way way) (result outcome, err error) {
	var e store.Entry
	var token tokens.Token
	result = skipped
	known, busy := run.Store.AskOnce(ctx,
		func() { run.UI.Sayf("another git asks for a token; waiting for the answer") },
		func(entries []store.Entry) bool {
			e, obstacle := store.Match(entries, w.request, time.Now())
			return e != nil && obstacle == store.NoObstacle
		},
		func() (typed bool) {
			if token, err = way.askToken(ctx, run, w); !token.Empty() {
				e = save(ctx, run, w, token)
			}
			return !token.Empty() || err != nil
		})
	switch {
	case errors.Is(err, askpass.ErrNotAnswered):
		return leadGit, nil // git can start programs that Go cannot, such as scripts on Windows
	case err != nil:
		return notAsked, err
	case busy != nil:
		return leadGit, nil
	case known:
		done, err := getSaved(ctx, run, w.c, w.request)
		if done || err != nil {
			return answered, err
		}
		return skipped, nil
	case token.Empty():
		return skipped, nil
	}
	return answered, answer(run, w.c, w.request, &e, tokens.Secret{Token: token})
}

// isLast looks at git's configuration: whether no helper behind this one may know the answer.
func isLast(settings []git.Setting) bool {
	chain := git.Helpers(settings, bitbucket.GitURL)
	before, ours := git.SplitAt(chain, setup.IsThisProgram)
	return ours != nil && len(before) == len(chain)-1
}

// way is how a person can be asked: by an askpass program, which may be a script, by the
// terminal, or by neither.
type way struct {
	askpass  string
	terminal bool
}

func wayFor(run *program.Run, settings []git.Setting) way {
	if run.IsBackground() || program.SettingsForbidQuestions(settings) {
		return way{}
	}
	return way{askpass.Program(settings), run.IsWatched()}
}

func (w way) isNone() bool { return w == way{} }

// askToken explains, asks, and asks again where what was typed can never work. Enter alone and
// Ctrl-D leave git to ask.
func (w way) askToken(ctx context.Context, run *program.Run, wanted *want) (tokens.Token, error) {
	if wanted.why != "" {
		run.UI.Tellf("%s", wanted.why)
	} else if user := run.Getenv("SUDO_USER"); user != "" {
		run.UI.Tellf("%s", sudoWords(run, user))
	}
	if wanted.isFirst {
		run.UI.Tellf("git needs a token even for a public repository; to change that: %s", setup.OffProactive)
	}
	run.UI.Tellf("git needs a token for bitbucket.org; make one at")
	run.UI.Tellf("  %s", bitbucket.TokenPage)
	run.UI.Tellf(`  press "%s", choose Bitbucket, and tick two boxes:`, bitbucket.TokenButton)
	run.UI.Tellf("  %s (clone, fetch) and %s (push)", bitbucket.ReadScope, bitbucket.WriteScope)
	where := "it is saved " + wanted.place().Words()
	if wanted.isUnsaved {
		where = "it is not saved"
	}
	run.UI.Tellf("%s; Enter alone skips", where)
	run.UI.Tellf("to never be asked here again: git config --global %s false", askKey)
	said := ""
	for range program.Tries {
		text, err := w.readToken(ctx, run)
		if err != nil || text == "" {
			return tokens.Token{}, err
		}
		if w.askpass != "" && (text == said || strings.HasPrefix(text, program.TokenPrompt)) {
			return tokens.Token{}, askpass.ErrNotAnswered // a script that says one thing, such as echo
		}
		said = text
		plain, around := tokens.Unwrap(text)
		if around != "" {
			run.UI.Tellf("removed what was around the token: %s", around)
		}
		token := tokens.New(plain)
		why, _ := advice.NeverWorks(token)
		if why == "" && !token.Kind().IsToken() {
			why = "this does not look like a Bitbucket token"
		}
		if why == "" {
			return token, nil
		}
		run.UI.Tellf("%s; it was not saved", why)
	}
	return tokens.Token{}, nil
}

// readToken reads one answer, as git does: by the askpass program, and by the terminal where
// that gives none. An empty one is none.
func (w way) readToken(ctx context.Context, run *program.Run) (string, error) {
	if w.askpass != "" {
		text, err := askpass.Ask(ctx, w.askpass, program.TokenPrompt+": ", run.UI.Err)
		if err == nil || !w.terminal {
			return text, err
		}
	}
	t, err := console.OpenTerminal()
	if err != nil {
		return "", nil
	}
	defer t.Close()
	text, err := run.UI.AskSecret(t, program.TokenPrompt)
	if errors.Is(err, console.ErrCancelled) {
		return "", nil
	}
	return text, err
}

// place is where the token is to be kept: where the old one was, or in the keychain.
func (w *want) place() program.Place {
	if w.old == nil || w.old.Vault == store.CommandVault {
		return program.Place{Vault: store.KeychainVault}
	}
	return program.PlaceOf(w.old)
}

// save keeps a token that was typed. What cannot be saved is answered anyway: it may
// never be shown again.
func save(ctx context.Context, run *program.Run, w *want, token tokens.Token) store.Entry {
	e, replaces := w.entry(token)
	if w.isUnsaved {
		return e
	}
	if known, err := putBack(ctx, run, token); err == nil {
		return known
	}
	saved, err := run.Store.Save(ctx, e, tokens.Secret{Token: token}, replaces)
	if err != nil {
		run.UI.Advise("the token is used now, but could not be saved: %s", "git credential-bitbucket store", err)
		return e
	}
	if w.old != nil && replaces == nil {
		// The old one is tried again some day; until it is known to be dead, both are kept.
		_, _ = run.Store.Edit(ctx, saved.ID, true, func(*store.Entry) error { return nil })
	}
	return saved
}

// putBack lets a token answer again that is saved already: that a person types it once more is
// a person's word. The error is store.ErrChanged if it is not.
func putBack(ctx context.Context, run *program.Run, token tokens.Token) (store.Entry, error) {
	entries, err := run.Store.Entries()
	if err != nil {
		return store.Entry{}, err
	}
	known := store.ByToken(entries, token)
	if known == nil {
		return store.Entry{}, store.ErrChanged
	}
	return run.Store.Restore(ctx, known.ID)
}

// entry is one that Bitbucket has not accepted yet. It takes the place of an old one of its
// kind that is good for nothing any more, and keeps what is known about that; an old one that
// works elsewhere stays. A username in the request is not kept: it may be a submodule's,
// and not the person's.
func (w *want) entry(token tokens.Token) (e store.Entry, replaces *store.Entry) {
	e = store.Entry{Vault: w.place().Vault, Kind: token.Kind()}
	e.Expires, e.Guessed = details.GuessedExpiry(), true
	switch {
	case w.old != nil && w.old.Kind == e.Kind && w.old.Vault != store.CommandVault && w.isEnded():
		e.Name, e.Email, e.Username, e.For, e.Also = w.old.Name, w.old.Email, w.old.Username, w.old.For, slices.Clone(w.old.Also)
		return e, w.old
	case w.old != nil && !w.isEnded(), e.Kind == tokens.KindAccessToken:
		e.For = store.ForPath(w.c.Path)
	}
	e.Name = details.NameFor(&e)
	return e, nil
}

// isEnded reports whether the old token is good for nothing any more, and was not merely
// refused at one place or forgotten by git.
func (w *want) isEnded() bool {
	aside := w.old.SetAside
	return w.old.IsExpired(time.Now()) || w.old.IsDead() || aside != nil && aside.Reason == store.ReasonRefused && aside.Until.IsZero()
}

// sudoWords says why git does not find the tokens of who types sudo git.
func sudoWords(run *program.Run, user string) string {
	return fmt.Sprintf("git runs with sudo and the home %s, where no token for it is saved; %s may have one", run.Getenv("HOME"), user)
}

// sayNoPerson says what git cannot get where no person can be asked for it.
func sayNoPerson(run *program.Run, w *want) error {
	if user := run.Getenv("SUDO_USER"); w.old == nil && !w.isSaid && user != "" {
		run.UI.Advise("%s", "run git without sudo, as %s", sudoWords(run, user), user)
		return nil
	}
	if w.old == nil && !w.isSaid {
		place := store.GitHost
		if path := store.ForPath(w.request.Path); path != "" {
			place += "/" + path
		}
		empty := ""
		if text, set := os.LookupEnv(store.TokenVariable); set && strings.TrimSpace(text) == "" {
			empty = store.TokenVariable + " is empty, "
		}
		run.UI.Advise("%sno saved token is for %s, and there is no terminal or askpass program to ask for one", "%s", empty, place,
			hint.Line("git credential-bitbucket store, or export "+store.TokenVariable+"=…"))
	}
	return nil
}
