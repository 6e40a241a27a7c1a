//go:build linux

package helper_test

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// withoutKernelKeyring runs a command as a container does whose seccomp profile
// refuses the kernel's keyring, such as Docker's.
func withoutKernelKeyring() {
	if err := refuseKernelKeyring(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "without-kernel-keyring:", err)
		os.Exit(125)
	}
}

func refuseKernelKeyring(argv []string) error {
	path, err := exec.LookPath(argv[0])
	if err != nil {
		return err
	}
	const toCall = 0 // the number of the system call is at the data's begin
	refusal := unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	calls := []uint32{unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_KEYCTL}
	filter := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: toCall}}
	for i, call := range calls {
		filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: call, Jt: uint8(len(calls) - i)})
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: refusal})
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}

	runtime.LockOSThread() // the filter is this thread's, which then becomes the command
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0); err != nil {
		return err
	}
	return syscall.Exec(path, argv, os.Environ())
}
