package main

import (
	"crypto/rand"
	"fmt"
	"hash/crc32"
	"slices"
	"strings"
)

// apiUser is the username that goes with an API token.
const apiUser = "x-bitbucket-api-token-auth"

// token makes one of the shape of an API token; its end is the checksum of the rest.
func token() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	b := make([]byte, 192-len("ATATT3xFfGF0")-len("=")-8)
	rand.Read(b)
	for i := range b {
		b[i] = letters[b[i]%64]
	}
	s := "ATATT3xFfGF0" + string(b) + "="
	return s + fmt.Sprintf("%08X", crc32.ChecksumIEEE([]byte(s)))
}

// description is a credential as git writes it to a helper.
func description(fields ...string) string {
	fields = append([]string{"protocol=https", "host=bitbucket.org"}, fields...)
	return strings.Join(fields, "\n") + "\n\n"
}

// query is what a newer git asks a helper.
func query(fields ...string) string {
	return "capability[]=authtype\ncapability[]=state\n" + description(fields...)
}

// echoed is a credential as a newer git reports it after it asked and got no answer from us.
func echoed(description string) string {
	return "capability[]=state\n" + strings.TrimSuffix(description, "\n") + "state[]=bitbucket:?\n\n"
}

// pathOf makes a path of so many segments.
func pathOf(segments int) string {
	return "path=" + strings.Repeat("folder/", segments-1) + "repo.git"
}

// longLine makes a line of so many bytes with an attribute that nobody knows.
func longLine(bytes int) string {
	const attribute = "padding="
	return attribute + strings.Repeat("x", bytes-len(attribute))
}

// check looks at what a program said.
type check func(out string) error

func nothing(out string) error {
	if out != "" {
		return fmt.Errorf("unexpected output")
	}
	return nil
}

func exactly(want string) check {
	return func(out string) error {
		if out != want {
			return fmt.Errorf("wrong answer")
		}
		return nil
	}
}

// answers checks a helper's answer.
func answers(username, password string) check {
	return func(out string) error {
		for _, line := range []string{"username=" + username, "password=" + password} {
			if !slices.Contains(strings.Split(out, "\n"), line) {
				// The line may hold a secret, made up as it is.
				name, _, _ := strings.Cut(line, "=")
				return fmt.Errorf("no right %s in the answer", name)
			}
		}
		return nil
	}
}
