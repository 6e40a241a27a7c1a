package main

import (
	"strings"

	"golang.org/x/sys/windows"
)

// arguments reads the command line as MSYS2's programs do, since git quotes so for every sh.exe (git's compat/mingw.c,
// quote_arg_msys2): within quotes a backslash escapes a backslash too, and not a quote alone.
func arguments() []string {
	line := windows.UTF16PtrToString(windows.GetCommandLine())
	var all []string
	var word strings.Builder
	inWord, quoted := false, false
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case c == '\\' && i+1 < len(line) && (line[i+1] == '"' || quoted && line[i+1] == '\\'):
			i++
			word.WriteByte(line[i])
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\t'):
			if inWord {
				all = append(all, word.String())
				word.Reset()
			}
			inWord = false
			continue
		default:
			word.WriteByte(c)
		}
		inWord = true
	}
	if inWord {
		all = append(all, word.String())
	}
	return all
}
