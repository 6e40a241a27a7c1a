//go:build ignore

// Testlog reads what go test -json says and prints what a reader needs of it: the lines of packages, the whole output of
// tests that failed, and the tests that skipped. It fails if a test failed or skipped or none ran: in CI everything
// that a test needs is there, so a skip is a hole in the machine that would else go unseen. With -may-skip, for a system
// that cannot do all that another can, it lists those with their reasons instead.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action, Package, Test, Output, ImportPath string
	Key, Value                                string // of what a test notes
}

func main() {
	skips := flag.Bool("may-skip", false, "list skipped tests with their reasons")
	to := flag.String("figures", "", "the file to add figures to")
	flag.Parse()
	maySkip := *skips
	output := map[[2]string]*strings.Builder{}
	text := func(e event) *strings.Builder {
		key := [2]string{e.Package + e.ImportPath, e.Test}
		if output[key] == nil {
			output[key] = new(strings.Builder)
		}
		return output[key]
	}
	var passed, failed, broken int
	var skipped, summary, figures []string

	in := bufio.NewReader(os.Stdin)
	for {
		line, err := in.ReadString('\n')
		if line == "" && err != nil {
			break
		}
		var e event
		if json.Unmarshal([]byte(line), &e) != nil {
			fmt.Print(line)
			continue
		}
		switch e.Action {
		case "output", "build-output":
			text(e).WriteString(e.Output)
			if e.Test == "" && (strings.HasPrefix(e.Output, "ok ") || strings.HasPrefix(e.Output, "FAIL\t")) {
				summary = append(summary, e.Output)
			}
		case "attr":
			if e.Key == "figure" {
				figures = append(figures, e.Value+"\theld\n")
			}
		case "build-fail":
			broken++
			fmt.Print(text(e))
		case "fail":
			fmt.Print(text(e))
			if e.Test != "" {
				failed++
			} else {
				broken++
			}
		case "pass":
			if e.Test != "" {
				passed++
			}
			delete(output, [2]string{e.Package, e.Test})
		case "skip":
			// A package without tests is said to skip as well.
			if e.Test != "" {
				skipped = append(skipped, e.Package+"."+e.Test)
				if !maySkip {
					fmt.Print(text(e))
					break
				}
				fmt.Printf("not run: %s: %s\n", e.Test, reason(text(e).String()))
			}
		}
	}

	if err := add(*to, figures); err != nil {
		fmt.Println(err)
		broken++
	}
	for _, name := range skipped {
		if !maySkip {
			fmt.Println("skipped, and nothing may skip here:", name)
		}
	}
	if passed == 0 {
		fmt.Println("no test ran")
	}
	for _, line := range summary {
		fmt.Print(line)
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", passed, failed, len(skipped))
	if passed == 0 || failed+broken > 0 || len(skipped) > 0 && !maySkip {
		os.Exit(1)
	}
}

// add writes figures at the end of a file, if there is one to write to.
func add(path string, figures []string) error {
	if path == "" {
		return nil
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(strings.Join(figures, ""))
	return errors.Join(err, file.Close())
}

// reason is what a test said last before it was skipped.
func reason(output string) string {
	lines := strings.Split(output, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line != "" && !strings.HasPrefix(line, "---") {
			return strings.TrimPrefix(line, "> [windows] skip ")
		}
	}
	return "no reason given"
}
