package helper

import (
	"os"
	"strings"

	"git-credential-bitbucket/store"
)

// takeToken takes the token out of this process's environment, so that no program
// that is started inherits it, and returns what reads the environment as it was.
func takeToken() (getenv func(string) string) {
	token := os.Getenv(store.TokenVariable)
	if strings.TrimSpace(token) == "" {
		return os.Getenv // an empty variable has no secret, and that it is set is worth a word
	}
	os.Unsetenv(store.TokenVariable)
	return func(name string) string {
		if name == store.TokenVariable {
			return token
		}
		return os.Getenv(name)
	}
}
