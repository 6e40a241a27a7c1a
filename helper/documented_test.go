//go:build linux

package helper_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// userDocuments are those whose commands a user types.
var userDocuments = []string{"README.md", "SECURITY.md", "docs/install.md", "docs/places.md", "docs/ci.md", "docs/editors.md", "docs/clients.md",
	"docs/troubleshooting.md", "docs/json.md"}

// notRunHere are documented commands that are not run here, by how they begin, with what runs them or why nothing does.
var notRunHere = map[string]string{
	"PREFIX=/opt/bitbucket":           ".ci/install-test",
	"./install.sh":                    ".ci/install-test",
	"git credential-bitbucket --help": ".ci/install-test",
	"go test ./...":                   ".ci/run",
	"bash .ci/":                       "by their names, below",
	"git credential-bitbucket store --in 'command:pass":  "script command, with another name in pass",
	"git credential-bitbucket store --in 'command:op":    "needs an account at 1Password",
	"git credential-bitbucket store --in 'command:vault": "needs a server of Vault",
	"git credential-bitbucket store --in 'command:bw":    "needs an account at Bitwarden",
	"git credential-bitbucket setup --proactive":         "script setup: not every git has it",
	"age -d":       "script encrypted",
	"docker build": "needs a Docker daemon",
	"git config --global --add credential.https://bitbucket.org.helper /mnt/c/": "needs Windows",
	"git credential-bitbucket lock":                                             "script encrypted: a kernel's keyring is for the session",
	"git credential-bitbucket unlock":                                           "script encrypted",
	"git credential-bitbucket passphrase":                                       "script encrypted",
}

var (
	shellBlock  = regexp.MustCompile("(?s)```sh\n(.*?)```")
	anyBlock    = regexp.MustCompile("(?s)```.*?```")
	inlineText  = regexp.MustCompile("`([^`\n]+)`")
	isCommand   = regexp.MustCompile(`^(git (credential|config|remote|clone|push|tag)|(PREFIX=\S+ )?\./install\.sh|bash |printf |go |age |docker )`)
	afterBlanks = regexp.MustCompile(`\s\s+# .*$`)
)

// documentedCommands are the commands of a document: the lines of its blocks for a shell, and the inline ones.
func documentedCommands(text string) (commands []string) {
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		commands = append(commands, strings.Split(strings.TrimSpace(block[1]), "\n")...)
	}
	rest := anyBlock.ReplaceAllString(text, "")
	for line := range strings.Lines(rest) {
		if command, indented := strings.CutPrefix(line, "    "); indented {
			commands = append(commands, strings.TrimSpace(command))
		}
	}
	for _, inline := range inlineText.FindAllStringSubmatch(rest, -1) {
		commands = append(commands, inline[1])
	}
	for i, command := range commands {
		commands[i] = strings.TrimSpace(afterBlanks.ReplaceAllString(command, ""))
	}
	return slices.DeleteFunc(commands, func(command string) bool {
		return !isCommand.MatchString(command) || command == "git credential-bitbucket"
	})
}

// TestDocumentedCommands runs what README and docs tell a user to type, each in a home of its own.
func TestDocumentedCommands(t *testing.T) {
	seen, used := map[string]bool{}, map[string]bool{}
	for _, document := range userDocuments {
		text, err := os.ReadFile("../" + document)
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range documentedCommands(string(text)) {
			if seen[command] {
				continue
			}
			seen[command] = true
			if beginning := beginningOf(command); beginning != "" {
				used[beginning] = true
				continue
			}
			t.Run(document+": "+command, func(t *testing.T) {
				t.Parallel()
				runDocumented(t, command)
			})
		}
	}
	if len(seen) < 50 {
		t.Errorf("only %d commands found", len(seen))
	}
	for beginning := range notRunHere {
		if !used[beginning] {
			t.Errorf("no document has a command that begins with %s", beginning)
		}
	}
}

