package helper

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/tokens"
)

type eraseOptions struct{ yes bool }

func (o *eraseOptions) flags(set *flag.FlagSet) {
	set.BoolVar(&o.yes, "yes", false, "do not ask")
}

// eraseCommand is git's erase if git is on the pipe, and a person's otherwise.
func (a *app) eraseCommand(args []string) error {
	if len(args) == 0 && !console.IsTerminal(a.in) && !console.IsGitBash(a.in) {
		return a.gitErase()
	}
	o := &eraseOptions{}
	rest, err := parseArgs(flagSet("erase", o.flags), args)
	if err != nil {
		return err
	}
	entries, err := a.allNamed("erase", rest)
	if err != nil {
		return err
	}
	if err := a.oneByOne("erase", entries, func(e *store.Entry) error { return a.eraseOne(e, o.yes) }); err != nil {
		return err
	}
	_ = a.store.Sweep(a.ctx)
	return nil
}

// eraseOne destroys an entry and its secret, after a question.
func (a *app) eraseOne(e *store.Entry, yes bool) error {
	question := fmt.Sprintf(`destroy the token "%s" for good? the page that made it does not show it again`, e.Name)
	done := `destroyed the token "%s"; to make Bitbucket refuse it too, revoke it there`
	if e.Vault == store.CommandVault {
		question = fmt.Sprintf(`forget the token "%s"? it stays where the command takes it from: %s`, e.Name, console.ShellWords(e.Command))
		done = `forgot the token "%s"; it still lies where the command took it from`
	}
	if err := a.agree(yes, question); err != nil {
		return err
	}
	isIt := a.recogniserOf(e)
	err := a.store.Erase(a.ctx, e)
	if err == nil {
		a.ui.Sayf(done, e.Name)
		a.sayWhoHolds(e, isIt)
		return nil
	}
	if errors.Is(err, private.ErrBusy) || !console.IsTerminal(a.in) {
		return err
	}
	a.ui.Sayf("%s", err)
	if a.agree(false, "forget it all the same? the secret stays where it is, "+placeOf(e).words()+", until that can be used again") != nil {
		return err
	}
	return a.store.Forget(a.ctx, e.ID)
}

// recogniserOf returns what knows an entry's token again once that is destroyed: by its
// fingerprint, and a password, which has none, by itself if it can be read.
func (a *app) recogniserOf(e *store.Entry) func(tokens.Token) bool {
	if fingerprint := e.Fingerprint; fingerprint != "" {
		return func(t tokens.Token) bool { return t.Fingerprint() == fingerprint }
	}
	secret, err := a.secretFor(e)
	return func(t tokens.Token) bool { return err == nil && !t.Empty() && t == secret.Token }
}

// sayWhoHolds names the helpers and files from which git would get a destroyed token all
// the same, and what makes them forget it. It is best effort.
func (a *app) sayWhoHolds(e *store.Entry, isIt func(tokens.Token) bool) {
	held := []string{} // files that a helper's line speaks for
	settings, _ := git.Settings(a.ctx, ".")
	for _, h := range git.Helpers(settings, strings.TrimSuffix(bitbucket.GitURL+"/"+e.For, "/")) {
		if setup.IsThisProgram(h) || whyNotAsked(h, false, func() (bool, error) { return a.keys.Locked(a.ctx) }) != "" {
			continue
		}
		if f, holds := a.heldBy(h, e, isIt); holds {
			a.ui.Sayf("%s still holds that token, and gives it to git", setup.HelperName(h))
			a.ui.Hintf("%s", forgetLine(h, f.user))
			held = append(held, h.StoreFiles(a.credentialFiles())...)
		}
	}
	a.sayWhichFiles(netrcFiles(), git.ParseNetrc, isIt)
	a.sayWhichFiles(slices.DeleteFunc(a.credentialFiles(), func(path string) bool { return slices.Contains(held, path) }), git.ParseCredentials, isIt)
}

// heldBy asks a helper by all names under which it may have got an entry's token.
func (a *app) heldBy(h git.Helper, e *store.Entry, isIt func(tokens.Token) bool) (foundSecret, bool) {
	ctx, cancel := context.WithTimeout(a.ctx, helperAsks)
	defer cancel()
	for _, name := range append([]string{"", e.GitUsername(), e.Username, e.Email}, e.Also...) {
		if f, ok := fillFrom(ctx, h, name, ""); ok && isIt(f.token) {
			return f, true
		}
	}
	return foundSecret{}, false
}

// sayWhichFiles names the files of passwords that hold a destroyed token.
func (a *app) sayWhichFiles(paths []string, parse func(string) []git.PasswordLine, isIt func(tokens.Token) bool) {
	for _, path := range paths {
		text, err := git.ReadFile(path)
		if err != nil {
			continue
		}
		for _, line := range parse(text) {
			if (line.Host == store.GitHost || line.Host == "") && isIt(tokens.New(line.Password)) {
				a.ui.Sayf("%s still holds that token, on line %d", console.Tilde(path), line.Line)
				a.ui.Hintf("take the line out of %s", console.ShellPath(path))
			}
		}
	}
}

var errNotErased = errors.New("nothing was destroyed")

// agree asks whether to destroy something, unless that was answered already.
func (a *app) agree(yes bool, question string) error {
	return a.agreeTo(yes, errNotErased, question, "to destroy it without a question, add --yes")
}
