// Package console is the terminal, prompts and messages: the only package that prints.
//
// The rules for messages: lower case, no full stop; first what is wrong, then what to
// type; nothing that came from outside is shown raw, and secrets are of types that do not
// print. stdout is for git and for what was asked for, so people are spoken to on stderr.
package console

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"unicode/utf16"

	"golang.org/x/term"

	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"
)

// Program is the name under which this program speaks.
const Program = "git-credential-bitbucket"

// hintMark begins a line that says what to type, as git's own hints do.
const hintMark = "hint: "

// Console is where this program prints.
type Console struct {
	Out io.Writer
	Err *os.File
	// mu keeps a message whole: the one about a slow keychain comes from a timer.
	mu sync.Mutex
	// named: a message of this run has begun with the program's name.
	named bool
}

// Sayf says what happened or is wrong. The first message of a run begins with the program's name.
func (u *Console) Sayf(format string, args ...any) {
	u.say(safely(format, args...), "")
}

// Hintf says what to type. It is never folded, so that it can be copied.
func (u *Console) Hintf(format string, args ...any) {
	u.write(u.Err, "", "\n", "%s", hint.Line(hints(safely(format, args...))))
}

// Tellf writes a line of a conversation on the terminal, where the program's
// name before each line would only be noise.
func (u *Console) Tellf(format string, args ...any) {
	u.write(u.Err, "", "\n", format, args...)
}

// Advise says what is wrong and what to type at once, so that no other process' message comes between.
func (u *Console) Advise(what, command string, args ...any) {
	said, hinted, _ := strings.Cut(safely(what+"\n"+command, args...), "\n")
	u.say(said, hints(hinted)+"\n")
}

// hints is a line for each way that there is.
func hints(text string) string { return hintMark + strings.ReplaceAll(text, "\n", "\n"+hintMark) }

// say writes a message, folded where a terminal shows it, and what comes after it.
func (u *Console) say(message, after string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if !u.named {
		message = Program + ": " + message
		u.named = true
	}
	_, _ = io.WriteString(u.Err, fold(message, "  ", width(u.Err))+"\n"+after)
}

// Printf writes what was asked for.
func (u *Console) Printf(format string, args ...any) error {
	return u.write(u.Out, "", "", format, args...)
}

// Fail reports an error with the hint that it carries.
func (u *Console) Fail(err error) {
	u.Sayf("%s", err)
	if line := hint.Of(err, ""); line != "" {
		u.Hintf("%s", line)
	}
}

func (u *Console) write(w io.Writer, before, behind, format string, args ...any) error {
	text := before + safely(format, args...) + behind
	u.mu.Lock()
	defer u.mu.Unlock()
	_, err := io.WriteString(w, text)
	return err
}

// PrintRaw writes text of our own making that was asked for.
func (u *Console) PrintRaw(text []byte) error {
	_, err := u.Out.Write(text)
	return err
}

// PrintJSON writes what was asked for as JSON for programs, and as safe for a
// terminal as everything else: what does not print is there by JSON's own
// escapes, and a token that got into it is masked.
func (u *Console) PrintJSON(value any) error {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("write JSON: %w", err)
	}
	return u.PrintRaw([]byte(plainJSON(tokens.Redact(out.String()))))
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

// SpeaksToTerminal reports whether a person is likely to read what is said.
func (u *Console) SpeaksToTerminal() bool { return term.IsTerminal(int(u.Err.Fd())) }

// safely is fmt.Sprintf of arguments that are escaped.
func safely(format string, args ...any) string {
	if false {
		_ = fmt.Sprintf(format, args...) // so that vet checks the formats of all that end here
	}
	return fmt.Sprintf(format, shown(args)...)
}

// shown escapes all texts among the arguments.
func shown(args []any) []any {
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case int, hint.Line:
			safe[i] = arg
		default:
			safe[i] = Escape(fmt.Sprint(arg))
		}
	}
	return safe
}

// Ask asks a question on the terminal and returns the trimmed answer; suggestion
// is what Enter alone stands for.
func (u *Console) Ask(t *Terminal, question, suggestion string) (string, error) {
	prompt := Escape(question)
	if suggestion != "" {
		prompt += " [" + Escape(suggestion) + "]"
	}
	answer, err := t.readLine(prompt + ": ")
	if answer = strings.TrimSpace(answer); answer == "" {
		answer = suggestion
	}
	return answer, err
}

// Confirmf asks a question that only a yes answers with yes.
func (u *Console) Confirmf(t *Terminal, format string, args ...any) (bool, error) {
	question := safely(format, args...)
	answer, err := t.readLine(question + " [y/N]: ")
	switch strings.ToLower(strings.TrimSpace(answer)) {
	case "y", "yes":
		return true, err
	}
	return false, err
}

// progress is a line on the terminal that shows how far something is; nothing
// where it is not read.
type progress struct {
	ui    *Console
	shown int // bytes on the line
}

func (u *Console) Progress() *progress { return &progress{ui: u} }

func (p *progress) Showf(format string, args ...any) {
	if !p.ui.SpeaksToTerminal() {
		return
	}
	text := safely(format, args...)
	p.ui.write(p.ui.Err, "\r", "", "%s", hint.Line(text))
	p.shown = len(text)
}

// End takes the line away.
func (p *progress) End() {
	if p.shown > 0 {
		p.ui.write(p.ui.Err, "\r", "\r", "%s", hint.Line(strings.Repeat(" ", p.shown)))
	}
}

// AskSecret reads without showing what is typed, and trims it.
func (u *Console) AskSecret(t *Terminal, question string) (string, error) {
	answer, err := t.readSecret(Escape(question) + ": ")
	return strings.TrimSpace(answer), err
}
