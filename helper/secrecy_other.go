//go:build !unix

package helper

// leaveNoCore: this system writes none unless its owner has set that up.
func leaveNoCore() {}
