package console

import (
	"errors"
	"fmt"
)

// HintedError is an error that knows what to type about it.
type HintedError struct {
	err  error
	Hint CommandLine
}

func (e *HintedError) Error() string { return e.err.Error() }
func (e *HintedError) Unwrap() error { return e.err }

// WithHintf adds to an error what to type about it; nil stays nil.
func WithHintf(err error, format string, args ...any) error {
	if false {
		_ = fmt.Sprintf(format, args...) // vet checks the formats of who does this
	}
	if err == nil {
		return nil
	}
	return &HintedError{err, CommandLine(fmt.Sprintf(format, shown(args)...))}
}

// ErrUsage marks what was typed wrong: exit 2.
var ErrUsage = errors.New("wrong usage")

// Usagef is an error of the person who typed the command. It shows the message alone.
func Usagef(format string, args ...any) error {
	return &usageError{fmt.Sprintf(format, args...)}
}

// OrUsage returns err, or an error of the person who typed too much.
func OrUsage(err error, message string) error {
	if err != nil {
		return err
	}
	return Usagef("%s", message)
}

type usageError struct{ message string }

func (e *usageError) Error() string { return e.message }
func (e *usageError) Unwrap() error { return ErrUsage }

// ErrReported marks a failure that has been reported already: exit 1, no word.
var ErrReported = errors.New("reported")
