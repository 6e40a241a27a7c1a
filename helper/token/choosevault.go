package token

// Where to keep a token if there is no keychain: a person chooses, and nothing else
// does.

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// choice is an answer to the question where to keep a token.
type choice struct {
	vault, text string
}

// choices are the places that there are without a keychain, the safest first.
var choices = []choice{
	{store.EncryptedVault, "in an encrypted file: a passphrase unlocks it for up to 12 hours"},
	{store.CommandVault, "in a password manager: git runs its command (op, pass, vault, bw)"},
	{store.FileVault, "in a plain file: readable by all you run, and from the disk or a backup"},
	{"", "nowhere: set it in the environment yourself: export " + store.TokenVariable + "=…"},
}

// choosePlace finds out where the token is to be kept, and that it can be, before
// it is asked for. Without --in it is the keychain, or the place of the entry that
// --name renews; where that is not available, a person is asked and a script fails.
func (s *saving) choosePlace(ctx context.Context) (err error) {
	wanted := program.Place{Vault: store.KeychainVault}
	switch old := store.Named(s.entries, s.options.name); {
	case s.options.given["in"]:
		s.placeIsChosen = true
		if wanted, err = program.ParsePlace(s.options.in); err != nil {
			return err
		}
	case old != nil && old.Vault == store.CommandVault:
		return comesFromCommand(old)
	case old != nil:
		wanted = program.PlaceOf(old)
	}
	err = s.try(ctx, wanted)
	if err != nil && s.run.Term != nil && !s.placeIsChosen && !isInterruption(err) {
		wanted, err = s.offer(ctx, err)
		s.placeIsChosen = true
	}
	if err != nil {
		return s.run.WithHint(err, program.ToSave)
	}
	s.keepIn(wanted)
	return nil
}

func (s *saving) keepIn(p program.Place) {
	s.entry.Vault, s.entry.Command = p.Vault, p.Command
	s.run.SayPlace(p)
}

// comesFromCommand is why a token that is typed cannot take the place of one that a
// command prints.
func comesFromCommand(old *store.Entry) error {
	return console.WithHintf(fmt.Errorf(`the token "%s" comes from a command; %w`, old.Name, errNotSaved),
		"%s; or to store the new one here: add --in keychain (or encrypted, or file)", advice.Renewal(old))
}

// settlePlace lets a token that takes the place of an old one be kept where that
// was, unless the person chose otherwise.
func (s *saving) settlePlace(ctx context.Context) error {
	if s.old == nil || s.placeIsChosen || s.old.Vault == s.entry.Vault {
		return nil
	}
	if s.old.Vault == store.CommandVault {
		return s.insteadOfCommand()
	}
	if err := s.run.Ready(ctx, program.PlaceOf(s.old)); err != nil {
		return s.run.WithHint(err, program.ToSave)
	}
	s.keepIn(program.PlaceOf(s.old))
	return nil
}

// insteadOfCommand asks whether a token that was typed is to take the place of one
// that a command prints. It may never be shown again, so it is not just refused.
func (s *saving) insteadOfCommand() error {
	if s.run.Term == nil {
		return comesFromCommand(s.old)
	}
	s.run.UI.Tellf(`the token "%s" comes from the command %s`, s.old.Name, shell.Words(s.old.Command))
	yes, err := s.run.UI.Confirmf(s.run.Term, "store this one %s instead?", program.PlaceOf(&s.entry).Words())
	if err == nil && !yes {
		err = comesFromCommand(s.old)
	}
	return err
}

// try is ready, and runs the command if it is one: its token is the one to save.
func (s *saving) try(ctx context.Context, p program.Place) error {
	if p.Vault != store.CommandVault {
		return s.run.Ready(ctx, p)
	}
	secret, err := command.New(p.Command).Get(ctx, "")
	s.token = secret.Token
	return err
}

// isInterruption reports whether a person wanted to end it all.
func isInterruption(err error) bool {
	return errors.Is(err, console.ErrInterrupted) || errors.Is(err, console.ErrCancelled)
}

// offer says what is wrong and asks where else to keep the token, until one of the
// places can be used.
func (s *saving) offer(ctx context.Context, reason error) (program.Place, error) {
	s.run.UI.Sayf("%s", reason)
	if cure := s.run.Hint(reason, program.NoWayOut); cure != "" {
		s.run.UI.Hintf("%s", cure)
	}
	for {
		chosen, err := s.askPlace()
		if err != nil {
			return program.Place{}, err
		}
		if err = s.try(ctx, chosen); err == nil || isInterruption(err) {
			return chosen, err
		}
		s.run.UI.Fail(s.run.WithHint(err, program.NoWayOut))
	}
}

// askPlace asks for a number, and for the command if there is to be one.
func (s *saving) askPlace() (program.Place, error) {
	s.run.UI.Tellf("where should the token be stored instead?")
	suggestion := "1"
	for i, c := range choices {
		s.run.UI.Tellf("  %d  %s", i+1, c.text)
		if len(s.entries) > 0 && s.entries[0].Vault == c.vault {
			suggestion = strconv.Itoa(i + 1)
		}
	}
	var chosen program.Place
	err := s.askChecked("number", suggestion, func(answer string) error {
		number, err := strconv.Atoi(answer)
		if err != nil || number < 1 || number > len(choices) {
			return fmt.Errorf("a number from 1 to %d", len(choices))
		}
		chosen.Vault = choices[number-1].vault
		return nil
	})
	switch {
	case err != nil:
		return program.Place{}, err
	case chosen.Vault == "":
		return program.Place{}, console.WithHintf(errNotSaved, "export %s=…", hint.Line(store.TokenVariable))
	case chosen.Vault == store.CommandVault:
		err = s.askChecked("command that prints the token, such as: pass show bitbucket", "", func(answer string) (err error) {
			chosen.Command, err = command.Parse(answer)
			return err
		})
	}
	return chosen, err
}
