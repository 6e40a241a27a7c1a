package helper

import (
	"errors"
	"flag"
	"fmt"

	"git-credential-bitbucket/store"
)

type eraseOptions struct{ yes bool }

func (o *eraseOptions) flags(set *flag.FlagSet) {
	set.BoolVar(&o.yes, "yes", false, "do not ask")
}

// eraseCommand is git's erase if git is on the pipe, and a person's otherwise.
func (a *app) eraseCommand(args []string) error {
	if len(args) == 0 && !isTerminal(a.in) && !isGitBash(a.in) {
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
		question = fmt.Sprintf(`forget the token "%s"? it stays where the command takes it from: %s`, e.Name, shellWords(e.Command))
		done = `forgot the token "%s"; it still lies where the command took it from`
	}
	if err := a.agree(yes, question); err != nil {
		return err
	}
	err := a.store.Erase(a.ctx, e)
	if err == nil {
		a.ui.say(done, e.Name)
		return nil
	}
	if errors.Is(err, store.ErrBusy) || !isTerminal(a.in) {
		return err
	}
	a.ui.say("%s", err)
	if a.agree(false, "forget it all the same? the secret stays where it is, "+placeOf(e).words()+", until that can be used again") != nil {
		return err
	}
	return a.store.Forget(a.ctx, e.ID)
}

var errNotErased = errors.New("nothing was destroyed")

// agree asks whether to destroy something, unless that was answered already.
func (a *app) agree(yes bool, question string) error {
	return a.agreeTo(yes, errNotErased, question, "to destroy it without a question, add --yes")
}
