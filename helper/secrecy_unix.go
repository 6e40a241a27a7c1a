//go:build unix

package helper

import "golang.org/x/sys/unix"

// leaveNoCore sees to it that a crash writes no memory, and with it no token, to
// the disk. A limit is enough, and other programs still see who we are, as
// keychains that ask their user want to.
func leaveNoCore() {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = unix.Setrlimit(unix.RLIMIT_CORE, &limit) // lowering one's own limit is never refused
	}
}
