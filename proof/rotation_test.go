//go:build linux

package proof

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	accessOf  = regexp.MustCompile(`(?m)^password=access-(\d+)-x+$`)
	refreshOf = regexp.MustCompile(`(?m)^oauth_refresh_token=refresh-(\d+)-x+$`)
	endOf     = regexp.MustCompile(`(?m)^password_expiry_utc=(\d+)$`)
)

// TestSoakOfRotation lets eight processes at a time renew one pair of another helper's, and read it
// all the while: an access token never comes with another's refresh token or end.
func TestSoakOfRotation(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.startKeychain()
	const firstEnd = 4102444800
	long := strings.Repeat("x", 3000)
	rotate := func(n int64) {
		o := w.run(request("username=x-token-auth", fmt.Sprintf("password=access-%d-%s", n, long),
			fmt.Sprintf("oauth_refresh_token=refresh-%d-%s", n, long), fmt.Sprintf("password_expiry_utc=%d", firstEnd+n), "state[]=bitbucket:?"), "store")
		if strings.Contains(o.stderr, long) {
			t.Error("a part of the pair is shown")
		}
	}
	look := func() {
		o := w.run(request("username=x-token-auth"), "get")
		access, refresh, end := accessOf.FindStringSubmatch(o.stdout), refreshOf.FindStringSubmatch(o.stdout), endOf.FindStringSubmatch(o.stdout)
		if access == nil || refresh == nil || end == nil {
			t.Errorf("no whole pair: %s", o.stderr)
			return
		}
		if access[1] != refresh[1] || end[1] != fmt.Sprint(firstEnd+number(t, access[1])) {
			t.Errorf("access token %s with refresh token %s and the end %s", access[1], refresh[1], end[1])
		}
	}
	rotate(0)
	look()
	rotations := int64(rounds(80, 1000))
	var next atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for n := next.Add(1); n <= rotations; n = next.Add(1) {
				rotate(n)
				look()
			}
		})
	}
	all.Wait()
	c := w.census()
	if c.entries != 1 || c.items != 1 || c.loose != 0 {
		t.Errorf("left: %+v", c)
	}
	figure(t, fmt.Sprintf("%d rotations of a pair by 8 processes, each read back", rotations), "never one token with another's; 1 item, 1 entry left")
}

func number(t *testing.T, text string) int {
	t.Helper()
	n := 0
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
