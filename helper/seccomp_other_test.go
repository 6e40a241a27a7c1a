//go:build !linux

package helper_test

import (
	"fmt"
	"os"
)

// withoutKernelKeyring has nothing to take away where no kernel keeps keys.
func withoutKernelKeyring() {
	fmt.Fprintln(os.Stderr, "without-kernel-keyring: not on this system")
	os.Exit(125)
}
