package proof

import (
	"embed"
	"fmt"
	"path"
	"strconv"
	"strings"

	"golang.org/x/tools/txtar"
)

//go:embed testdata/attacks
var corpus embed.FS

// quoted ends the name of an input that an archive cannot hold as it is: it has odd bytes or
// no line end, and is written as a Go string.
const quoted = ".quoted"

// An Attack is one hostile input.
type Attack struct{ Name, Text string }

// Attacks returns the inputs of a kind, each a file in that kind's archive. It is an error if
// there are none.
func Attacks(kind string) ([]Attack, error) {
	name := path.Join("testdata/attacks", kind+".txtar")
	text, err := corpus.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the corpus: %w", err)
	}
	var all []Attack
	for _, file := range txtar.Parse(text).Files {
		attack := Attack{file.Name, string(file.Data)}
		if bare, isQuoted := strings.CutSuffix(file.Name, quoted); isQuoted {
			attack.Name = bare
			if attack.Text, err = strconv.Unquote(strings.TrimSuffix(attack.Text, "\n")); err != nil {
				return nil, fmt.Errorf("read the corpus: %s: %s: %w", name, file.Name, err)
			}
		}
		all = append(all, attack)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("read the corpus: %s is empty", name)
	}
	return all, nil
}
