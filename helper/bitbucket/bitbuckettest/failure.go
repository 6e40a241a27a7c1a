package bitbuckettest

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"
)

// Failure is a way to misbehave. The first fields say for which requests, the others how; a Failure that only
// delays is followed by the true answer. CONNECT requests never fail.
type Failure struct {
	// Host is "bitbucket.org" or another; empty means every host.
	Host string
	// PathPrefix is compared with the path and its query; empty means every path.
	PathPrefix string
	// Authorized limits the Failure to requests with an Authorization header: git first comes without one.
	Authorized bool
	// Times is how many requests fail; 0 means all until Heal.
	Times int
	// Hit, if set, is called when a request has met the Failure and before it is answered, so that a test can wait
	// for that moment instead of sleeping.
	Hit func()

	// Delay passes before anything is answered. It ends early when the client goes away or the server closes.
	Delay time.Duration
	// Status is answered; if it is 0 and something else below is set, 200, with Redirect 302. A 401 carries
	// Bitbucket's challenge, unless Header has another.
	Status int
	// Header goes along, such as Retry-After.
	Header http.Header
	// ContentType is text/plain if empty: the one type that git shows to people.
	ContentType string
	Body        string
	// Size repeats Body, or zeros if it is empty, to this many bytes.
	Size int64
	// Drip is the pause after each byte of the body.
	Drip time.Duration
	// Redirect is a URL to go to.
	Redirect string
	// Cut ends the connection: at once if nothing else is to be answered, otherwise in place of the answer's end.
	Cut bool
}

// failing is a Failure and how many requests it is still for; below 0 for ever.
type failing struct {
	Failure
	left int
}

// Fail adds a way to misbehave. Of several that match a request, the one added first is taken.
func (s *Server) Fail(f Failure) {
	left := f.Times
	if left == 0 {
		left = -1
	}
	f.Header = f.Header.Clone()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = append(s.failures, &failing{f, left})
}

// Heal ends all misbehaviour, except towards requests that have met it already.
func (s *Server) Heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failures = nil
}

func (s *Server) takeFailure(r *http.Request, who caller) (Failure, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range s.failures {
		if f.left != 0 && f.matches(r, who) {
			f.left--
			return f.Failure, true
		}
	}
	return Failure{}, false
}

func (f *Failure) matches(r *http.Request, who caller) bool {
	return (f.Host == "" || withPort(f.Host, "443") == withPort(r.Host, "443")) &&
		strings.HasPrefix(r.URL.RequestURI(), f.PathPrefix) &&
		(!f.Authorized || who.scheme != "")
}

// meetFailure lets the request fail if it is to; done says that it has been answered.
func (s *Server) meetFailure(w http.ResponseWriter, r *http.Request, who caller) (
	next *http.Request, release func(), done bool) {
	release = func() {}
	f, found := s.takeFailure(r, who)
	if !found {
		return r, release, false
	}
	if f.Hit != nil {
		f.Hit()
	}
	var err error
	if f.Delay > 0 || f.Drip > 0 {
		// net/http notices that a client has gone only after it has read the whole body.
		if r, release, err = s.spool(r); err != nil {
			panic(http.ErrAbortHandler)
		}
	}
	if err = pause(r.Context(), f.Delay); err == nil && f.answers() {
		done = true
		err = f.answer(w, r)
	}
	if err != nil {
		release()
		panic(http.ErrAbortHandler)
	}
	return r, release, done
}

// answers is false for a Failure that only delays.
func (f *Failure) answers() bool {
	return f.Status != 0 || f.Redirect != "" || f.Body != "" || f.Size > 0 || f.Cut
}

// answer gives an error when the connection is to end.
func (f *Failure) answer(w http.ResponseWriter, r *http.Request) error {
	if f.Cut && f.Status == 0 && f.Body == "" && f.Size == 0 {
		return http.ErrAbortHandler
	}
	f.writeHeader(w)
	if err := f.writeBody(r.Context(), w); err != nil {
		return err
	}
	if f.Cut {
		http.NewResponseController(w).Flush()
		return http.ErrAbortHandler
	}
	return nil
}

func (f *Failure) writeHeader(w http.ResponseWriter) {
	header, status := w.Header(), f.Status
	header.Set("Content-Type", plainText)
	if f.ContentType != "" {
		header.Set("Content-Type", f.ContentType)
	}
	if status == 0 {
		status = http.StatusOK
		if f.Redirect != "" {
			status = http.StatusFound
		}
	}
	if status == http.StatusUnauthorized {
		header.Set("WWW-Authenticate", basicChallenge)
	}
	if f.Redirect != "" {
		header.Set("Location", f.Redirect)
	}
	for name, values := range f.Header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(status)
}

// writeBody sends in pieces of a moderate size, so that a large body needs no large memory, or byte by byte.
func (f *Failure) writeBody(ctx context.Context, w http.ResponseWriter) error {
	body := io.Reader(strings.NewReader(f.Body))
	if f.Size > 0 {
		body = io.LimitReader(&repeater{text: f.Body}, f.Size)
	}
	if f.Drip == 0 {
		_, err := io.Copy(w, body)
		return err
	}
	for one := make([]byte, 1); ; {
		if _, err := body.Read(one); err == io.EOF {
			return nil
		}
		if _, err := w.Write(one); err != nil {
			return err
		}
		if err := http.NewResponseController(w).Flush(); err != nil {
			return err
		}
		if err := pause(ctx, f.Drip); err != nil {
			return err
		}
	}
}

// repeater is its text without end, or zeros.
type repeater struct {
	text string
	at   int
}

func (r *repeater) Read(p []byte) (int, error) {
	if r.text == "" {
		clear(p)
		return len(p), nil
	}
	n := copy(p, r.text[r.at:])
	r.at = (r.at + n) % len(r.text)
	return n, nil
}

// pause waits; an error means that the wait was ended early.
func pause(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
