package main

import "fmt"

// gets reads one secret: this program from each of its vaults, and the others from the same keychain.
type gets struct {
	one, withoutAge, environment, file, encrypted *row
	libsecret, secretTool                         *row
}

func addGets(t *table, progs *programs, in *places) (*gets, error) {
	secret := in.one.tokens[0]
	// The same daemon and the same secret, saved in libsecret's way.
	if _, err := in.one.ask(description("username="+apiUser, "password="+secret), progs.libsecret, "store"); err != nil {
		return nil, fmt.Errorf("save in libsecret's way: %w", err)
	}
	get := func(name string, s *session, program, secret string) *row {
		return t.add(name, s, query(), answers(apiUser, secret), program, "get")
	}
	fromEnvironment := token()
	return &gets{
		one:        get("get, 1 saved", in.one, progs.ours, secret),
		withoutAge: get("get, 1 saved, age not linked", in.one, progs.withoutAge, secret),
		environment: get("get, BITBUCKET_TOKEN", in.one.with("BITBUCKET_TOKEN="+fromEnvironment),
			progs.ours, fromEnvironment),
		file:      get("get, plain file", in.file, progs.ours, in.file.tokens[0]),
		encrypted: get("get, encrypted, unlocked", in.encrypted, progs.ours, in.encrypted.tokens[0]),
		libsecret: get("git-credential-libsecret get", in.one, progs.libsecret, secret),
		secretTool: t.add("secret-tool lookup", in.one, "", exactly(secret),
			append([]string{progs.secretTool}, lookup()...)...),
	}, nil
}

// lookup finds with secret-tool what libsecret has saved.
func lookup() []string {
	return []string{"lookup", "protocol", "https", "server", "bitbucket.org", "user", apiUser}
}
