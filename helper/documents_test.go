package helper

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/encrypted"
)

const manualPage = "../git-credential-bitbucket.1.md"

// TestDocuments compares the commands and options in what people read with the
// command table.
func TestDocuments(t *testing.T) {
	for name, documented := range map[string]map[string][]string{
		"manual page": inManualPage(t),
		"README":      inReadme(t),
		"help":        inHelp(t),
	} {
		if got, want := slices.Sorted(maps.Keys(documented)), commandNames(); !slices.Equal(got, want) {
			t.Errorf("%s: the commands are %q, want %q", name, got, want)
		}
		for _, c := range commands() {
			if got, want := documented[c.name], optionsOf(c); !slices.Equal(got, want) {
				t.Errorf("%s: the options of %s are %q, want %q", name, c.name, got, want)
			}
		}
	}
}

func commandNames() []string {
	var all []string
	for _, c := range commands() {
		all = append(all, c.name)
	}
	slices.Sort(all)
	return all
}

func optionsOf(c subcommand) []string {
	var all []string
	program.FlagSet(c.name, c.flags).VisitAll(func(f *flag.Flag) { all = append(all, "--"+f.Name) })
	return all
}

var option = regexp.MustCompile(`--[a-z][a-z-]*`)

func optionsIn(text string) []string {
	found := option.FindAllString(text, -1)
	slices.Sort(found)
	return slices.Compact(found)
}

func inManualPage(t *testing.T) map[string][]string {
	_, text, _ := strings.Cut(readDocument(t, manualPage), "\n# COMMANDS\n")
	text, _, _ = strings.Cut(text, "\n# ")
	found := map[string][]string{}
	for _, section := range strings.Split(text, "\n### ")[1:] {
		heading, body, _ := strings.Cut(section, "\n")
		name, _, _ := strings.Cut(heading, " ")
		// An option is explained below a line of its own.
		lines := slices.DeleteFunc(strings.Split(body, "\n"), func(line string) bool { return !strings.HasPrefix(line, "**--") })
		found[name] = optionsIn(strings.Join(lines, "\n"))
	}
	return found
}

func inReadme(t *testing.T) map[string][]string {
	_, text, _ := strings.Cut(readDocument(t, "../README.md"), "\n## Commands\n")
	text, _, _ = strings.Cut(text, "\n## ")
	found := map[string][]string{"get": nil} // git's alone
	for row := range strings.Lines(text) {
		typed, isCommand := strings.CutPrefix(row, "| `git credential-bitbucket ")
		if !isCommand {
			continue
		}
		typed, does, _ := strings.Cut(typed, "` |")
		name, _, _ := strings.Cut(typed, " ")
		found[name] = optionsIn(does)
		if strings.Contains(does, "`version` prints") {
			found["version"] = nil
		}
	}
	return found
}

func inHelp(t *testing.T) map[string][]string {
	var overview bytes.Buffer
	writeOverview(&overview)
	found := map[string][]string{}
	for line := range strings.Lines(overview.String()) {
		if words := strings.Fields(line); strings.HasPrefix(line, "  ") {
			found[words[0]] = nil
		}
	}
	for _, c := range commands() {
		var text bytes.Buffer
		c.describe(&text)
		for line := range strings.Lines(text.String()) {
			if name, is := strings.CutPrefix(line, "  --"); is {
				found[c.name] = append(found[c.name], "--"+strings.Fields(name)[0])
			}
		}
	}
	return found
}

// TestVariablesAreDocumented holds that each variable that is read can be found.
func TestVariablesAreDocumented(t *testing.T) {
	for _, document := range []string{manualPage, "../README.md"} {
		text := readDocument(t, document)
		for _, variable := range []string{store.TokenVariable, store.TokenFileVariable, store.EmailVariable, store.UsernameVariable,
			encrypted.PassphraseFileVariable} {
			if !strings.Contains(text, variable) {
				t.Errorf("%s does not name %s", document, variable)
			}
		}
	}
}

// TestNamedCommandsExist holds that whatever tells people to type a command names
// one that there is.
func TestNamedCommandsExist(t *testing.T) {
	var files []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../install.sh", "*.go", "*/*.go", "*/*/*.go", "../store/*.go", "../store/*/*.go", "completion/*"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	named := regexp.MustCompile(`git credential-bitbucket ([a-z]+)`)
	count := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		for _, match := range named.FindAllStringSubmatch(readDocument(t, file), -1) {
			count++
			if !slices.Contains(commandNames(), match[1]) {
				t.Errorf("%s: there is no command %q", file, match[1])
			}
		}
	}
	if count < 100 {
		t.Errorf("only %d found", count)
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
