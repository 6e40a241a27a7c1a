package main

import (
	"fmt"
	"strings"
)

// fills is what a person waits for: git asks one helper, and no other.
type fills struct{ ours, libsecret, secretTool, pair *row }

func addFills(t *table, progs *programs, s *session) *fills {
	secret := s.tokens[0]
	fill := func(name, helper, username, password string) *row {
		return t.add("git credential fill, "+name, s, description(), answers(username, password),
			progs.git, "-c", "credential.helper=", "-c", "credential.helper="+helper, "credential", "fill")
	}
	return &fills{
		ours:       fill("this", progs.ours, apiUser, secret),
		libsecret:  fill("libsecret", progs.libsecret, apiUser, secret),
		secretTool: fill("secret-tool", secretToolHelper(progs), apiUser, secret),
		pair:       fill("a fixed pair", progs.pair, "somebody", "something"),
	}
}

// secretToolHelper makes a helper of secret-tool, as people write it.
func secretToolHelper(progs *programs) string {
	return fmt.Sprintf(`!f() { test "$1" = get || return; echo username=%s; echo "password=$(%s %s)"; }; f`,
		apiUser, progs.secretTool, strings.Join(lookup(), " "))
}
