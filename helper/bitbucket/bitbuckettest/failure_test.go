package bitbuckettest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestFailures(t *testing.T) {
	retry := http.Header{"Retry-After": {"60"}}
	tests := []struct {
		name    string
		failure Failure
		status  int
		body    string
		header  http.Header
	}{
		{"401", Failure{Status: 401, Body: TextNotAuthenticated}, 401, TextNotAuthenticated,
			http.Header{"Www-Authenticate": {`Basic realm="Bitbucket.org HTTP"`}}},
		{"403", Failure{Status: 403, Body: TextIPAllowlist}, 403, TextIPAllowlist, nil},
		{"403 two-step", Failure{Status: 403, Body: TextTwoStep}, 403, TextTwoStep, nil},
		{"410", Failure{Status: 410, Body: TextAppPassword}, 410, TextAppPassword, nil},
		{"429", Failure{Status: 429, Body: TextRateLimit, Header: retry}, 429, TextRateLimit, retry},
		{"500", Failure{Status: 500}, 500, "", nil},
		{"another type", Failure{Body: "<html>", ContentType: "text/html"}, 200, "<html>",
			http.Header{"Content-Type": {"text/html"}}},
		{"redirect", Failure{Redirect: "https://evil.example/"}, 302, "",
			http.Header{"Location": {"https://evil.example/"}}},
		{"large", Failure{Body: "abc", Size: 10_000_000}, 200, strings.Repeat("abc", 3_333_334)[:10_000_000], nil},
		{"zeros", Failure{Size: 5}, 200, "\x00\x00\x00\x00\x00", nil},
		{"drip", Failure{Body: "drop by drop", Drip: time.Nanosecond}, 200, "drop by drop", nil},
		{"delay", Failure{Delay: time.Nanosecond, Status: 500}, 500, "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := start(t)
			s.Fail(test.failure)
			response, body := ask(t, s, "GET", "https://bitbucket.org"+fetching, "")
			if response.StatusCode != test.status || body != test.body {
				t.Errorf("%d with %d bytes, want %d with %d", response.StatusCode, len(body), test.status, len(test.body))
			}
			for name, values := range test.header {
				if !slices.Equal(response.Header[name], values) {
					t.Errorf("%s: %s", name, response.Header[name])
				}
			}
		})
	}
}

func TestFailureChoosesRequests(t *testing.T) {
	s := start(t)
	status := func(url, header string) int {
		response, _ := ask(t, s, "GET", url, header)
		return response.StatusCode
	}
	good := basic(sentinel, "all")
	s.Fail(Failure{Host: "bitbucket.org", PathPrefix: fetching, Authorized: true, Times: 2, Status: 429})
	s.Fail(Failure{Host: "api.bitbucket.org", Status: 500})
	for i, check := range []struct {
		url, header string
		status      int
	}{
		{repoURL + "/info/refs?service=git-receive-pack", good, 200},
		{"https://bitbucket.org" + fetching, "", 401},
		{"https://bitbucket.org" + fetching, good, 429},
		{"https://bitbucket.org" + fetching, good, 429},
		{"https://bitbucket.org" + fetching, good, 200},
		{"https://api.bitbucket.org/2.0/user", good, 500},
		{"https://api.bitbucket.org/2.0/user", good, 500},
	} {
		if got := status(check.url, check.header); got != check.status {
			t.Errorf("request %d: status %d, want %d", i, got, check.status)
		}
	}
	s.Heal()
	if got := status("https://api.bitbucket.org/2.0/user", basic(email, "all")); got != 200 {
		t.Errorf("healed: status %d", got)
	}
}

func TestDelayIsFollowedByTheTruth(t *testing.T) {
	s := start(t)
	s.Fail(Failure{Delay: time.Nanosecond})
	dir := cloned(t, s)
	commit(t, s, dir, "file", []byte("late"))
	mustGit(t, s, "all", "-C", dir, "push")
	sameHead(t, s, dir)
}

func TestCut(t *testing.T) {
	for name, failure := range map[string]Failure{
		"at once": {Cut: true},
		"midway":  {Cut: true, Body: "half of it"},
	} {
		t.Run(name, func(t *testing.T) {
			s := start(t)
			s.Fail(failure)
			response, err := client(t, s).Get(repoURL)
			if err == nil {
				var body []byte
				body, err = io.ReadAll(response.Body)
				response.Body.Close()
				if string(body) != failure.Body {
					t.Errorf("body %q", body)
				}
			}
			if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("the connection ended with %v", err)
			}
			output, err := git(t, s, sentinel, "all", "clone", repoURL, filepath.Join(t.TempDir(), "clone"))
			if err == nil {
				t.Errorf("git cloned: %s", output)
			}
		})
	}
}

// TestWaitsEnd has requests that would take for ever, and ends them from either side. That each test comes to an
// end is the proof.
func TestWaitsEnd(t *testing.T) {
	for name, failure := range map[string]Failure{
		"delay": {Delay: 1000 * time.Hour},
		"drip":  {Body: "slowly", Drip: 1000 * time.Hour},
	} {
		for _, method := range []string{"GET", "POST"} {
			t.Run(name+" "+method+", client goes away", func(t *testing.T) {
				s := start(t)
				hang(t, s, failure, method, func(cancel func()) { cancel() })
				s.answering.Wait()
			})
			t.Run(name+" "+method+", server closes", func(t *testing.T) {
				s := start(t)
				hang(t, s, failure, method, func(func()) {
					if err := s.Close(); err != nil {
						t.Error(err)
					}
				})
			})
		}
	}
}

// hang makes a request meet the failure, lets end end it, and waits until the client has noticed.
func hang(t *testing.T, s *Server, failure Failure, method string, end func(cancel func())) {
	t.Helper()
	hit := make(chan struct{})
	failure.Hit = func() { close(hit) }
	failure.Times = 1
	s.Fail(failure)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, repoURL, strings.NewReader("a body"))
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan error)
	asker := client(t, s)
	go func() {
		response, err := asker.Do(request)
		if err == nil {
			_, err = io.ReadAll(response.Body)
			response.Body.Close()
		}
		ended <- err
	}()
	<-hit
	end(cancel)
	if err := <-ended; err == nil {
		t.Error("the request came to a good end")
	}
}
