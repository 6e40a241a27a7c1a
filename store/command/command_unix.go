//go:build unix

package command

import (
	"os"
	"os/exec"
	"syscall"
)

// endWhole makes the end of a command the end of all that it started. Where there is
// a terminal only the command itself is ended: what asks a question there must stay
// in the group that may.
func endWhole(cmd *exec.Cmd) {
	if tty, err := os.Open("/dev/tty"); err == nil {
		tty.Close()
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
