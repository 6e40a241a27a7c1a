//go:build !linux && !darwin

package caller

// above: on this system the list of processes is not read.
func above(int) []process { return nil }
