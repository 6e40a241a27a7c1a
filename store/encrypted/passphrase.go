package encrypted

import (
	"errors"
	"fmt"
	"strings"

	"git-credential-bitbucket/store/private"
)

// PassphraseFileVariable names a file with the encrypted store's passphrase, for
// git that runs unattended.
const PassphraseFileVariable = "GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE"

// PassphraseFromFile returns the passphrase in the file that the environment names,
// and whether it names one.
func PassphraseFromFile(getenv func(string) string) (p Passphrase, named bool, err error) {
	path := getenv(PassphraseFileVariable)
	if path == "" {
		return Passphrase{}, false, nil
	}
	text, err := private.ReadNamedFile(PassphraseFileVariable, path)
	if err == nil && strings.Contains(text, "\n") {
		err = errors.New("the file has more than one line")
	}
	if err != nil {
		return Passphrase{}, true, fmt.Errorf("%s: %w", PassphraseFileVariable, err)
	}
	return NewPassphrase(text), true, nil
}
