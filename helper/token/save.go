// Package token is what a person does with saved tokens: store, list, edit, erase, restore,
// move, and open the encrypted store.
package token

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"

	"github.com/cli/browser"
	"github.com/spf13/cobra"
)

// saveOptions are the options of a person's store.
type saveOptions struct {
	entryOptions
	in       string
	yes      bool
	noVerify bool
}

// StoreCommand saves a token.
func StoreCommand(run *program.Run) *cobra.Command {
	o := &saveOptions{}
	c := run.Command("store [options]", "save a token, and check it with Bitbucket",
		`Saves a token. On a terminal it asks for the token, without showing it, and for
what else is needed; Bitbucket is asked whether the token works before it is
saved. In a script the token comes on standard input, never as an argument.

Called by git, without options and with git's input on the pipe, it notes that a
credential worked: see gitcredentials(7). A token is saved so only if this program
had no answer and it was typed to git, or if a program hands it over with git
credential approve.`,
		func(ctx context.Context, args []string) error { return save(ctx, run, o, args) })
	o.flags(c.Flags())
	c.Flags().StringVar(&o.in, "in", "", "the `PLACE` to store the token in: "+program.InUsage)
	c.Flags().BoolVar(&o.yes, "yes", false, "answer questions with yes")
	c.Flags().BoolVar(&o.noVerify, "no-verify", false, "do not ask Bitbucket about the token")
	program.CompletePlaces(c, allPlaces...)
	return c
}

// allPlaces are what --in takes, for completion.
var allPlaces = []string{store.KeychainVault, store.EncryptedVault, store.FileVault, program.CommandPrefix + "\twhat a password manager's command prints"}

// saving is one person's store under way.
type saving struct {
	run     *program.Run
	options *saveOptions
	entries []store.Entry
	token   tokens.Token
	entry   store.Entry
	old     *store.Entry // the entry that this one is to replace
	renews  *store.Entry // the entry that was named, by renew
	learned bool         // Bitbucket said the username

	placeIsChosen bool // with --in or an answer

	// gitSettings is git's configuration here, read when it is first needed.
	gitSettings func() ([]git.Setting, error)
}

// save asks for what was not given, saves the token and says what git will do
// with it. Until the last moment nothing is changed, but that the encrypted store
// may be made and unlocked.
func save(ctx context.Context, run *program.Run, o *saveOptions, args []string) (err error) {
	switch {
	case console.IsGitBash(run.In):
		return console.WithHintf(console.Usagef("Windows programs cannot use this terminal directly"),
			"winpty git credential-bitbucket store")
	case len(args) > 0:
		return console.WithHintf(console.Usagef("a token is not given as an argument, where other programs can read it"),
			`printf '%%s\n' "$TOKEN" | git credential-bitbucket store --email YOU@EXAMPLE.COM`)
	}
	if err := o.read(); err != nil {
		return err
	}
	s := newSaving(ctx, run, o)
	if err := s.work(ctx); err != nil {
		return err
	}
	s.adviseOnGit()
	return nil
}

func newSaving(ctx context.Context, run *program.Run, o *saveOptions) *saving {
	return &saving{run: run, options: o, gitSettings: sync.OnceValues(func() ([]git.Setting, error) { return git.Settings(ctx, ".") })}
}

// work goes from the question for the token to the saved entry.
func (s *saving) work(ctx context.Context) error {
	leave, err := s.run.OpenPrompt()
	if err != nil {
		return err
	}
	defer leave()
	for _, step := range []func(context.Context) error{s.prepare, s.readToken, s.judgeToken, s.fillIn, s.verify, s.fillRest, s.settleName, s.settlePlace, s.commit} {
		if err := step(ctx); err != nil {
			return s.notSaved(err)
		}
	}
	return nil
}

// notSaved is the error of a store that ends here. That nothing was changed is not
// true if the encrypted store was made.
func (s *saving) notSaved(err error) error {
	if s.run.MadeEncrypted && errors.Is(err, console.ErrCancelled) {
		return errNotSaved
	}
	return err
}

// prepare finds out before the token is asked for whether it could be saved.
func (s *saving) prepare(ctx context.Context) (err error) {
	if s.entries, err = s.run.Store.Entries(); err != nil {
		return err
	}
	return s.choosePlace(ctx)
}

var errNoToken = errors.New("no token was given, nothing was saved")

func (s *saving) readToken(context.Context) error {
	if s.entry.Vault == store.CommandVault {
		return nil // choosePlace has read it
	}
	if s.run.Term == nil {
		text, err := firstLine(s.run.In)
		if err == nil && text == "" {
			err = errNoToken
		}
		s.take(text)
		return err
	}
	s.run.UI.Tellf(`make a token at %s`, bitbucket.TokenPage)
	s.run.UI.Tellf(`  press "%s", choose Bitbucket, and tick two boxes:`, bitbucket.TokenButton)
	s.run.UI.Tellf("  %s (clone, fetch) and %s (push)", bitbucket.ReadScope, bitbucket.WriteScope)
	s.run.UI.Tellf("  an access token of a repository, project or workspace works too")
	canOpen := s.run.HasBrowser()
	switch {
	case canOpen && s.renews != nil && s.renews.Kind == tokens.KindAPIToken:
		s.run.UI.Tellf("that page opens in a browser; paste the new token here (it is not shown)")
		openPage(bitbucket.TokenForm)
		canOpen = false
	case canOpen:
		s.run.UI.Tellf("paste the token (it is not shown), or press Enter to open that page in a browser")
	default:
		s.run.UI.Tellf("paste the token; it is not shown")
	}
	for range program.Tries {
		text, err := s.run.UI.AskSecret(s.run.Term, program.TokenPrompt)
		if err != nil {
			return err
		}
		if text != "" {
			s.take(text)
			return nil
		}
		if canOpen {
			openPage(bitbucket.TokenForm)
			canOpen = false
		}
	}
	return errNoToken
}

