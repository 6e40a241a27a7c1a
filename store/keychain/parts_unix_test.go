//go:build unix && !darwin

package keychain

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"git-credential-bitbucket/store/tokens"
)

// inService are the Secret Service's items, which here are cut as Windows' and macOS' have to be.
func inService(ctx context.Context) items {
	return items{
		set:    func(id, text string) error { return setItem(ctx, id, text) },
		get:    func(id string) (string, error) { return getItem(ctx, id) },
		delete: func(id string) error { return deleteItem(ctx, id) },
	}
}

// CheckParts is run in a process of its own, beside a real keychain.
func CheckParts(t *testing.T) {
	const most = 100
	k := inService(t.Context())
	short, long, longer := "a token", strings.Repeat("0123456789", 25), strings.Repeat("abcdefghij", 33)
	wantText := func(id, want string) {
		t.Helper()
		if got, err := k.take(id); got != want || err != nil {
			t.Errorf("%s: got %d bytes, %v, want %d", id, len(got), err, len(want))
		}
	}
	for _, text := range []string{short, long, longer, long, short, strings.Repeat("x", most), strings.Repeat("x", most+1)} {
		if err := k.put("id", text, most); err != nil {
			t.Fatal(err)
		}
		wantText("id", text)
	}
	if err := k.remove("id"); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"id", partID("id", 1), partID("id", 2), partID("id", 3)} {
		if _, err := k.get(id); !errors.Is(err, tokens.ErrNotFound) {
			t.Errorf("%s is left: %v", id, err)
		}
	}
	// A keychain that fails at the third part: all or nothing.
	broken := k
	broken.set = func(id, text string) error {
		if id == partID("half", 3) {
			return fmt.Errorf("the disk is full")
		}
		return k.set(id, text)
	}
	if err := broken.put("half", long, most); err == nil {
		t.Error("a half is saved")
	}
	if _, err := k.get(partID("half", 1)); !errors.Is(err, tokens.ErrNotFound) {
		t.Errorf("a part is left: %v", err)
	}
	// A part of another secret is no part of this one.
	if err := errors.Join(k.put("mixed", long, most), k.set(partID("mixed", 2), longer[:most])); err != nil {
		t.Fatal(err)
	}
	if _, err := k.take("mixed"); !errors.Is(err, tokens.ErrDamaged) {
		t.Errorf("a mixed secret: %v", err)
	}
}
