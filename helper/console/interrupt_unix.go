//go:build unix

package console

import "syscall"

// interruptGroup does what Ctrl-C does where the terminal interprets it: git,
// which started us, is to end as well. It reports whether that was sent, to us too.
func interruptGroup() (sent bool) { return syscall.Kill(0, syscall.SIGINT) == nil }
