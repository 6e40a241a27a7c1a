package token

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"

	"github.com/spf13/cobra"
)

// EraseCommand destroys tokens.
func EraseCommand(run *program.Run) *cobra.Command {
	yes := false
	c := run.Command("erase NAME... [--yes]", "destroy a token",
		`Destroys tokens for good, after a question. To make Bitbucket refuse a token, revoke it
where it was made.

Called by git, with git's input on the pipe, it notes that a credential was refused.`,
		func(ctx context.Context, args []string) error { return erase(ctx, run, yes, args) })
	c.Flags().BoolVar(&yes, "yes", false, "do not ask")
	c.ValidArgsFunction = completeNames(run)
	return c
}

// erase destroys the tokens of some names, with their secrets.
func erase(ctx context.Context, run *program.Run, yes bool, args []string) error {
	entries, err := allNamed(run, "erase", args)
	if err != nil {
		return err
	}
	if err := oneByOne(run, "erase", entries, func(e *store.Entry) error { return eraseOne(ctx, run, e, yes) }); err != nil {
		return err
	}
	_ = run.Store.RemoveUnused(ctx)
	return nil
}

// eraseOne destroys an entry and its secret, after a question.
func eraseOne(ctx context.Context, run *program.Run, e *store.Entry, yes bool) error {
	question := fmt.Sprintf(`destroy the token "%s" for good? its page does not show it again`, e.Name)
	done := `destroyed the token "%s"; to make Bitbucket refuse it too, revoke it there`
	if e.Vault == store.CommandVault {
		question = fmt.Sprintf(`forget the token "%s"? its command still prints it: %s`, e.Name, shell.Words(e.Command))
		done = `forgot the token "%s"; its command still prints it`
	}
	if err := agree(run, yes, question); err != nil {
		return err
	}
	isIt := recogniserOf(ctx, run, e)
	err := run.Store.Erase(ctx, e)
	if err == nil {
		run.UI.Sayf(done, e.Name)
		sayWhoHolds(ctx, run, e, isIt)
		return nil
	}
	if errors.Is(err, private.ErrBusy) || !console.IsTerminal(run.In) {
		return err
	}
	run.UI.Sayf("%s", err)
	if agree(run, false, "forget it all the same? the secret stays where it is, "+program.PlaceOf(e).Words()+", until that can be used again") != nil {
		return err
	}
	return run.Store.Forget(ctx, e.ID)
}

// recogniserOf returns what knows an entry's token again once that is destroyed: by its
// fingerprint, and a password, which has none, by itself if it can be read.
func recogniserOf(ctx context.Context, run *program.Run, e *store.Entry) func(tokens.Token) bool {
	if fingerprint := e.Fingerprint; fingerprint != "" {
		return func(t tokens.Token) bool { return t.Fingerprint() == fingerprint }
	}
	secret, err := run.SecretFor(ctx, e)
	return func(t tokens.Token) bool { return err == nil && !t.Empty() && t == secret.Token }
}

// sayWhoHolds names the helpers and files from which git would get a destroyed token all
// the same, and what makes them forget it. It is best effort.
func sayWhoHolds(ctx context.Context, run *program.Run, e *store.Entry, isIt func(tokens.Token) bool) {
	held := []string{} // files that a helper's line speaks for
	settings, _ := git.Settings(ctx, ".")
	for _, h := range git.Helpers(settings, strings.TrimSuffix(bitbucket.GitURL+"/"+e.For, "/")) {
		if setup.IsThisProgram(h) || found.WhyNotAsked(h, false, func() (bool, error) { return run.Keychain.Locked(ctx) }) != "" {
			continue
		}
		if f, holds := heldBy(ctx, h, e, isIt); holds {
			run.UI.Sayf("%s still holds that token, and gives it to git", setup.HelperName(h))
			run.UI.Hintf("%s", found.ForgetLine(h, f.User))
			held = append(held, h.StoreFiles(found.CredentialFiles(run.Getenv))...)
		}
	}
	sayWhichFiles(run, found.NetrcFiles(), passwords.ParseNetrc, isIt)
	sayWhichFiles(run, slices.DeleteFunc(found.CredentialFiles(run.Getenv), func(path string) bool { return slices.Contains(held, path) }), passwords.ParseCredentials, isIt)
}

// heldBy asks a helper by all names under which it may have got an entry's token.
func heldBy(ctx context.Context, h git.Helper, e *store.Entry, isIt func(tokens.Token) bool) (found.Secret, bool) {
	ctx, cancel := context.WithTimeout(ctx, found.HelperAsks)
	defer cancel()
	for _, name := range append([]string{"", e.GitUsername(), e.Username, e.Email}, e.Also...) {
		if f, ok := found.Held(ctx, h, name, ""); ok && isIt(f.Token) {
			return f, true
		}
	}
	return found.Secret{}, false
}

// sayWhichFiles names the files of passwords that hold a destroyed token.
func sayWhichFiles(run *program.Run, paths []string, parse func(string) []passwords.Line, isIt func(tokens.Token) bool) {
	for _, path := range paths {
		text, err := git.ReadFile(path)
		if err != nil {
			continue
		}
		for _, line := range parse(text) {
			if (line.Host == store.GitHost || line.Host == "") && isIt(tokens.New(line.Password)) {
				run.UI.Sayf("%s still holds that token, on line %d", shell.Tilde(path), line.Line)
				run.UI.Hintf("%s", setup.TakeOutLine(path, line.Line))
			}
		}
	}
}

var errNotErased = errors.New("nothing was destroyed")

// agree asks whether to destroy something, unless that was answered already.
func agree(run *program.Run, yes bool, question string) error {
	return run.AgreeTo(yes, errNotErased, question, "to destroy it without a question, add --yes")
}
