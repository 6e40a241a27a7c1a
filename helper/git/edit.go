package git

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/git/configtext"
	"git-credential-bitbucket/store/private"
)

// Why a configuration file was not changed, for errors.Is. It is as it was then.
var (
	// ErrUnclear: this program and git do not read the file alike, or git refuses it.
	ErrUnclear = errors.New("the file cannot be changed safely")
	// ErrBusy: another program changes the file.
	ErrBusy = errors.New("another program is changing the file")
)

// Edit is a change of one configuration file under way. Nothing is written until
// EditConfig has seen git read the outcome as intended.
type Edit struct {
	config   *configtext.Text
	patches  []patch
	wanted   []Setting // what git is to read afterwards, by key and value; Key "" is taken out
	appended strings.Builder
}

// patch replaces a piece of the text.
type patch struct {
	begin, end int
	text       string
}

// Variable is one line of a configuration file.
type Variable struct {
	Key, Value string
	Comment    string // behind it on the same line, without its sign; "" for none
}

// String writes the line as it is in a file, below its heading.
func (v Variable) String() string {
	line := strings.TrimRight("\t"+v.Key+" = "+configtext.QuoteValue(v.Value), " ")
	if v.Comment != "" {
		line += " # " + v.Comment
	}
	return line + "\n"
}

// Variables are the lines of the file as it was, in order. Their indexes
// are what Set and Remove take.
func (e *Edit) Variables() []Variable {
	var all []Variable
	for _, v := range e.config.Variables {
		_, comment, _ := strings.Cut(strings.ReplaceAll(e.config.Text[v.To:v.End], ";", "#"), "#")
		all = append(all, Variable{v.Key, v.Value, strings.TrimSpace(comment)})
	}
	return all
}

// Heading reports which variables are below the same heading.
func (e *Edit) Heading(i int) int { return e.config.Variables[i].Heading }

// Set gives a variable another value.
func (e *Edit) Set(i int, value string) {
	v := e.config.Variables[i]
	text := configtext.QuoteValue(value)
	if e.config.Text[v.From:v.To] == "" && !strings.HasSuffix(strings.TrimRight(e.config.Text[:v.From], " \t"), "=") {
		text = " = " + text
	}
	e.patches = append(e.patches, patch{v.From, v.To, text})
	e.wanted[i].Value = value
}

// Remove takes a variable out.
func (e *Edit) Remove(i int) {
	v := e.config.Variables[i]
	e.patches = append(e.patches, patch{v.Begin, v.End, ""})
	e.wanted[i] = Setting{}
}

// RenameHeading gives all variables below a heading another middle part of the key.
// It may be told twice.
func (e *Edit) RenameHeading(index int, sub string) {
	h := e.config.Headings[index]
	e.patches = append(e.patches, patch{h.Begin, h.End, "[" + h.Section + ` "` + configtext.QuoteSub(sub) + `"]`})
	for i, v := range e.config.Variables {
		if _, _, name := SplitKey(v.Key); v.Heading == index && e.wanted[i].Key != "" {
			e.wanted[i].Key = h.Section + "." + sub + "." + name
		}
	}
}

// Append writes variables below a heading of their own at the end of the file,
// where nothing in the file can overrule them.
func (e *Edit) Append(section, sub string, variables ...Variable) {
	heading := "[" + section + "]"
	prefix := section
	if sub != "" {
		heading, prefix = "["+section+` "`+configtext.QuoteSub(sub)+`"]`, section+"."+sub
	}
	e.appended.WriteString(heading + "\n")
	for _, v := range variables {
		e.appended.WriteString(v.String())
		e.wanted = append(e.wanted, Setting{Key: prefix + "." + strings.ToLower(v.Key), Value: v.Value})
	}
}

// outcome is the new text.
func (e *Edit) outcome() string {
	e.dropEmptyHeadings()
	slices.SortStableFunc(e.patches, func(a, b patch) int { return cmp.Or(cmp.Compare(a.begin, b.begin), cmp.Compare(b.end, a.end)) })
	var out strings.Builder
	at := 0
	for _, p := range e.patches {
		// Pieces may overlap where a whole heading is taken out, or one is renamed twice.
		if p.begin >= at {
			out.WriteString(e.config.Text[at:p.begin] + p.text)
		}
		at = max(at, p.end)
	}
	out.WriteString(e.config.Text[at:])
	text := out.String()
	open := !strings.HasSuffix(text, "\n") || strings.HasSuffix(strings.ReplaceAll(text, "\r", ""), "\\\n")
	if e.appended.Len() > 0 && text != "" && open {
		text += "\n"
	}
	return text + e.appended.String()
}

