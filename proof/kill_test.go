//go:build linux

package proof

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"sync"
	"time"

	"git-credential-bitbucket/store/storetest"
)

// writeAndKill lets writers save tokens side by side and kills half of them at
// random. It returns what was saved, by name, and how many were killed.
func writeAndKill(w *world, writers, writes int) (saved map[string]string, killed int) {
	w.t.Helper()
	saved = map[string]string{}
	var mu sync.Mutex
	var all sync.WaitGroup
	for writer := range writers {
		all.Go(func() {
			for i := writer; i < writes; i += writers {
				name, token := fmt.Sprintf("writer-%d-%d", writer, i), storetest.APIToken()
				dead, err := w.writeOrDie(name, token, rand.IntN(2) == 0)
				mu.Lock()
				switch {
				case dead:
					killed++
				case err != nil:
					w.t.Errorf("%s: %v", name, err)
				default:
					saved[name] = token
				}
				mu.Unlock()
			}
		})
	}
	all.Wait()
	return saved, killed
}

// writeOrDie saves a token as git does, and may kill the program that does it.
func (w *world) writeOrDie(name, token string, kill bool) (dead bool, err error) {
	cmd := exec.Command(w.program(), "store")
	cmd.Env, cmd.Stdin = w.environment(), strings.NewReader(request("username="+name, "password="+token))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return false, err
	}
	if kill {
		// The moments are spread over more than a whole run takes.
		timer := time.AfterFunc(rand.N(40*time.Millisecond), func() { cmd.Process.Kill() })
		defer timer.Stop()
	}
	err = cmd.Wait()
	if cmd.ProcessState.ExitCode() < 0 {
		return true, nil
	}
	if err != nil {
		// Git's store fails in silence: how long it took tells a keychain's limit from anything else.
		err = fmt.Errorf("after %s: %w: %s", time.Since(began).Round(time.Millisecond), err, &stderr)
	}
	return false, err
}
