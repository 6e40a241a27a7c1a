package console

import (
	"runtime"
	"strconv"
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// maxShown is the longest text from outside that is shown whole, in bytes.
const maxShown = 1000

// Escape makes a text safe for a terminal: what does not print, or is not valid,
// is written as Go would write it, and a token that got into it is masked.
func Escape(text string) string {
	if text = tokens.Redact(text); len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	quoted := strconv.Quote(text)
	if runtime.GOOS == "windows" {
		quoted = strings.ReplaceAll(quoted, `\\`, `\`) // of a path, to be read by people
	}
	return strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`)
}
