//go:build linux

package proof

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store/storetest"
)

// A census is what could grow by use.
type census struct {
	items, entries, loose, files, descriptors, processes int
}

// census counts what is there now: items in the keychain, entries and loose secrets
// in the index, files in the home, descriptors of the bus and of the keychain, and processes with this home.
func (w *world) census() census {
	w.t.Helper()
	var c census
	var err error
	c.items, err = w.session.Items()
	w.check(err)
	index := w.savedIndex()
	c.entries, c.loose = len(index.Entries), len(index.Loose)
	w.check(filepath.WalkDir(w.home, func(string, fs.DirEntry, error) error {
		c.files++
		return nil
	}))
	for _, process := range w.session.Processes() {
		open, err := os.ReadDir(filepath.Join("/proc", strconv.Itoa(process), "fd"))
		w.check(err)
		c.descriptors += len(open)
	}
	environments, err := filepath.Glob("/proc/[0-9]*/environ")
	w.check(err)
	for _, path := range environments {
		// One that has just ended cannot be read any more.
		if environment, err := os.ReadFile(path); err == nil && strings.Contains(string(environment), "HOME="+w.home+"\x00") {
			c.processes++
		}
	}
	return c
}

// TestSoak asks and saves time and again, by git, and finds that nothing has grown.
func TestSoak(t *testing.T) {
	t.Parallel()
	need(t, "git")
	w := newWorld(t)
	w.startKeychain()
	token := w.save("brandon")
	// Each thing once, so that what one use leaves is there.
	w.soak(token, 1, 1)
	before := w.census()

	began := time.Now()
	gets, stores := rounds(40, 2000), rounds(10, 500)
	w.soak(token, gets, stores)
	took := time.Since(began)

	after := w.census()
	// The bus may still be closing what the last program used.
	for deadline := time.Now().Add(10 * time.Second); after != before && time.Now().Before(deadline); {
		after = w.census()
	}
	if after != before {
		t.Errorf("before %+v, after %+v", before, after)
	}
	w.wantAnswer(token, "username=brandon")
	figure(t, fmt.Sprintf("%d get, %d store and erase, by git", gets, stores),
		"in %s; before and after: %d items, %d entries, %d loose, %d files, %d descriptors of the bus and the keychain, %d processes",
		seconds(took), after.items, after.entries, after.loose, after.files, after.descriptors, after.processes)
}

// soak lets git ask, and accept and reject: another password, which is saved and
// erased, and the token, which is set aside and comes back.
func (w *world) soak(token string, gets, stores int) {
	w.t.Helper()
	git := func(verb, stdin string) outcome {
		o := w.start(stdin, "git", "credential", verb)
		if o.code != 0 {
			w.t.Fatalf("git credential %s: %s", verb, o.stderr)
		}
		return o
	}
	for range gets {
		if o := git("fill", request("username=brandon")); !strings.Contains(o.stdout, "password="+token+"\n") {
			w.t.Fatalf("no answer: %s", o.stderr)
		}
	}
	for i := range stores {
		other := request("username=other", "password="+storetest.OldAppPassword(), "path=ws/repo.git")
		git("approve", other)
		git("reject", other)
		if i%10 == 0 {
			known := request("username="+gitName, "password="+token)
			git("reject", known)
			git("approve", known)
		}
	}
}
