package helper_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// The exit statuses of macOS' /usr/bin/security that the stand-in has.
const (
	securityUsage     = 2
	securityNoDialog  = 36
	securityNotFound  = 44
	securityCancelled = 128
)

// securityStandIn does what /usr/bin/security does for generic passwords: a file for
// each account in the folder $SECURITY_STATE. Files beside them make trouble:
// no-dialog as over SSH with a locked keychain, cancelled as when a person dismisses
// the dialog, forgetful keeps nothing and says nothing.
func securityStandIn() {
	s := security{folder: os.Getenv("SECURITY_STATE")}
	if slices.Equal(os.Args[1:], []string{"-i"}) {
		os.Exit(s.interactive(os.Stdin))
	}
	os.Exit(s.run(os.Args[1:]))
}

type security struct{ folder string }

// interactive reads commands as the tool does: into 4,096 bytes, the last of which
// is a NUL, so that the rest of a longer line is the next command.
func (s security) interactive(in io.Reader) (status int) {
	reader := bufio.NewReaderSize(in, 4095)
	for {
		line, err := reader.ReadSlice('\n')
		if words := splitLine(string(line)); len(words) > 0 {
			status = s.run(words)
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return status
		}
	}
}

// splitLine splits as split_line in the tool's source: a quote counts only where a
// word begins, a backslash takes the next character as it is, in quotes too.
func splitLine(line string) (words []string) {
	const outside = 0
	var word strings.Builder
	inWord, escaped, quote := false, false, byte(outside)
	end := func() {
		words = append(words, word.String())
		word.Reset()
		inWord, quote = false, outside
	}
	for i := range len(line) {
		c := line[i]
		space := c == ' ' || c == '\t' || c == '\n'
		switch {
		case escaped:
			word.WriteByte(c)
			escaped = false
		case !inWord && space:
		case !inWord && (c == '"' || c == '\''):
			inWord, quote = true, c
		case c == '\\':
			inWord, escaped = true, true
		case quote != outside && c == quote, quote == outside && space:
			end()
		default:
			inWord = true
			word.WriteByte(c)
		}
	}
	if inWord {
		end()
	}
	return words
}

func (s security) run(words []string) int {
	trouble := func(name string) bool {
		_, err := os.Stat(filepath.Join(s.folder, name))
		return err == nil
	}
	switch {
	case trouble("no-dialog"):
		return complain("User interaction is not allowed.", securityNoDialog)
	case trouble("cancelled"):
		return complain("User canceled the operation.", securityCancelled)
	}
	switch words[0] {
	case "show-keychain-info":
		return 0
	case "add-generic-password":
		account, secret := valueOf(words, "-a"), valueOf(words, "-w")
		if account == "" || secret == "" || len(words) != 8 {
			return complain("usage", securityUsage)
		}
		if trouble("forgetful") {
			return 0
		}
		if os.WriteFile(filepath.Join(s.folder, account), []byte(secret), 0o600) != nil {
			return complain("cannot write", 1)
		}
		return 0
	case "find-generic-password":
		secret, err := os.ReadFile(filepath.Join(s.folder, valueOf(words, "-wa")))
		if err != nil {
			return complain("The specified item could not be found in the keychain.", securityNotFound)
		}
		fmt.Println(string(secret))
		return 0
	case "delete-generic-password":
		if os.Remove(filepath.Join(s.folder, valueOf(words, "-a"))) != nil {
			return complain("The specified item could not be found in the keychain.", securityNotFound)
		}
		return 0
	}
	return complain("unknown command", securityUsage)
}

func valueOf(words []string, option string) string {
	if i := slices.Index(words, option); i >= 0 && i+1 < len(words) {
		return words[i+1]
	}
	return ""
}

func complain(message string, status int) int {
	fmt.Fprintln(os.Stderr, "security: "+message)
	return status
}
