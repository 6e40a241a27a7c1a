//go:build linux

package proof

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"git-credential-bitbucket/store/storetest"
)

// TestFaultsKilledWriters: eight processes save a thousand tokens side by side, and
// half of them are to be killed at some moment or other. No other test runs beside
// it, so that what is not killed has no reason to fail.
func TestFaultsKilledWriters(t *testing.T) {
	w := newWorld(t)
	w.startKeychain()
	const writers = 8
	writes := rounds(64, 1000)
	whole := w.writeMany(writers, 2*writers, 0)
	all := w.writeMany(writers, writes, whole.longest*5/4)
	if *long && all.late == 0 {
		t.Errorf("all of %d were killed before they had ended: the moments are not spread over a whole run", all.killed)
	}
	w.run(echo("username=last", "password="+storetest.APIToken()), "store")
	left, err := filepath.Glob(filepath.Join(w.config(), ".index*"))
	w.check(err)
	if len(left) > 0 {
		t.Errorf("left behind: %s", left)
	}
	loose := w.wantItemsKnown()
	if *long && loose == 0 {
		t.Error("no process was killed in the middle of a write")
	}
	for name, token := range all.tokens {
		// Who was killed may have saved it or not; who was not has.
		if o := w.run(request("username="+name), "get"); !strings.Contains(o.stdout, "password="+token+"\n") && (all.saved[name] || o.stdout != "") {
			t.Errorf("%s: got %q, %s", name, short(o.stdout), o.stderr)
		}
	}
	figure(t, fmt.Sprintf("SIGKILL during %d writes by %d processes", writes, writers),
		"%d killed, %d of them in the middle of a write; %d saved, each of these answered; no item in the keychain that the index does not know, and none that it misses",
		all.killed, loose, len(all.saved))
}

// writing is what came of many writes.
type writing struct {
	tokens       map[string]string // what was to be saved, by name
	saved        map[string]bool   // whose writer was not killed
	killed, late int               // late: it had ended before it was to be killed
	longest      time.Duration
}

// writeMany lets writers save tokens side by side and, if there is a time within which
// to do that, kills every other one at random.
func (w *world) writeMany(writers, writes int, within time.Duration) writing {
	w.t.Helper()
	sum := writing{tokens: map[string]string{}, saved: map[string]bool{}}
	var mu sync.Mutex
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for i := writer; i < writes; i += writers {
				var kill time.Duration
				if within > 0 && rand.IntN(2) == 0 {
					kill = max(1, rand.N(within))
				}
				name, token := fmt.Sprintf("writer-%d-%d-%d", writes, writer, i), storetest.APIToken()
				began := time.Now()
				dead, err := w.writeOrDie(name, token, kill)
				took := time.Since(began)
				mu.Lock()
				sum.tokens[name] = token
				switch {
				case dead:
					sum.killed++
				case err != nil:
					// Git's store fails in silence: how long it took tells a keychain's limit from anything else.
					w.t.Errorf("%s: after %s: %v", name, took, err)
				default:
					sum.saved[name], sum.longest = true, max(sum.longest, took)
					if kill > 0 {
						sum.late++
					}
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return sum
}

// writeOrDie saves a token as a script does, and kills the program that does it after a
// time, unless that is 0.
func (w *world) writeOrDie(name, token string, kill time.Duration) (dead bool, err error) {
	cmd := w.ours(token+"\n", "store", "--name", name, "--username", name, "--no-verify", "--in", "keychain")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		return false, err
	}
	if kill > 0 {
		timer := time.AfterFunc(kill, func() { cmd.Process.Kill() })
		defer timer.Stop()
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() < 0 {
		return true, nil
	}
	if err != nil {
		err = fmt.Errorf("%w: %s", err, &stderr)
	}
	return false, err
}

// savedIndex is what the index says of secrets.
type savedIndex struct {
	Entries, Loose []struct{ ID, Vault string }
}

func (w *world) savedIndex() savedIndex {
	w.t.Helper()
	var index savedIndex
	w.check(json.Unmarshal([]byte(w.read(w.index())), &index))
	return index
}

// wantItemsKnown checks that the keychain holds the secret of each entry that is
// kept there, and else only those that the index has noted as loose, on their way in
// or out. It returns how many are noted so.
func (w *world) wantItemsKnown() (loose int) {
	w.t.Helper()
	items, err := w.session.IDs()
	w.check(err)
	index := w.savedIndex()
	known := map[string]bool{}
	for _, e := range index.Loose {
		known[e.ID] = true
	}
	for _, e := range index.Entries {
		known[e.ID] = true
		if e.Vault == "keychain" && !slices.Contains(items, e.ID) {
			w.t.Errorf("the keychain does not hold the secret of an entry: %s", e.ID)
		}
	}
	for _, id := range items {
		if !known[id] {
			w.t.Errorf("the keychain holds what the index does not know: %s", id)
		}
	}
	return len(index.Loose)
}
