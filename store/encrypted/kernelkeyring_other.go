//go:build !linux

package encrypted

import (
	"fmt"
	"runtime"
	"time"
)

// errNotLinux: only Linux's kernel keeps secrets for programs.
var errNotLinux = fmt.Errorf("%w: not on %s", ErrNoKernelKeyring, runtime.GOOS)

func readKey(string) ([]byte, error)              { return nil, errNotLinux }
func holdKey(string, []byte, time.Duration) error { return errNotLinux }
func tryKey() error                               { return errNotLinux }
func dropKey(string) error                        { return errNotLinux }
