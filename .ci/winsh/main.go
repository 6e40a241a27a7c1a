// Sh is a POSIX shell for Windows, as far as git and the tests need one: mvdan.cc/sh, with some of coreutils. Under
// another name it is that program of coreutils, so that a copy of it named cp.exe serves as cp.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"mvdan.cc/sh/moreinterp/coreutils"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

func main() {
	args := arguments()[1:]
	if name := strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe"); name != "sh" {
		args = append([]string{"-c", name + ` "$@"`, name}, args...)
	}
	err := run(args)
	var status interp.ExitStatus
	if errors.As(err, &status) {
		os.Exit(int(status))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "sh:", err)
		os.Exit(127)
	}
}

func run(args []string) error {
	var script io.Reader = os.Stdin
	var name string
	var params []string
	switch {
	case len(args) >= 2 && args[0] == "-c":
		script = strings.NewReader(args[1])
		if len(args) > 3 {
			params = args[3:]
		}
	case len(args) >= 1:
		f, err := os.Open(args[0])
		if err != nil {
			return err
		}
		script, name, params = f, args[0], args[1:]
	}
	program, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(script, name)
	if err != nil {
		return err
	}
	runner, err := interp.New(interp.StdIO(os.Stdin, os.Stdout, os.Stderr), interp.Params(append([]string{"--"}, params...)...),
		interp.ExecHandlers(coreutils.ExecHandler))
	if err != nil {
		return err
	}
	return runner.Run(context.Background(), program)
}
