//go:build unix

package command

import (
	"os"
	"os/exec"
	"syscall"
)

// endWhole makes the end of a command the end of all that it started. Where there is a
// terminal it stays in this program's group, which alone may ask a question there; its
// descendants are looked for instead.
func endWhole(cmd *exec.Cmd) {
	if tty, err := os.Open("/dev/tty"); err == nil {
		tty.Close()
		cmd.Cancel = func() error { return endTree(cmd.Process.Pid) }
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
