//go:build ignore

// Testbitbucket runs a command beside a test Bitbucket: testbitbucket DIR COMMAND... DIR is an empty folder for what the
// Bitbucket keeps. It has the repository ws/repo, and knows one API token, of brandon with the email brandon@example.com,
// and his dead app password. The command meets it under its real names, by its environment, and finds there
// $TEST_REPOSITORY, the bare repository, and $TEST_TOKEN and $TEST_APP_PASSWORD, files with the two secrets and no line end.
// The requests to git's host are in DIR/requests afterwards, without any secret. The command's exit status is that of the
// whole.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

const repository = "ws/repo"

func main() {
	if len(os.Args) < 3 {
		fmt.Fprintln(os.Stderr, "usage: testbitbucket DIR COMMAND...")
		os.Exit(2)
	}
	err := run(os.Args[1], os.Args[2:])
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) && exit.Exited() {
		os.Exit(exit.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "testbitbucket:", err)
		os.Exit(1)
	}
}

func run(dir string, command []string) error {
	bitbucket, err := bitbuckettest.Start(dir)
	if err != nil {
		return err
	}
	defer bitbucket.Close()
	if err := bitbucket.AddRepository(repository); err != nil {
		return err
	}
	token := bitbuckettest.Credential{Label: "TOKEN", Kind: bitbuckettest.APIToken, Secret: storetest.APIToken(),
		Email: "brandon@example.com", Username: "brandon", Scopes: []string{"read:repository:bitbucket", "write:repository:bitbucket"}}
	bitbucket.AddCredential(token)
	old := bitbuckettest.Credential{Label: "OLD", Kind: bitbuckettest.AppPassword, Secret: storetest.OldAppPassword(), Username: "brandon"}
	bitbucket.AddCredential(old)
	file, oldFile := filepath.Join(dir, "token"), filepath.Join(dir, "app-password")
	if err := errors.Join(os.WriteFile(file, []byte(token.Secret), 0o600), os.WriteFile(oldFile, []byte(old.Secret), 0o600)); err != nil {
		return err
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(append(os.Environ(), bitbucket.Env()...), "TEST_REPOSITORY="+bitbucket.RepositoryDir(repository), "TEST_TOKEN="+file,
		"TEST_APP_PASSWORD="+oldFile)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return errors.Join(cmd.Run(), os.WriteFile(filepath.Join(dir, "requests"), []byte(requests(bitbucket)), 0o600))
}

func requests(bitbucket *bitbuckettest.Server) string {
	var lines strings.Builder
	for _, r := range bitbucket.Requests() {
		if r.Method != "CONNECT" {
			fmt.Fprintf(&lines, "%s %s%s user=%s token=%s %d\n", r.Method, r.Host, r.Path, r.Username, r.Label, r.Status)
		}
	}
	return lines.String()
}