func beginningOf(command string) string {
	for beginning := range notRunHere {
		if strings.HasPrefix(command, beginning) {
			return beginning
		}
	}
	return ""
}

// TestDocumentedScripts holds that each script of .ci that a document names is there.
func TestDocumentedScripts(t *testing.T) {
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`bash (\.ci/[a-z-]+)`)
	count := 0
	for _, document := range append(documents, "../README.md", "../CONTRIBUTING.md", "../SECURITY.md", "../.ci/README.md") {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range named.FindAllStringSubmatch(string(text), -1) {
			count++
			if _, err := os.Stat("../" + match[1]); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		}
	}
	if count < 10 {
		t.Errorf("only %d found", count)
	}
}

// runDocumented types a command on a terminal, and answers what it asks.
func runDocumented(t *testing.T, command string) {
	env, server, token := firstTime(t, ours)
	// The last one answers for a URL without a name, as git clone's.
	names := []string{"NAME", "brandon-work", "brandon"}
	if strings.Contains(command, "renew WORKSPACE/REPOSITORY") {
		names = append(names, "ws/repo")
	}
	for _, name := range names {
		other := storetest.APIToken()
		server.AddCredential(bitbuckettest.Credential{Label: name, Kind: bitbuckettest.APIToken, Secret: other, Scopes: []string{readScope, writeScope}})
		save(t, env, other, "--name", name, "--username", strings.ReplaceAll(name, "/", "-"), "--no-verify")
	}
	env = append(env, "TOKEN="+token, "NEW_TOKEN="+token, "GIT_CONFIG_SYSTEM="+filepath.Join(t.TempDir(), "system"), "GIT_CONFIG_NOSYSTEM=0",
		"GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE="+passphraseFile(t))
	before := `mkdir -p "$HOME/src" && cd "$HOME/src" && ` +
		"git clone -q https://brandon@bitbucket.org/ws/repo.git clone && cd clone && "
	switch {
	case strings.Contains(command, "restore NAME"):
		before += "(printf 'protocol=https\\nhost=bitbucket.org\\n\\n' | git credential reject) && "
	case strings.Contains(command, "host=api.bitbucket.org"):
		before += "git config --global credential.helper bitbucket && git-credential-bitbucket edit NAME --email a@b.example && git-credential-bitbucket edit NAME --default && "
	case command == "git credential fill", command == "git credential approve":
		command = "printf 'protocol=https\\nhost=bitbucket.org\\n\\n' | " + command
	}
	command = strings.NewReplacer("WORKSPACE/REPOSITORY", "ws/repo", "WORKSPACE", "ws", "YOU@EXAMPLE.COM", "you@example.com", "YOU", "you",
		"--in PLACE", "--in file").Replace(command)
	p := onTerminal(t, env, "sh", "-c", before+command)
	p.answer(token)
	if strings.Contains(p.seen.String(), token[:20]) && !strings.Contains(command, "credential fill") {
		t.Error("the token is shown")
	}
}

func passphraseFile(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "passphrase")
	if err := os.WriteFile(path, []byte("some words\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answer types what each question wants, Enter where it does not matter, until the command has ended well.
func (p *person) answer(token string) {
	p.t.Helper()
	tooLong := time.After(30 * time.Second)
	typed := 0
	for !strings.Contains(p.seen.String(), curtain) {
		select {
		case more := <-p.output:
			p.seen.Write(more)
		case <-tooLong:
			p.t.Fatalf("it does not end; on the screen:\n%s", p.seen.String())
		}
		question := p.seen.String()[typed:]
		switch {
		case !strings.HasSuffix(question, ": "):
			continue
		case strings.HasSuffix(question, firstQuestion):
			p.typeIn(token + "\n")
		case strings.HasSuffix(question, "[y/N]: "):
			p.typeIn("y\n")
		default:
			p.typeIn("\n")
		}
		typed = p.seen.Len()
	}
	p.wantExit(0)
}