// openPage opens a page in the browser, which may run on after this program: it is not waited
// for, and what it says is not shown. The address was printed, so a failure loses nothing.
func openPage(address string) {
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	browser.Stdout, browser.Stderr = null, null
	go func() {
		defer null.Close()
		_ = browser.OpenURL(address)
	}()
}

// take finds the token in what was given.
func (s *saving) take(text string) {
	plain, around := tokens.Unwrap(text)
	if around != "" {
		s.run.UI.Sayf("removed what was around the token: %s", around)
	}
	s.token = tokens.New(plain)
}

// firstLine reads a line of bounded length, trimmed.
func firstLine(r io.Reader) (string, error) {
	const limit = 2 * tokens.MaxToken
	line, err := bufio.NewReader(io.LimitReader(r, limit)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return strings.TrimSpace(line), nil
}

// judgeToken refuses what can never work, and asks about what looks odd.
func (s *saving) judgeToken(context.Context) error {
	if err := s.judgeRenewal(); err != nil {
		return err
	}
	kind := s.token.Kind()
	why, cure := advice.NeverWorks(s.token)
	switch {
	case why != "":
		return hint.With(fmt.Errorf("%s; nothing was saved", why), cure)
	case kind.IsToken() && !s.token.ChecksumOK():
		return s.confirmUnusual(true, "this token is not complete: a character seems to be missing", "save it anyway?")
	case !kind.IsToken():
		return s.confirmUnusual(false, "this does not look like a Bitbucket token (nor would an app password work, since "+
			bitbucket.AppPasswordsEnded+")", "save it anyway?")
	}
	return nil
}

var errNotSaved = errors.New("nothing was saved")

// confirmUnusual goes on only if the person wants to. A script goes on if it said --yes,
// or where a warning is enough.
func (s *saving) confirmUnusual(warn bool, what, question string) error {
	switch {
	case s.options.yes || s.run.Term == nil && warn:
		s.run.UI.Sayf("%s", what)
		return nil
	case s.run.Term == nil:
		return console.WithHintf(fmt.Errorf("%s; %w", what, errNotSaved), "to save it all the same: git credential-bitbucket store --yes …")
	}
	s.run.UI.Tellf("%s", what)
	yes, err := s.run.UI.Confirmf(s.run.Term, "%s", question)
	if err == nil && !yes {
		err = errNotSaved
	}
	return err
}

// fillIn takes what Bitbucket is to be asked with from the options, from an entry
// that this one renews, and from the person.
func (s *saving) fillIn(context.Context) error {
	s.entry.Kind = s.token.Kind()
	if s.old = store.ByToken(s.entries, s.token); s.old == nil && s.options.given["name"] {
		s.old = store.Named(s.entries, s.options.name)
	}
	if err := s.options.apply(&s.entry); err != nil {
		return err
	}
	s.inherit()
	if s.run.Term != nil {
		if err := s.askFirst(); err != nil {
			return err
		}
	}
	if s.entry.Kind == tokens.KindPassword && s.entry.Username == "" {
		return console.Usagef("a secret of this kind needs the --username that goes with it")
	}
	return nil
}

// fillRest takes what Bitbucket did not say from the person, or guesses it.
func (s *saving) fillRest(context.Context) error {
	if s.run.Term != nil {
		if err := s.askRest(); err != nil {
			return err
		}
	}
	if s.entry.Username == "" {
		s.entry.Username = usernameOf(s.entries, s.entry.Email)
	}
	if s.entry.Expires.IsZero() && s.entry.Kind.IsToken() && !s.options.given["expires"] {
		s.entry.Expires, s.entry.Guessed = details.GuessedExpiry(), true
	}
	return nil
}

// usernameOf returns the username that an email is known to go with: both are
// the same person's.
func usernameOf(entries []store.Entry, email string) string {
	for i := range entries {
		if email != "" && entries[i].Username != "" && tokens.SameName(entries[i].Email, email) {
			return entries[i].Username
		}
	}
	return ""
}

// commit saves the token.
func (s *saving) commit(ctx context.Context) error {
	saved, err := s.run.Store.Save(ctx, s.entry, tokens.Secret{Token: s.token}, s.old)
	if err != nil {
		return s.run.WithHint(fmt.Errorf("%w; %w", err, errNotSaved), program.ToSave)
	}
	s.entry = saved
	// What an interrupted save or a locked keychain left behind is tried again next time.
	_ = s.run.Store.RemoveUnused(ctx)
	return nil
}
