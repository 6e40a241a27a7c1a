package proof

import (
	"embed"
	"fmt"
	"path"

	"golang.org/x/tools/txtar"
)

//go:embed testdata/attacks
var corpus embed.FS

// An Attack is one hostile input: a file of testdata/attacks, or in an archive there.
type Attack struct{ Name, Text string }

// Attacks returns the inputs of a kind, which is the name of a folder: its files, and
// those in its archives. It is an error if there are none.
func Attacks(kind string) ([]Attack, error) {
	folder := path.Join("testdata/attacks", kind)
	files, err := corpus.ReadDir(folder)
	if err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	var all []Attack
	for _, file := range files {
		text, err := corpus.ReadFile(path.Join(folder, file.Name()))
		if err != nil {
			return nil, fmt.Errorf("read the corpus: %w", err)
		}
		if path.Ext(file.Name()) == ".txtar" {
			for _, inner := range txtar.Parse(text).Files {
				all = append(all, Attack{inner.Name, string(inner.Data)})
			}
			continue
		}
		all = append(all, Attack{file.Name(), string(text)})
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read the corpus: %s is empty", folder)
	}
	return all, nil
}
