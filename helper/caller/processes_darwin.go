package caller

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// above returns the processes above this one, the nearest first, as far as the kernel shows them.
func above(most int) []process {
	var chain []process
	for id := os.Getppid(); id > 0 && len(chain) < most; {
		info, err := unix.SysctlKinfoProc("kern.proc.pid", id)
		if err != nil || int(info.Proc.P_pid) != id {
			break
		}
		start := info.Proc.P_starttime
		chain = append(chain, process{fmt.Sprintf("%d-%d-%d", id, start.Sec, start.Usec), argsOf(id)})
		id = int(info.Eproc.Ppid)
	}
	return chain
}

// argsOf reads the arguments of a process: a count, the program's path, NULs, and the
// arguments, each with a NUL behind it (sysctl(3), KERN_PROCARGS2). None if it may not.
func argsOf(id int) []string {
	data, err := unix.SysctlRaw("kern.procargs2", id)
	if err != nil || len(data) < 4 {
		return nil
	}
	count := int(binary.NativeEndian.Uint32(data))
	_, rest, _ := bytes.Cut(data[4:], []byte{0})
	rest = bytes.TrimLeft(rest, "\x00")
	var args []string
	for len(args) < count && len(rest) > 0 {
		var arg []byte
		arg, rest, _ = bytes.Cut(rest, []byte{0})
		args = append(args, string(arg))
	}
	return args
}
