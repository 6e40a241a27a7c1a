package store

import (
	"context"
	"strings"
	"unicode"
)

// labeled is a vault whose secrets other programs show to people.
type labeled interface {
	SetLabel(ctx context.Context, id, label string) error
}

// label lets other programs name an entry's secret as this one does: in their lists, and where they
// ask whether it may be read. The name comes first, since some show no more. What fails of it
// costs no secret.
func (s *Store) label(ctx context.Context, e *Entry) {
	vault, ok := s.vaults[e.Vault].(labeled)
	if !ok {
		return
	}
	name := strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, e.Name)
	_ = vault.SetLabel(ctx, e.ID, name+" ("+folderName+")")
}
