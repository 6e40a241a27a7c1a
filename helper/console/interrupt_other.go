//go:build !unix

package console

// interruptGroup leaves the others alone: there is no way to reach them here. Nothing is sent.
func interruptGroup() (sent bool) { return false }
