//go:build live

package live

import (
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// TestLive asks the real Bitbucket. It fails on nothing: the table is what it is for.
func TestLive(t *testing.T) {
	if os.Getenv(Repository) == "" {
		t.Skip("nothing to ask with; docs/live.md says what to make for these variables: " + strings.Join(Variables, ", "))
	}
	client := &http.Client{Timeout: 30 * time.Second, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	t.Log("\n" + Table(Ask(t.Context(), client, os.Getenv)))
}
