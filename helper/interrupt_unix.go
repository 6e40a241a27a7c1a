//go:build unix

package helper

import "syscall"

// interruptGroup does what Ctrl-C does where the terminal interprets it: git,
// which started us, is to end as well.
func interruptGroup() { syscall.Kill(0, syscall.SIGINT) }
