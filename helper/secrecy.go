package helper

import (
	"os"

	"git-credential-bitbucket/store"
)

// takeToken takes the token out of this process's environment, so that no program
// that is started inherits it, and returns what reads the environment as it was.
func takeToken() (getenv func(string) string) {
	token, set := os.LookupEnv(store.TokenVariable)
	if !set {
		return os.Getenv
	}
	os.Unsetenv(store.TokenVariable)
	return func(name string) string {
		if name == store.TokenVariable {
			return token
		}
		return os.Getenv(name)
	}
}
