package storetest

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"git-credential-bitbucket/store/command"
	"git-credential-bitbucket/store/tokens"
)

// Contract proves that a vault does what store.Vault says.
func Contract(t *testing.T, vault tokens.Vault) {
	ctx := t.Context()
	secret := tokens.Secret{Token: tokens.New(APIToken())}

	t.Run("nothing is there", func(t *testing.T) {
		if got, err := vault.Get(ctx, "nothing"); !errors.Is(err, tokens.ErrNotFound) {
			t.Errorf("Get: %v, %v", got, err)
		}
		if err := vault.Delete(ctx, "nothing"); !errors.Is(err, tokens.ErrNotFound) {
			t.Errorf("Delete: %v", err)
		}
	})
	t.Run("what was set is there until it is deleted", func(t *testing.T) {
		set(t, vault, "one", secret)
		wantSecret(t, vault, "one", secret)
		if err := vault.Delete(ctx, "one"); err != nil {
			t.Fatal(err)
		}
		if _, err := vault.Get(ctx, "one"); !errors.Is(err, tokens.ErrNotFound) {
			t.Errorf("Get after Delete: %v", err)
		}
	})
	t.Run("a second set replaces", func(t *testing.T) {
		newer := tokens.Secret{Token: tokens.New(APIToken()), Refresh: tokens.New("refresh-me")}
		set(t, vault, "two", secret)
		set(t, vault, "two", newer)
		wantSecret(t, vault, "two", newer)
	})
	t.Run("ids are kept apart", func(t *testing.T) {
		other := tokens.Secret{Token: tokens.New(APIToken())}
		set(t, vault, "three", secret)
		set(t, vault, "three-b", other)
		wantSecret(t, vault, "three", secret)
		wantSecret(t, vault, "three-b", other)
	})
	t.Run("the longest secret", func(t *testing.T) {
		longest := tokens.Secret{Token: tokens.New(strings.Repeat("x", tokens.MaxSecret))}
		set(t, vault, "long", longest)
		wantSecret(t, vault, "long", longest)
	})
	t.Run("a longer one is refused and the old one stays", func(t *testing.T) {
		set(t, vault, "longer", secret)
		err := vault.Set(ctx, "longer", tokens.Secret{Token: tokens.New(strings.Repeat("x", tokens.MaxSecret+1))})
		if !errors.Is(err, tokens.ErrTooLarge) {
			t.Errorf("Set: %v", err)
		}
		wantSecret(t, vault, "longer", secret)
	})
	t.Run("an ended context", func(t *testing.T) {
		set(t, vault, "ended", secret)
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if err := vault.Set(ended, "ended", tokens.Secret{Token: tokens.New(APIToken())}); !errors.Is(err, context.Canceled) {
			t.Errorf("Set: %v", err)
		}
		if err := vault.Delete(ended, "ended"); !errors.Is(err, context.Canceled) {
			t.Errorf("Delete: %v", err)
		}
		wantSecret(t, vault, "ended", secret)
	})
	t.Run("many at once", func(t *testing.T) { manyAtOnce(t, vault) })
}

// ReadOnlyContract proves the same of a vault that others fill: put does.
func ReadOnlyContract(t *testing.T, vault tokens.Vault, put func(tokens.Secret)) {
	ctx := t.Context()
	secret := tokens.Secret{Token: tokens.New(APIToken())}
	other := tokens.Secret{Token: tokens.New(APIToken())}
	put(secret)
	t.Run("what was put is there", func(t *testing.T) { wantSecret(t, vault, "one", secret) })
	t.Run("a set of the same changes nothing", func(t *testing.T) {
		set(t, vault, "one", secret)
		wantSecret(t, vault, "one", secret)
	})
	t.Run("a set of another is refused", func(t *testing.T) {
		if err := vault.Set(ctx, "one", other); !errors.Is(err, command.ErrOtherToken) {
			t.Errorf("Set: %v", err)
		}
		wantSecret(t, vault, "one", secret)
	})
	t.Run("one that is too long is refused", func(t *testing.T) {
		err := vault.Set(ctx, "one", tokens.Secret{Token: tokens.New(strings.Repeat("x", tokens.MaxSecret+1))})
		if !errors.Is(err, tokens.ErrTooLarge) {
			t.Errorf("Set: %v", err)
		}
	})
	t.Run("a delete leaves it where it lies", func(t *testing.T) {
		if err := vault.Delete(ctx, "one"); err != nil {
			t.Errorf("Delete: %v", err)
		}
		wantSecret(t, vault, "one", secret)
	})
	t.Run("an ended context", func(t *testing.T) {
		ended, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := vault.Get(ended, "one"); !errors.Is(err, context.Canceled) {
			t.Errorf("Get: %v", err)
		}
	})
	t.Run("many at once", func(t *testing.T) {
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { wantSecret(t, vault, "one", secret) })
		}
		all.Wait()
	})
	t.Run("the newest is read", func(t *testing.T) {
		put(other)
		wantSecret(t, vault, "one", other)
	})
}

func manyAtOnce(t *testing.T, vault tokens.Vault) {
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			id := "many-" + string(rune('a'+i))
			secret := tokens.Secret{Token: tokens.New(APIToken())}
			if err := vault.Set(t.Context(), id, secret); err != nil {
				t.Error(err)
				return
			}
			if got, err := vault.Get(t.Context(), id); err != nil || got != secret {
				t.Errorf("%s: got %v, %v", id, got, err)
			}
		})
	}
	all.Wait()
}

func set(t *testing.T, vault tokens.Vault, id string, secret tokens.Secret) {
	t.Helper()
	if err := vault.Set(t.Context(), id, secret); err != nil {
		t.Fatal(err)
	}
}

func wantSecret(t *testing.T, vault tokens.Vault, id string, want tokens.Secret) {
	t.Helper()
	if got, err := vault.Get(t.Context(), id); err != nil || got != want {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
