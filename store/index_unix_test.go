//go:build unix

package store

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What a link leads to may be on a disk that is not mounted: there is an index, and
// it is not empty.
func TestIndexIsALinkToNothing(t *testing.T) {
	link := filepath.Join(t.TempDir(), "index.json")
	if err := os.Symlink("nothing", link); err != nil {
		t.Fatal(err)
	}
	if _, err := readIndex(link); !errors.Is(err, ErrDamagedIndex) {
		t.Errorf("got %v", err)
	}
}
