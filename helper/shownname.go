package helper

import (
	"cmp"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

// secretName stands for what is in a username's place and may be a secret.
const secretName = "…"

// isSecretName reports whether what stands in a username's place may be a secret.
func isSecretName(name string) bool { return name != "" && !store.PlausibleUsername(name) }

// shownName is how a username from outside is shown.
func shownName(name string) string {
	if isSecretName(name) {
		return secretName
	}
	return name
}

// savedName is how one is shown that was saved. A person may have typed it in whatever
// form; an earlier version may have taken a secret for it.
func savedName(name string) string {
	if store.LooksSecret(name) {
		return secretName
	}
	return name
}

func savedNames(names []string) []string {
	shown := []string{}
	for _, name := range names {
		shown = append(shown, savedName(name))
	}
	return shown
}

// shownKey is how the key of a setting is shown: a URL may stand in its middle.
func shownKey(key string) string {
	section, middle, name := git.SplitKey(key)
	address, ok := git.ParseAddress(middle)
	if _, hasSecret := secretIn(address); !ok || !hasSecret {
		return key
	}
	return section + "." + shownAddress(address) + "." + name
}

// owner is whose secret it is, as far as that may be shown.
func (f foundSecret) owner(otherwise string) string { return cmp.Or(shownName(f.user), otherwise) }

// checkCommand is what to type where the URL is to be looked at.
const checkCommand console.CommandLine = "git credential-bitbucket check"
