package store

import (
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// The names of the vaults, as entries have them and people type them.
const (
	KeychainVault  = "keychain"
	EncryptedVault = "encrypted"
	FileVault      = "file"
	CommandVault   = "command"
)

// ErrReplaced: what a vault gives back is never handed out if it is not what was
// saved there, by the entry's fingerprint.
var ErrReplaced = hint.Case(tokens.ErrDamaged, "damaged: its vault gives back another token than was saved there", "git credential-bitbucket store")
