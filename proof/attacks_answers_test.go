//go:build linux

package proof

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// attackIndex puts every input in the index's place; INSIDE and OUTSIDE in it are
// fingerprints of tokens in the vault's folder and beside it. One named loose-mode
// can be written by others, so that its commands must not be run.
func attackIndex(t *testing.T, all []Attack) {
	const legal = `{"version":1,"entries":[{"id":"victim","name":"victim","kind":"api-token","vault":"file","fingerprint":"INSIDE"}]}`
	all = append(all, Attack{"name-of-a-megabyte", strings.Replace(legal, `"name":"`, `"name":"`+strings.Repeat("x", 1<<20), 1)})
	clean, inside, outside := newWorld(t), storetest.APIToken(), storetest.APIToken()
	clean.save("brandon", "--in", "file")
	reset := keeper(clean, clean.index())
	birds := []string{canary(clean, "canary", outside), canary(clean, filepath.Join("..", "canary"), outside)}
	canaries := keeper(clean, append(birds, canary(clean, "files/victim", inside), canary(clean, "files/word", "a-password"))...)
	words := strings.NewReplacer("MARKER", clean.ran(), "INSIDE", fingerprint(inside), "OUTSIDE", fingerprint(outside))
	clean.write(clean.index(), words.Replace(legal))
	clean.wantAnswer(inside)
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w := clean.in(t)
			canaries(w)
			w.write(w.index(), words.Replace(a.Text))
			if strings.HasPrefix(a.Name, "loose-mode") {
				w.check(os.Chmod(w.index(), 0o666))
				defer os.Remove(w.index())
			}
			wantBounded(w, inside, outside)
			for _, bird := range birds {
				if text, err := os.ReadFile(bird); err != nil || string(text) != outside+"\n" {
					t.Errorf("%s was changed: %v", bird, err)
				}
			}
		})
	}
	reset(clean)
	if o := clean.run(request(), "get"); o.stdout == "" {
		t.Errorf("the saved token is lost: %s", o.stderr)
	}
	figure(t, fmt.Sprintf("index: %d inputs x get, list, check, erase", len(all)), "no file outside read or changed, no crash, nothing raw")
}

// fingerprint is what the index keeps of a token.
func fingerprint(token string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(token))) }

// canary is a file with a token, which only an id that leads out of its folder finds.
func canary(w *world, name, secret string) string {
	return w.write(filepath.Join(w.config(), name), secret+"\n")
}

// wantBounded runs what reads the index, and what changes it.
func wantBounded(w *world, inside, outside string) {
	w.wantShown(w.run("", "list"), inside, outside)
	w.wantShown(w.run("", "list", "--names"), inside, outside)
	w.wantJSON(w.run("", "list", "--json"), inside, outside)
	for _, more := range [][]string{nil, {"path=ws/repo.git"}, {"username=brandon"}} {
		o := w.run(request(more...), "get")
		w.wantPair(o)
		w.wantShown(outcome{stderr: o.stderr}, inside, outside)
		if leaks(o.stdout, outside) {
			w.t.Errorf("a file outside of the vault is answered: %s", short(o.stdout))
		}
	}
	wantNotRun(w)
	w.wantShown(w.run("", "check", "--offline"), inside, outside)
	before := w.read(w.index())
	readable := w.run("", "list").code == 0
	for _, name := range []string{"victim", "../canary", "canary"} {
		w.wantShown(w.run("", "erase", "--yes", "--", name), inside, outside)
	}
	w.wantShown(w.run(storetest.APIToken()+"\n", "store", "--in", "file", "--no-verify", "--username", "brandon"), inside, outside)
	if !readable && w.read(w.index()) != before {
		w.t.Error("an index that cannot be read was overwritten")
	}
	wantNotRun(w)
}

// attackREST lets Bitbucket answer what an input says: a status, header lines and
// !directives, a blank line, and the body.
func attackREST(t *testing.T, all []Attack) {
	clean := newWorld(t)
	clean.startBitbucket()
	for _, host := range []string{"evil.example", "api.bitbucket.org.evil.example", "api.bitbucket.org:8443", "api.bitbucket.org@evil.example"} {
		clean.bitbucket.AddHost(host)
	}
	clean.save("control", "--in", "file", "--email", "control@example.com")
	saved := 0
	for _, a := range all {
		t.Run(a.Name, func(t *testing.T) {
			w := clean.in(t)
			w.bitbucket.Heal()
			w.bitbucket.ResetRequests()
			w.check(os.RemoveAll(w.config()))
			failure, hits := failureIn(w, a.Text), atomic.Int64{}
			failure.Hit = func() { hits.Add(1) }
			w.bitbucket.Fail(failure)
			if wantCarefulStore(w) {
				saved++
			}
			if hits.Load() == 0 {
				t.Error("no request got the answer")
			}
		})
	}
	if saved < len(all)/2 {
		t.Errorf("only %d of %d answers got as far as a saved token", saved, len(all))
	}
	figure(t, fmt.Sprintf("rest: %d answers x store, list, check, erase", len(all)), "token sent nowhere else, no crash, nothing raw; %d saved and answered", saved)
}

// failureIn reads an input.
func failureIn(w *world, text string) bitbuckettest.Failure {
	head, body, _ := strings.Cut(text, "\n\n")
	rows := strings.Split(head, "\n")
	f := bitbuckettest.Failure{Host: "api.bitbucket.org", Header: http.Header{}, Body: body}
	var err error
	f.Status, err = strconv.Atoi(rows[0])
	w.check(err)
	for _, row := range rows[1:] {
		switch word, value, _ := strings.Cut(row, " "); word {
		case "!host":
			f.Host = value
		case "!size":
			f.Size, err = strconv.ParseInt(value, 10, 64)
			w.check(err)
		case "!cut":
			f.Cut = true
		default:
			name, value, _ := strings.Cut(row, ":")
			f.Header.Add(name, strings.TrimPrefix(value, " "))
		}
	}
	return f
}

// wantCarefulStore saves a token while Bitbucket answers as it does, and tells
// whether it was saved.
func wantCarefulStore(w *world) bool {
	token := storetest.APIToken()
	w.bitbucket.AddCredential(bitbuckettest.Credential{Label: "brandon", Kind: bitbuckettest.APIToken, Secret: token,
		Username: "brandon", Email: email, Scopes: []string{"read:repository:bitbucket", "write:repository:bitbucket"}})
	store := []string{"store", "--email", email, "--for", "ws/repo", "--in", "file"}
	o := w.run(token+"\n", store...)
	w.wantShown(o, token)
	if o.code != 0 {
		w.wantShown(w.run(token+"\n", append(store, "--yes")...), token)
	}
	_, err := os.Stat(w.index())
	if err == nil {
		w.wantAnswer(token, "path=ws/repo.git")
		w.wantShown(w.run("", "check"), token)
		w.wantShown(w.run("", "list"), token)
		w.wantJSON(w.run("", "list", "--json"), token)
	}
	o = w.run(request("path=ws/repo.git", "username=x-bitbucket-api-token-auth", "password="+token), "erase")
	w.wantShown(o, token)
	w.wantKeptHome()
	return err == nil
}
