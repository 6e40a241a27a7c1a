package program

import (
	"errors"
	"flag"
	"io"
	"strings"

	"git-credential-bitbucket/helper/console"
)

// ParseArgs parses options before, between and after the other arguments, and
// returns those. Everything after "--" is one of them.
func ParseArgs(set *flag.FlagSet, args []string) ([]string, error) {
	var rest, literal []string
	for i, arg := range args {
		if arg == "--" {
			args, literal = args[:i], args[i+1:]
			break
		}
	}
	for {
		if err := set.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				return nil, err
			}
			return nil, console.Usagef("%v", err)
		}
		if set.NArg() == 0 {
			return append(rest, literal...), nil
		}
		rest = append(rest, set.Arg(0))
		args = set.Args()[1:]
	}
}

// FlagSet makes a silent set of options: errors are reported by exitCode alone.
func FlagSet(name string, add func(*flag.FlagSet)) *flag.FlagSet {
	set := flag.NewFlagSet(name, flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.Usage = func() {}
	if add != nil {
		add(set)
	}
	return set
}

// Names is an option that may be given several times.
type Names []string

func (n *Names) String() string { return strings.Join(*n, ",") }

func (n *Names) Set(v string) error { *n = append(*n, v); return nil }
