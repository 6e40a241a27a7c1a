package console

import "git-credential-bitbucket/store"

// SecretName stands for what is in a username's place and may be a secret.
const SecretName = "…"

// IsSecretName reports whether what is in a username's place may be a secret.
func IsSecretName(name string) bool { return name != "" && !store.PlausibleUsername(name) }

// ShownName is how a username from outside is shown.
func ShownName(name string) string {
	if IsSecretName(name) {
		return SecretName
	}
	return name
}

// SavedName is how one is shown that was saved. A person may have typed it in whatever
// form; an earlier version may have taken a secret for it.
func SavedName(name string) string {
	if store.LooksSecret(name) {
		return SecretName
	}
	return name
}

func SavedNames(names []string) []string {
	shown := []string{}
	for _, name := range names {
		shown = append(shown, SavedName(name))
	}
	return shown
}
