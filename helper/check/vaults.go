package check

import (
	"context"
	"errors"
	"slices"

	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/shell"
)

// checkVaults reports whether each vault that holds a token can be read.
func checkVaults(_ context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	if x.entriesErr != nil {
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(x.entriesErr, program.ToRead), "what is saved cannot be read: %v", x.entriesErr)
		return
	}
	var seen []string
	for i := range x.entries {
		e := &x.entries[i]
		if e.Vault == store.CommandVault {
			checkVaultCommand(x, out, e)
		}
		if slices.Contains(seen, e.Vault) {
			continue
		}
		seen = append(seen, e.Vault)
		switch e.Vault {
		case store.KeychainVault:
			checkKeychain(ask, out)
		case store.EncryptedVault:
			checkEncrypted(x, ask, out)
		case store.FileVault:
			checkFolder(x, ask, out)
		case store.CommandVault:
		default:
			out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(store.ErrNoVault, program.ToRead), "there is no vault named %s in this version", e.Vault)
		}
	}
	if len(seen) == 0 {
		out.OKf(setup.Where{}, "nothing is saved")
	}
}

func checkKeychain(ask *prober.Prober, out *report.Results) {
	locked, err := ask.Locked()
	switch {
	case err != nil:
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(err, program.ToRead), "the keychain cannot be used: %v", err)
	case locked && !ask.Run.Keychain.Display:
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(keychain.ErrLocked, program.ToRead), "the keychain cannot be used: %v", keychain.ErrLocked)
	case locked:
		out.Warnf(report.CauseVault, setup.Where{}, ask.Run.Hint(keychain.ErrLocked, program.ToRead), "the keychain is locked; it opens a dialog when git asks")
	default:
		out.OKf(setup.Where{}, "the keychain can be used")
	}
}

func checkEncrypted(x *facts, ask *prober.Prober, out *report.Results) {
	trouble := ask.VaultTrouble(store.EncryptedVault)
	_, named, _ := encrypted.PassphraseFromFile(ask.Run.Getenv)
	keyring := encrypted.KernelKeyring()
	switch {
	case errors.Is(trouble, encrypted.ErrSealed):
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(trouble, program.ToRead), "%v", trouble)
	case trouble != nil:
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(trouble, program.ToRead), "the encrypted store cannot be used: %v", trouble)
	case keyring == nil && named:
		out.OKf(setup.Where{}, "the encrypted store opens with the passphrase in the file that %s names", encrypted.PassphraseFileVariable)
	case keyring == nil:
		out.OKf(setup.Where{}, "the encrypted store is unlocked")
	case named:
		out.Warnf(report.CauseVault, setup.Where{}, "", "the encrypted store opens with the passphrase in the file that %s names, which takes a second each time: %v",
			encrypted.PassphraseFileVariable, keyring)
	default:
		out.Warnf(report.CauseVault, setup.Where{}, program.Unattended,
			"the encrypted store needs its passphrase each time that git asks: %v", keyring)
	}
}

func checkFolder(x *facts, ask *prober.Prober, out *report.Results) {
	if err := ask.VaultTrouble(store.FileVault); err != nil {
		out.Wrongf(report.CauseVault, setup.Where{}, ask.Run.Hint(err, program.ToRead), "the tokens' files cannot be used: %v", err)
		return
	}
	out.OKf(setup.Where{}, "tokens are stored unencrypted in %s, which is closed to other users", shell.Tilde(ask.Run.Files.Folder()))
}

func checkVaultCommand(x *facts, out *report.Results, e *store.Entry) {
	if x.options.offline {
		out.Skipf(`the command for "%s" was not run (--offline): %s`, e.Name, shell.Words(e.Command))
		return
	}
	out.OKf(setup.Where{}, `the token "%s" comes from the command %s`, e.Name, shell.Words(e.Command))
}

// sources name the vaults as what a token is read from.
var sources = map[string]string{
	store.KeychainVault:  "from the keychain",
	store.EncryptedVault: "from the encrypted store",
	store.FileVault:      "from its file",
	store.CommandVault:   "without running its command",
}
