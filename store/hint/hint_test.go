package hint

import (
	"errors"
	"fmt"
	"io"
	"testing"
)

func TestOf(t *testing.T) {
	locked, bare := NoVault(nil, "locked", "unlock it"), NoVault(nil, "no keychain", "")
	dialog := NoVault(locked, "locked, and no dialog", "type unlock")
	lost := New("lost", "store it")
	tests := []struct {
		err             error
		alone, withMore Line
	}{
		{nil, "", ""},
		{io.EOF, "", ""},
		{lost, "store it", "store it"},
		{fmt.Errorf("read: %w", lost), "store it", "store it"},
		{locked, "unlock it", "unlock it\nor go elsewhere"},
		{fmt.Errorf("read: %w: %w", locked, io.EOF), "unlock it", "unlock it\nor go elsewhere"},
		{dialog, "type unlock", "type unlock\nor go elsewhere"},
		{bare, "", "go elsewhere"},
		{With(fmt.Errorf("read: %w", locked), "do this"), "do this", "do this"}, // the outermost
		{Case(lost, "broken", "mend it"), "mend it", "mend it"},
	}
	for _, test := range tests {
		if got := Of(test.err, ""); got != test.alone {
			t.Errorf("%v: got %q, want %q", test.err, got, test.alone)
		}
		if got := Of(test.err, "go elsewhere"); got != test.withMore {
			t.Errorf("%v: with more: got %q, want %q", test.err, got, test.withMore)
		}
	}
	if !errors.Is(dialog, locked) || !errors.Is(With(io.EOF, "x"), io.EOF) || With(nil, "x") != nil {
		t.Error("an error is not what it is a case of")
	}
}
