package command

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// endTree ends a process and its descendants. Each is stopped before its children are
// listed, so that it starts no others meanwhile (proc(5), /proc/pid/task/tid/children).
func endTree(pid int) error {
	_ = syscall.Kill(pid, syscall.SIGSTOP)
	tasks, _ := os.ReadDir(fmt.Sprintf("/proc/%d/task", pid))
	for _, task := range tasks {
		children, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%s/children", pid, task.Name()))
		for _, child := range strings.Fields(string(children)) {
			if child, err := strconv.Atoi(child); err == nil {
				_ = endTree(child)
			}
		}
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}
