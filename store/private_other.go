//go:build !unix

package store

import "io/fs"

// On Windows a folder in the person's profile is closed to others by its access
// control list, which the bits of a mode do not show.
const hasModes = false

const noFollow = 0

func isLinkRefusal(error) bool { return false }

func isOurs(fs.FileInfo) bool { return true }
