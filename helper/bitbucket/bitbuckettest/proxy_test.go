package bitbuckettest

import (
	"net/http"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestProxy(t *testing.T) {
	s := start(t)
	for _, url := range []string{"https://example.com/", "https://bitbucket.org:8443/ws/repo.git", "https://www.bitbucket.org/"} {
		s.ResetRequests()
		if response, err := client(t, s).Get(url); err == nil {
			response.Body.Close()
			t.Errorf("%s was let through", url)
		}
		requests := s.Requests()
		if len(requests) != 1 || requests[0].Method != "CONNECT" || requests[0].Status != 403 {
			t.Errorf("%s: requests %+v", url, requests)
		}
	}
	s.ResetRequests()
	if output, err := git(t, s, sentinel, "all", "clone", "https://example.com/ws/repo.git", t.TempDir()); err == nil {
		t.Errorf("git was let through: %s", output)
	}
	if want := []Request{{Host: "example.com:443", Method: "CONNECT", Status: 403}}; !reflect.DeepEqual(s.Requests(), want) {
		t.Errorf("requests %+v", s.Requests())
	}
	if response, _ := ask(t, s, "GET", "http://example.com/", ""); response.StatusCode != 403 {
		t.Errorf("plain HTTP to elsewhere: status %d", response.StatusCode)
	}
	direct, err := http.Get("http://" + s.address + "/")
	if err != nil {
		t.Fatal(err)
	}
	direct.Body.Close()
	if direct.StatusCode != 403 {
		t.Errorf("asked directly: status %d", direct.StatusCode)
	}
}

func TestPlainHTTP(t *testing.T) {
	s := start(t)
	response, _ := ask(t, s, "GET", "http://bitbucket.org"+fetching, "")
	if location := response.Header.Get("Location"); response.StatusCode != 301 || location != "https://bitbucket.org"+fetching {
		t.Errorf("status %d, Location %s", response.StatusCode, location)
	}
	want := []Request{{Scheme: "http", Host: "bitbucket.org", Method: "GET", Path: fetching, Status: 301}}
	if got := s.Requests(); !reflect.DeepEqual(got, want) {
		t.Errorf("requests %+v", got)
	}
	mustGit(t, s, "all", "clone", "http://bitbucket.org/ws/repo.git", filepath.Join(t.TempDir(), "clone"))
}

func TestAddHost(t *testing.T) {
	s := start(t)
	s.AddHost("evil.example")
	s.AddHost("bitbucket.org:8443")
	s.AddHost("plain.example:80")
	for _, url := range []string{"https://evil.example", "https://bitbucket.org:8443", "http://plain.example"} {
		s.ResetRequests()
		if output, err := git(t, s, sentinel, "all", "clone", url+"/ws/repo.git", t.TempDir()); err == nil {
			t.Errorf("%s gave something: %s", url, output)
		}
		requests := s.Requests()
		last := requests[len(requests)-1]
		scheme, host, _ := strings.Cut(url, "://")
		want := Request{Scheme: scheme, Host: host, Method: "GET", Path: fetching, Authorization: "Basic",
			Username: sentinel, Label: "all", Status: 401}
		if last != want {
			t.Errorf("sent %+v, want %+v", last, want)
		}
	}
}
