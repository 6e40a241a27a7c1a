package console

import (
	"errors"
	"fmt"

	"git-credential-bitbucket/store/hint"
)

// WithHintf adds to an error what to type about it; nil stays nil.
func WithHintf(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // vet checks the formats of who does this
	}
	return hint.With(err, hint.Line(fmt.Sprintf(format, shown(args)...)))
}

// ErrUsage marks what was typed wrong: exit 2.
var ErrUsage = errors.New("wrong usage")

// Usagef is an error of the person who typed the command. It shows the message alone.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }
func (e *usageError) Unwrap() error { return ErrUsage }

// ErrReported marks a failure that has been reported already: exit 1, no word.
var ErrReported = errors.New("reported")
