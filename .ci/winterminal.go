//go:build ignore

// Winterminal saves a token with the program for Windows on a console, as a person does: winterminal WINE PROGRAM. Wine
// shows its console on the terminal that it runs on.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"github.com/creack/pty"
	"golang.org/x/term"

	"git-credential-bitbucket/store/storetest"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "winterminal:", err)
		os.Exit(1)
	}
}

func run(wine, program string) error {
	token := storetest.APIToken()
	cmd := exec.Command(wine, program, "store", "--no-verify")
	tty, err := start(cmd)
	if err != nil {
		return err
	}
	defer tty.Close()
	dialog := []struct{ question, answer string }{
		{"Password for 'https://x-bitbucket-api-token-auth@bitbucket.org':", token},
		{"email of your Atlassian account", "brandon@example.com"},
		{"Bitbucket username", "brandon"},
		{"last day it works", "90d"},
	}
	seen := ""
	for _, step := range append(dialog, struct{ question, answer string }{`saved the token "brandon"`, ""}) {
		from := len(seen)
		for !strings.Contains(seen[from:], step.question) {
			buffer := make([]byte, 4096)
			n, err := tty.Read(buffer)
			if err != nil {
				return fmt.Errorf("it did not come to %q: %w\n%s", step.question, err, seen)
			}
			seen += string(buffer[:n])
		}
		if step.answer != "" {
			if _, err := tty.WriteString(step.answer + "\r"); err != nil {
				return err
			}
		}
	}
	if strings.Contains(seen, token[20:60]) || !strings.Contains(seen, "brandon@example.com") {
		return fmt.Errorf("the token was shown, or the email was not: %q", seen)
	}
	fmt.Println("asked and answered on a console, the token not shown")
	return cmd.Wait()
}

// start starts a program on a terminal that shows nothing of its own accord: what is seen of the answers is the console's
// doing.
func start(cmd *exec.Cmd) (*os.File, error) {
	ours, theirs, err := pty.Open()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	if _, err := term.MakeRaw(int(theirs.Fd())); err != nil {
		return nil, err
	}
	if err := pty.Setsize(ours, &pty.Winsize{Rows: 50, Cols: 200}); err != nil {
		return nil, err
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	return ours, cmd.Start()
}
