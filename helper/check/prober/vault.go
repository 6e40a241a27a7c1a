package prober

import (
	"errors"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/private"
)

var errOffline = errors.New("not run (--offline)")

// VaultTrouble is why what is in a vault cannot be read now without a dialog, or
// should not be; nil if it can.
func (ask *Prober) VaultTrouble(vault string) error {
	trouble, known := ask.troubles[vault]
	if !known {
		trouble = ask.Run.VaultTrouble(vault, ask.Locked)
		if trouble == nil && vault == store.CommandVault && ask.subject.Offline {
			trouble = errOffline
		}
		ask.troubles[vault] = trouble
	}
	return trouble
}

// noteVaultTrouble remembers what all tokens in the encrypted store would meet: what
// is no matter of one file.
func (ask *Prober) noteVaultTrouble(vault string, err error) {
	if vault == store.EncryptedVault && err != nil && !advice.IsLost(err) && !errors.Is(err, private.ErrUnsafe) {
		ask.troubles[vault] = err
	}
}
