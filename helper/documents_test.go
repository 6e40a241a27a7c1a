package helper

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cpuguy83/go-md2man/v2/md2man"
	"github.com/spf13/pflag"

	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

var update = flag.Bool("update", false, "write the manual page anew")

// TestManualPage holds that the manual page is made of docs/manual.md and of the table of
// commands: go test ./helper -run TestManualPage -update
func TestManualPage(t *testing.T) {
	const page = "../git-credential-bitbucket.1"
	before, after, found := strings.Cut(readDocument(t, "../docs/manual.md"), "<!-- from the table of commands -->\n")
	if !found {
		t.Fatal("docs/manual.md has no place for the commands")
	}
	want := string(md2man.Render([]byte(before + manualOfCommands() + after)))
	if *update {
		if err := os.WriteFile(page, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if readDocument(t, page) != want {
		t.Error("the manual page is stale: go test ./helper -run TestManualPage -update")
	}
}

// manualOfCommands is what the manual page says of each command.
func manualOfCommands() string {
	var text strings.Builder
	for _, c := range commands(program.New("test", os.Getenv)).Commands() {
		fmt.Fprintf(&text, "### %s\n\n%s\n\n", c.Use, c.Long)
		c.LocalFlags().VisitAll(func(f *pflag.Flag) {
			value, usage := pflag.UnquoteUsage(f)
			fmt.Fprintf(&text, "%s\n:   %s\n\n", strings.TrimSuffix(fmt.Sprintf("**--%s** *%s*", f.Name, value), " **"), usage)
		})
	}
	return text.String()
}

// TestVariablesAreDocumented holds that each variable that is read can be found.
func TestVariablesAreDocumented(t *testing.T) {
	for _, document := range []string{"../docs/manual.md", "../docs/places.md"} {
		text := readDocument(t, document)
		for _, variable := range []string{store.TokenVariable, store.TokenFileVariable, store.EmailVariable, store.UsernameVariable,
			encrypted.PassphraseFileVariable} {
			if !strings.Contains(text, variable) {
				t.Errorf("%s does not name %s", document, variable)
			}
		}
	}
}

// TestNamedCommandsExist holds that a command that people are told to type is one that there
// is, with options that it has.
func TestNamedCommandsExist(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../install.sh", "*.go", "*/*.go", "*/*/*.go", "../store/*.go", "../store/*/*.go", "completion/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	named := regexp.MustCompile(`git credential-bitbucket ([a-z]+)([^\n"` + "`" + `|;&,)]*)`)
	option := regexp.MustCompile(`--[a-z][a-z-]*`)
	root := commands(program.New("test", os.Getenv))
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range named.FindAllStringSubmatch(readDocument(t, file), -1) {
			count++
			c, _, err := root.Find(match[1:2])
			if err != nil || c == root {
				t.Errorf("%s: there is no command %q", file, match[1])
				continue
			}
			for _, name := range option.FindAllString(match[2], -1) {
				if c.Flags().Lookup(strings.TrimPrefix(name, "--")) == nil {
					t.Errorf("%s: %s has no option %s", file, c.Name(), name)
				}
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d found", count)
	}
}

// TestHelpNamesEveryCommand holds that each command is listed, and is in a group.
func TestHelpNamesEveryCommand(t *testing.T) {
	root := commands(program.New("test", os.Getenv))
	lines := strings.Split(describe(root), "\n")
	for _, c := range root.Commands() {
		if !slices.ContainsFunc(lines, func(line string) bool {
			return strings.HasPrefix(line, "  "+c.Use+" ") && strings.HasSuffix(line, c.Short)
		}) {
			t.Errorf("help does not list %s", c.Name())
		}
		if c.Long == "" || c.GroupID == "" {
			t.Errorf("%s: no text or no group", c.Name())
		}
	}
}

func readDocument(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
