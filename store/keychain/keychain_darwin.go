package keychain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"

	"git-credential-bitbucket/store/tokens"
)

// securityTool is what go-keyring starts too. Of its words go-keyring passes on
// little more than the exit status.
const securityTool = "/usr/bin/security"

// securityStatus gives the meaning of its exit statuses, the lowest byte of the
// error that the Security framework returned (SecBase.h).
var securityStatus = map[int]error{
	29:  ErrNoDialog,        // errSecInteractionRequired, -25315
	36:  ErrNoDialog,        // errSecInteractionNotAllowed, -25308: over SSH
	37:  ErrNoKeyring,       // errSecNoDefaultKeychain, -25307
	44:  tokens.ErrNotFound, // errSecItemNotFound, -25300
	50:  ErrNoKeyring,       // errSecNoSuchKeychain, -25294
	51:  ErrLocked,          // errSecAuthFailed, -25293: a wrong password in the dialog
	128: ErrLocked,          // errSecUserCanceled, -128: the dialog was dismissed
}

// systemKind gives an exit status its meaning; nil if it has none of its own.
func systemKind(err error) error {
	var failed *exec.ExitError
	if !errors.As(err, &failed) {
		return nil
	}
	return securityStatus[failed.ExitCode()]
}

// preflight finds out over SSH, where no dialog can come, whether the keychain is
// locked. Elsewhere the question itself would open a dialog.
func preflight(ctx context.Context) (locked bool, err error) {
	if os.Getenv("SSH_CONNECTION") == "" {
		return false, nil
	}
	kind := systemKind(exec.CommandContext(ctx, securityTool, "show-keychain-info").Run())
	if errors.Is(kind, ErrNoDialog) {
		return false, kind
	}
	return false, ctx.Err() // the rest is left to the change itself
}

// quickGet leaves it all to go-keyring.
func quickGet(context.Context, string) (quickResult, error) { return quickResult{}, nil }

// confirm reads back what was set: the tool takes the secret as a line of a
// conversation, and whether its exit status speaks of that line is not documented.
func confirm(id, text string) error {
	kept, err := getItem(context.Background(), id)
	if err == nil && kept != text {
		err = fmt.Errorf("%w: it does not give back what it was given", tokens.ErrVaultFailed)
	}
	return err
}

// open has no way to open.
func open() error { return nil }

// setLabel leaves an item as it is: Apple's tool sets a label only together with the secret.
func setLabel(context.Context, string, string) error { return nil }
