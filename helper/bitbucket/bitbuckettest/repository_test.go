package bitbuckettest

import (
	"testing"
)

func TestAddRepositoryRefusesOtherNames(t *testing.T) {
	s := start(t)
	for _, name := range []string{"", "repo", "ws/", "ws/repo/more", "../repo", "ws/..", "ws/-\n"} {
		if err := s.AddRepository(name); err == nil {
			t.Errorf("added %q", name)
		}
	}
}
