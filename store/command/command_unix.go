//go:build unix

package command

import (
	"os"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long a command has to end by itself, after Ctrl-C for example: what asks a
// question without an echo puts the terminal back first. glance is how often that is looked
// for.
const (
	grace  = 500 * time.Millisecond
	glance = 10 * time.Millisecond
)

// endWhole makes the end of a command the end of all that it started. Where there is a
// terminal it stays in this program's group, which alone may ask a question there; its
// descendants are looked for instead. byCaller reports whether it ends because this program
// does.
func endWhole(cmd *exec.Cmd, byCaller func() bool) {
	if tty, err := os.Open("/dev/tty"); err == nil {
		tty.Close()
		cmd.Cancel = func() error {
			for began := time.Now(); byCaller() && time.Since(began) < grace && syscall.Kill(cmd.Process.Pid, 0) == nil; {
				time.Sleep(glance)
			}
			return endTree(cmd.Process.Pid)
		}
		return
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
