// Package hint has errors that know what to type about them.
package hint

import "errors"

// Line is a text for a person to copy. What came from outside was escaped when it was made
// (store/shell).
type Line string

// Or is between two ways in a Line; each is shown on a line of its own.
const Or = "\nor "

// Error is an error that knows what to type about it.
type Error struct {
	text string
	of   error // what it is a case of, or nil
	line Line
	// elsewhere: a vault is not available, so that another one serves.
	elsewhere bool
}

func (e *Error) Error() string { return e.text }

// Unwrap returns what it is a case of.
func (e *Error) Unwrap() error { return e.of }

// Hint is what to type; "" if nothing is known.
func (e *Error) Hint() Line { return e.line }

// New is an error for errors.Is, with what to type about it.
func New(text string, line Line) error { return &Error{text: text, line: line} }

// Case is one that is a case of another error as well.
func Case(of error, text string, line Line) error { return &Error{text: text, of: of, line: line} }

// NoVault is one that says that a vault is not available: what to type about that, or else to
// keep the token elsewhere. of is what it is a case of, or nil.
func NoVault(of error, text string, line Line) error {
	return &Error{text: text, of: of, line: line, elsewhere: true}
}

// With adds to an error what to type about it; nil stays nil.
func With(err error, line Line) error {
	if err == nil {
		return nil
	}
	return &Error{text: err.Error(), of: err, line: line}
}

// Of is what to type about an error: the hint of the outermost error that has one; "" if
// nothing is known. elsewhere is what else serves where a vault is not available, or "".
func Of(err error, elsewhere Line) Line {
	var hinted interface{ Hint() Line }
	if !errors.As(err, &hinted) {
		return ""
	}
	line := hinted.Hint()
	own, isOwn := hinted.(*Error)
	switch {
	case !isOwn || !own.elsewhere || elsewhere == "":
		return line
	case line == "":
		return elsewhere
	}
	return line + Or + elsewhere
}
