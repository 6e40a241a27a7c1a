//go:build unix

package helper

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// disableCoreDumps keeps a crash from writing this program's memory, and with it a token, to
// a file. A limit is enough, and other programs still see who we are, as
// keychains that ask their user want to.
//
// Linux heeds no limit where cores are piped to a program (core(5)), except the
// limit of one byte, with which it starts none (fs/coredump.c); a file of that size
// it does not write either.
func disableCoreDumps() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		if runtime.GOOS == "linux" && limit.Max > 0 {
			limit.Cur = 1
		}
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit) // lowering one's own limit is never refused
	}
}
