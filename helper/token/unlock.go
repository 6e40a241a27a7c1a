package token

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"

	"github.com/spf13/cobra"
)

// UnlockCommand lets git use the encrypted store for a while.
func UnlockCommand(run *program.Run) *cobra.Command {
	limit := encrypted.HoldFor
	c := run.Command("unlock [--for TIME]", "let git read the encrypted store, for up to 12 hours",
		`Asks for the passphrase of the encrypted store, and lets git use it from then on without.
In a script the passphrase comes on standard input. The Linux kernel keeps the key, in
memory only.`,
		func(ctx context.Context, args []string) error { return unlock(ctx, run, limit, args) })
	c.Flags().DurationVar(&limit, "for", encrypted.HoldFor, "lock it again after `TIME`, such as 30m or 8h; 12h at the most")
	return c
}

// LockCommand locks the encrypted store.
func LockCommand(run *program.Run) *cobra.Command {
	return run.Command("lock", "lock the encrypted store now", "Locks the encrypted store before its time is up.",
		program.NoArguments("lock", func(context.Context) error { return lock(run) }))
}

// PassphraseCommand changes the passphrase of the encrypted store.
func PassphraseCommand(run *program.Run) *cobra.Command {
	return run.Command("passphrase", "change the passphrase of the encrypted store",
		`Changes the passphrase of the encrypted store; its tokens stay as they are. In a script
the old and the new one come on standard input, one a line.`,
		program.NoArguments("passphrase", func(ctx context.Context) error { return changePassphrase(ctx, run) }))
}

// unlock lets the kernel keep what opens the encrypted store, so that git gets its
// tokens without a question for a while. The first time it makes the store.
func unlock(ctx context.Context, run *program.Run, limit time.Duration, args []string) error {
	switch {
	case len(args) > 0:
		return console.Usagef("unlock takes no names; the passphrase is asked for, or comes on standard input")
	case limit < time.Second || limit > encrypted.HoldFor:
		return console.Usagef("--for: a time from 1s to 12h, such as 30m")
	}
	leave, err := run.OpenPrompt()
	if err != nil {
		return err
	}
	defer leave()
	exists, err := run.Encrypted.Exists()
	if err == nil && !exists {
		err = run.MakeEncrypted(ctx)
	}
	if err == nil {
		err = nothingUnlocks(run)
	}
	if err != nil {
		return run.WithHint(err, program.ToSave)
	}
	held, err := run.Encrypted.Held()
	if err == nil && !held {
		err = unlockWithPassphrase(ctx, run)
	}
	if err == nil {
		err = run.Encrypted.Hold(limit)
	}
	if err != nil {
		return err
	}
	run.UI.Sayf("the encrypted store is unlocked until %s", time.Now().Add(limit).Format(time.DateTime))
	run.UI.Hintf("to lock it before that: git credential-bitbucket lock")
	return nil
}

// nothingUnlocks is the error of unlock where the kernel keeps nothing for git.
func nothingUnlocks(run *program.Run) error {
	err := encrypted.KernelKeyring()
	path := run.Getenv(encrypted.PassphraseFileVariable)
	switch {
	case err == nil:
		return nil
	case path != "":
		return fmt.Errorf("nothing can be unlocked for git: %w; it opens the encrypted store with the passphrase in %s each time", err, shell.Tilde(path))
	}
	return console.WithHintf(fmt.Errorf("nothing can be unlocked for git: %w; it asks for the passphrase each time", err),
		"%s", program.Unattended)
}

// unlockWithPassphrase takes the passphrase from wherever there is one; a script has
// it on standard input.
func unlockWithPassphrase(ctx context.Context, run *program.Run) error {
	if _, named, _ := encrypted.PassphraseFromFile(run.Getenv); named || run.Term != nil {
		return run.Encrypted.Ready(ctx)
	}
	p, err := passphrasesFromInput(run, 1)
	if err != nil {
		return err
	}
	return run.Encrypted.Unlock(ctx, p[0])
}

// passphraseInput reports what a script is to write, by the number of lines.
var passphraseInput = map[int]string{1: "the passphrase", 2: "the old passphrase and the new one, one a line"}

// passphrasesFromInput reads as many lines from a script.
func passphrasesFromInput(run *program.Run, count int) ([]encrypted.Passphrase, error) {
	in := bufio.NewReader(io.LimitReader(run.In, int64(count)*2*tokens.MaxToken))
	var all []encrypted.Passphrase
	for range count {
		line, err := in.ReadString('\n')
		if err != nil && err != io.EOF {
			return nil, fmt.Errorf("read the passphrase: %w", err)
		}
		p := encrypted.NewPassphrase(strings.TrimRight(line, "\r\n"))
		if p.Empty() {
			return nil, console.Usagef("standard input should hold %s", passphraseInput[count])
		}
		all = append(all, p)
	}
	return all, nil
}

// lock makes the kernel forget what unlock gave it.
func lock(run *program.Run) error {
	was, err := run.Encrypted.Lock()
	switch {
	case errors.Is(err, encrypted.ErrNoKernelKeyring):
		run.UI.Sayf("there is nothing to lock: %s", err)
	case err != nil:
		return err
	case was:
		run.UI.Sayf("the encrypted store is locked")
	default:
		run.UI.Sayf("the encrypted store was not unlocked")
	}
	return nil
}

// changePassphrase encrypts anew what opens the encrypted store. The tokens stay as
// they are. A script gives the old and the new one on standard input, one a line.
func changePassphrase(ctx context.Context, run *program.Run) error {
	if exists, err := run.Encrypted.Exists(); err != nil {
		return err
	} else if !exists {
		return encrypted.ErrNoIdentity
	}
	leave, err := run.OpenPrompt()
	if err != nil {
		return err
	}
	defer leave()
	if run.Term == nil {
		err = changePassphraseInScript(ctx, run)
	} else {
		err = changePassphraseByHand(ctx, run)
	}
	if err != nil {
		return err
	}
	run.UI.Sayf("the encrypted store has a new passphrase; its tokens are as they were")
	if path := run.Getenv(encrypted.PassphraseFileVariable); path != "" {
		run.UI.Hintf("put it into %s as well, which %s names", shell.Path(path), hint.Line(encrypted.PassphraseFileVariable))
	}
	return nil
}

func changePassphraseInScript(ctx context.Context, run *program.Run) error {
	p, err := passphrasesFromInput(run, 2)
	if err != nil {
		return err
	}
	return run.Encrypted.ChangePassphrase(ctx, p[0], p[1])
}

func changePassphraseByHand(ctx context.Context, run *program.Run) error {
	for tried := 0; ; tried++ {
		old, err := run.TypePassphrase(run.Term, encrypted.PromptReason{Tried: tried})
		if err != nil {
			return err
		}
		err = run.Encrypted.Unlock(ctx, old)
		if errors.Is(err, encrypted.ErrWrongPassphrase) {
			continue
		}
		if err != nil {
			return err
		}
		changed, err := run.AskNewPassphrase(run.Term)
		if errors.Is(err, program.ErrNoPassphrase) {
			err = fmt.Errorf("%w; nothing was changed", err)
		}
		if err != nil {
			return err
		}
		return run.Encrypted.ChangePassphrase(ctx, old, changed)
	}
}
