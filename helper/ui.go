package helper

// All that this program says to people is written here. The rules: lower case,
// no full stop; first what is wrong, then what to type; nothing that came from
// outside is shown raw, and secrets are of types that do not print. stdout is
// for git and for what was asked for, so people are spoken to on stderr.

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"git-credential-bitbucket/store/tokens"

	"golang.org/x/term"
)

const program = "git-credential-bitbucket"

type ui struct {
	out io.Writer
	err *os.File
	// mu keeps the word about a slow keychain, which comes from a timer, whole.
	mu sync.Mutex
}

// say tells a person what happened or is wrong.
func (u *ui) say(format string, args ...any) {
	u.write(u.err, program+": "+format+"\n", args...)
}

// hint tells what to type.
func (u *ui) hint(format string, args ...any) {
	u.write(u.err, "hint: "+format+"\n", args...)
}

// tell writes a line of a conversation on the terminal, where the program's
// name before each line would only be noise.
func (u *ui) tell(format string, args ...any) {
	u.write(u.err, format+"\n", args...)
}

// line tells, while git is at work, what is wrong and what to type, in one line.
func (u *ui) line(what, command string, args ...any) {
	u.write(u.err, program+": "+what+"; hint: "+command+"\n", args...)
}

// print writes what was asked for.
func (u *ui) print(format string, args ...any) error {
	return u.write(u.out, format, args...)
}

// fail reports an error with the hint that it carries.
func (u *ui) fail(err error) {
	u.say("%s", err)
	var hinted *hintedError
	if errors.As(err, &hinted) {
		u.hint("%s", hinted.hint)
	}
}

func (u *ui) write(w io.Writer, format string, args ...any) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	_, err := fmt.Fprintf(w, format, shown(args)...)
	return err
}

// printRaw writes text of our own making that was asked for.
func (u *ui) printRaw(text []byte) error {
	_, err := u.out.Write(text)
	return err
}

// printJSON writes what was asked for as JSON for programs, and as safe for a
// terminal as everything else: what does not print stands there by JSON's own
// escapes, and a token that got into it is masked.
func (u *ui) printJSON(value any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return u.printRaw([]byte(plainJSON(tokens.Redact(out.String()))))
}

func plainJSON(text string) string {
	var plain strings.Builder
	for _, r := range text {
		if r == '\n' || strconv.IsPrint(r) {
			plain.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&plain, `\u%04x`, unit)
		}
	}
	return plain.String()
}

// speaksToTerminal tells whether somebody is likely to read what is said.
func (u *ui) speaksToTerminal() bool { return term.IsTerminal(int(u.err.Fd())) }

// shown escapes all texts among the arguments.
func shown(args []any) []any {
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case int, commandLine:
			safe[i] = arg
		default:
			safe[i] = escape(fmt.Sprint(arg))
		}
	}
	return safe
}

// maxShown is the longest text from outside that is shown whole, in bytes.
const maxShown = 1000

// escape makes a text safe for a terminal: what does not print, or is not valid,
// is written as Go would write it, and a token that got into it is masked.
func escape(text string) string {
	if text = tokens.Redact(text); len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	quoted := strconv.Quote(text)
	if runtime.GOOS == "windows" {
		quoted = strings.ReplaceAll(quoted, `\\`, `\`) // of a path, to be read by people
	}
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}

// commandLine is a text for a person to copy. What came from outside was escaped
// when it was made.
type commandLine string

// hintedError is an error that knows what to type about it.
type hintedError struct {
	err  error
	hint commandLine
}

func (e *hintedError) Error() string { return e.err.Error() }
func (e *hintedError) Unwrap() error { return e.err }

func withHint(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &hintedError{err, commandLine(fmt.Sprintf(format, shown(args)...))}
}

// errUsage marks what was typed wrong: exit 2.
var errUsage = errors.New("wrong usage")

// usage is an error of the person who typed the command. It shows the message alone.
func usage(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// orUsage returns err, or an error of the person who typed too much.
func orUsage(err error, message string) error {
	if err != nil {
		return err
	}
	return usage("%s", message)
}

type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }
func (e *usageError) Unwrap() error { return errUsage }

// errSaid marks a failure that has been reported already: exit 1, no word.
var errSaid = errors.New("reported")

// ask asks a question on the terminal and returns the trimmed answer; suggestion
// is what Enter alone stands for.
func (u *ui) ask(t *terminal, question, suggestion string) (string, error) {
	prompt := escape(question)
	if suggestion != "" {
		prompt += " [" + escape(suggestion) + "]"
	}
	answer, err := t.readLine(prompt + ": ")
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = suggestion
	}
	return answer, err
}

// confirm asks a question that only a yes answers with yes.
func (u *ui) confirm(t *terminal, format string, args ...any) (bool, error) {
	question := fmt.Sprintf(format, shown(args)...)
	answer, err := t.readLine(question + " [y/N]: ")
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, err
	}
	return false, err
}

// agreeTo asks for a yes, unless it was given already. A script cannot be asked:
// it is told how to say so. no is the error of who does not agree.
func (a *app) agreeTo(yes bool, no error, question, hint string) error {
	if yes {
		return nil
	}
	if !isTerminal(a.in) {
		return withHint(no, "%s", hint)
	}
	t, err := openTerminal()
	if err != nil {
		return err
	}
	defer t.close()
	agreed, err := a.ui.confirm(t, "%s", question)
	if err == nil && !agreed {
		err = no
	}
	return err
}

// progress is a line on the terminal that tells how far something is; nothing
// where nobody reads it.
type progress struct {
	ui    *ui
	shown int // bytes on the line
}

func (u *ui) progress() *progress { return &progress{ui: u} }

func (p *progress) show(format string, args ...any) {
	if !p.ui.speaksToTerminal() {
		return
	}
	text := fmt.Sprintf(format, shown(args)...)
	p.ui.write(p.ui.err, "\r%s", commandLine(text))
	p.shown = len(text)
}

// end takes the line away.
func (p *progress) end() {
	if p.shown > 0 {
		p.ui.write(p.ui.err, "\r%s\r", commandLine(strings.Repeat(" ", p.shown)))
	}
}

// askSecret reads without showing what is typed, and trims it.
func (u *ui) askSecret(t *terminal, question string) (string, error) {
	answer, err := t.readSecret(escape(question) + ": ")
	return strings.TrimSpace(answer), err
}

// shellWord quotes a text for a command that a person may copy. What cannot be
// typed is shown as a question mark.
func shellWord(text string) commandLine {
	text = string(printable(text))
	plain := func(r rune) bool {
		return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("-_./@%+=:,", r)
	}
	if text != "" && strings.IndexFunc(text, func(r rune) bool { return !plain(r) }) < 0 {
		return commandLine(text)
	}
	return commandLine("'" + strings.ReplaceAll(text, "'", `'\''`) + "'")
}

// printable is a text that is a piece of a command already.
func printable(text string) commandLine {
	return commandLine(strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '?'
		}
		return r
	}, tokens.Redact(text)))
}

// shellWords quotes several, as a command or as names behind one.
func shellWords(texts []string) commandLine {
	var words []string
	for _, text := range texts {
		words = append(words, string(shellWord(text)))
	}
	return commandLine(strings.Join(words, " "))
}

// shellPath quotes a path for a command, short where it is in the home folder.
func shellPath(path string) commandLine {
	short := tilde(path)
	path = filepath.ToSlash(path)
	if word := shellWord(strings.TrimPrefix(short, "~")); short != path && !strings.HasPrefix(string(word), "'") {
		return "~" + word
	}
	return shellWord(path)
}
