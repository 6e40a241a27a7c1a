package bitbuckettest

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestRequestsKeepNoSecret(t *testing.T) {
	s := start(t)
	secret := credentials()["all"].Secret
	ask(t, s, "GET", "https://bitbucket.org/"+secret, secret)
	ask(t, s, "GET", "https://api.bitbucket.org/2.0/user?token="+secret, basic(secret, "all"))
	ask(t, s, "GET", "http://bitbucket.org/"+secret, bearer("all"))
	requests := s.Requests()
	if strings.Contains(fmt.Sprint(requests), secret) {
		t.Errorf("a secret in %v", requests)
	}
	want := []Request{
		{Host: "bitbucket.org:443", Method: "CONNECT", Status: 200},
		{Scheme: "https", Host: "bitbucket.org", Method: "GET", Path: "/<all>", Authorization: "?", Status: 404},
		{Host: "api.bitbucket.org:443", Method: "CONNECT", Status: 200},
		{Scheme: "https", Host: "api.bitbucket.org", Method: "GET", Path: "/2.0/user?token=<all>",
			Authorization: "Basic", Username: "<all>", Label: "all", Status: 401},
		{Scheme: "http", Host: "bitbucket.org", Method: "GET", Path: "/<all>", Authorization: "Bearer", Label: "all",
			Status: 301},
	}
	if !reflect.DeepEqual(requests, want) {
		t.Errorf("requests %+v", requests)
	}
}
