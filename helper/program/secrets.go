package program

import (
	"context"

	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// Holds reports whether the store surely has this very token: an entry for it, and
// the secret in its vault.
func (run *Run) Holds(ctx context.Context, entries []store.Entry, token tokens.Token) bool {
	e := store.ByToken(entries, token)
	if e == nil {
		return false
	}
	secret, err := run.SecretFor(ctx, e)
	return err == nil && secret.Token == token
}

// readSecret is what reading an entry's secret came to.
type readSecret struct {
	secret tokens.Secret
	err    error
}

// SecretFor reads an entry's secret once, however often it is wanted: a command may
// take its time.
func (run *Run) SecretFor(ctx context.Context, e *store.Entry) (tokens.Secret, error) {
	read, known := run.read[e.ID]
	if !known {
		if run.read == nil {
			run.read = map[string]readSecret{}
		}
		id := e.ID
		read.secret, read.err = run.Store.Secret(ctx, e)
		run.read[id] = read
	}
	return read.secret, read.err
}
