package proof

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Seed adds what fuzzing once found interesting to a target's corpus: testdata/corpus holds
// a file with the target's name, whose entries have a line for each argument, in the form
// of Go's own corpus files, and a blank line between them.
func Seed(f *testing.F) {
	f.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "corpus", f.Name()))
	if err != nil {
		f.Fatal(err)
	}
	for _, entry := range strings.Split(strings.TrimSpace(string(text)), "\n\n") {
		var args []any
		for _, line := range strings.Split(entry, "\n") {
			kind, literal, _ := strings.Cut(strings.TrimSuffix(line, ")"), "(")
			arg, err := seedOf(kind, literal)
			if err != nil {
				f.Fatalf("%s: %v", line, err)
			}
			args = append(args, arg)
		}
		f.Add(args...)
	}
}

// seedOf reads one argument: a string, bytes, or a number.
func seedOf(kind, literal string) (any, error) {
	if kind == "int" {
		return strconv.Atoi(literal)
	}
	text, err := strconv.Unquote(literal)
	if kind == "[]byte" {
		return []byte(text), err
	}
	return text, err
}