// dropEmptyHeadings takes out the lines of headings that have lost their last
// variable and have no comment.
func (e *Edit) dropEmptyHeadings() {
	lost, left := map[int]bool{}, map[int]bool{}
	for i, v := range e.config.Variables {
		if e.wanted[i].Key == "" {
			lost[v.Heading] = true
		} else {
			left[v.Heading] = true
		}
	}
	for i, h := range e.config.Headings {
		if !lost[i] || left[i] || h.Commented {
			continue
		}
		end := h.End
		for end < len(e.config.Text) && configtext.IsSpace(e.config.Text[end]) {
			end++
		}
		if end < len(e.config.Text) && e.config.Text[end] == '\n' {
			end++
		}
		e.patches = append(e.patches, patch{strings.LastIndexByte(e.config.Text[:h.Begin], '\n') + 1, end, ""})
	}
}

// EditConfig changes one configuration file: whole, or not at all. The outcome is
// put in place only if git reads it exactly as the edit meant it, and if no other process
// has changed the file meanwhile. A file that is not there yet is made; a
// link stays a link. It reports whether there was anything to change.
func EditConfig(ctx context.Context, path string, change func(*Edit) error) (changed bool, err error) {
	if path, err = filepath.Abs(followed(path)); err != nil {
		return false, err
	}
	// What is no file, such as /dev/null, must never be renamed over.
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return false, fmt.Errorf("%w: %s is not a file", ErrUnclear, path)
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("read %s: %w", path, err)
	}
	before := string(text)
	e := &Edit{}
	if e.config, err = configtext.Parse(before); err != nil {
		return false, fmt.Errorf("%w: %s: %w", ErrUnclear, path, err)
	}
	for _, v := range e.config.Variables {
		e.wanted = append(e.wanted, Setting{Key: v.Key, Value: v.Value})
	}
	if err := proven(ctx, path, before, e.wanted); err != nil {
		return false, err
	}
	if err := change(e); err != nil {
		return false, err
	}
	after := e.outcome()
	if after == before {
		return false, nil
	}
	wanted := slices.DeleteFunc(slices.Clone(e.wanted), func(s Setting) bool { return s.Key == "" })
	return true, replaceConfig(ctx, path, before, after, wanted)
}

// followed is the file that a link leads to, whether or not that is there, so that
// the link stays.
func followed(path string) string {
	const most = 40 // links, as Linux follows them
	for range most {
		target, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
		path = target
	}
	return path
}

// proven asks git whether it reads the file as we do.
func proven(ctx context.Context, path, text string, wanted []Setting) error {
	if len(text) == 0 {
		return nil
	}
	read, err := listFile(ctx, path)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnclear, err)
	}
	// Git before 2.45 makes a space of a tab outside quotes.
	spaced := strings.NewReplacer("\t", " ")
	same := func(a, b Setting) bool {
		return a.Key == b.Key && spaced.Replace(a.Value) == spaced.Replace(b.Value)
	}
	if !slices.EqualFunc(read, wanted, same) {
		return fmt.Errorf("%w: %s: git reads it differently", ErrUnclear, path)
	}
	return nil
}

// replaceConfig writes beside the file, has git read that, and renames it over
// the file while it holds the lock that git itself would take.
func replaceConfig(ctx context.Context, path, before, after string, wanted []Setting) error {
	r, err := private.WriteBeside(path, []byte(after), 0o666)
	if err != nil {
		return err
	}
	defer r.Discard()
	if err := proven(ctx, r.Name(), after, wanted); err != nil {
		return err
	}
	return locked(path, func() error {
		now, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, fs.ErrNotExist) || string(now) != before {
			return fmt.Errorf("%w: %s has changed meanwhile", ErrBusy, path)
		}
		return r.Commit()
	})
}

// locked does something while it holds git's own lock of a file
// (git's Documentation/technical/api-lockfile: a file with .lock behind its name).
func locked(path string, do func() error) error {
	lock := path + ".lock"
	err := private.WriteNew(lock, nil, nil)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%w: %s is there", ErrBusy, lock)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	defer os.Remove(lock)
	return do()
}

// LineOf returns the line of its file on which a setting stands, or 0 if that
// cannot be told.
func LineOf(s Setting) int {
	text, err := os.ReadFile(s.File())
	if err != nil {
		return 0
	}
	config, err := configtext.Parse(string(text))
	if err != nil {
		return 0
	}
	line := 0
	for _, v := range config.Variables {
		if v.Key == s.Key && v.Value == s.Value {
			line = v.Line
		}
	}
	return line
}
