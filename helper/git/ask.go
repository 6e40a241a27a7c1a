package git

import (
	"context"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// keepers are the helpers that keep what they are given, by the name behind
// "git-credential-", and that answer without asking a person.
var keepers = []string{"cache", "store", "libsecret", "gnome-keyring", "osxkeychain", "wincred", "manager", "manager-core"}

// Name is the helper's name behind "git-credential-", or "" if it is a shell
// command or a program of another name.
func (h Helper) Name() string {
	if strings.HasPrefix(h.Command, "!") {
		return ""
	}
	program := firstWord(h.Command)
	if !strings.ContainsAny(program, `/\`) {
		return program
	}
	base := strings.TrimSuffix(path.Base(filepath.ToSlash(program)), ".exe")
	name, found := strings.CutPrefix(base, "git-credential-")
	if !found {
		return ""
	}
	return name
}

// Program is the path of the helper's program as the shell would read it, or ""
// if the helper is named without one.
func (h Helper) Program() string {
	program := firstWord(strings.TrimPrefix(h.Command, "!"))
	if !isAbsolute(program) {
		return ""
	}
	return nativePath(program)
}

func firstWord(command string) string {
	if all := words(command); len(all) > 0 {
		return all[0]
	}
	return ""
}

// words are those of a simple command, as a shell reads them.
func words(command string) []string {
	var all []string
	var word strings.Builder
	var quote byte
	begun := false
	for i := 0; i < len(command); i++ {
		c := command[i]
		switch {
		case quote == 0 && (c == ' ' || c == '\t'):
			if begun {
				all = append(all, word.String())
			}
			word.Reset()
			begun = false
			continue
		case quote == 0 && (c == '\'' || c == '"'):
			quote = c
		case c == quote && quote != 0:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(command):
			i++
			word.WriteByte(command[i])
		default:
			word.WriteByte(c)
		}
		begun = true
	}
	if begun {
		all = append(all, word.String())
	}
	return all
}

// StoreFiles returns the files in which the helper named store keeps what it is
// handed (git's Documentation/git-credential-store.adoc). Where it names one that
// depends on where git is started, there is none.
func (h Helper) StoreFiles(usual []string) []string {
	if h.Name() != "store" {
		return nil
	}
	all := words(h.Command)
	for i, word := range all {
		path, inWord := strings.CutPrefix(word, "--file=")
		if word == "--file" && i+1 < len(all) {
			path, inWord = ExpandHome(all[i+1]), true
		}
		if inWord && isAbsolute(path) {
			return []string{nativePath(path)}
		}
		if inWord {
			return nil
		}
	}
	return usual
}

// Keeps reports whether the helper is one of those that keep passwords and can be
// asked in silence, and IsManager whether it is Git Credential Manager, which may
// make connections when it is asked.
func (h Helper) Keeps() bool     { return slices.Contains(keepers, h.Name()) }
func (h Helper) IsManager() bool { return strings.HasPrefix(h.Name(), "manager") }

// IsOwn reports whether the helper was configured by the system or the person, and
// not by a repository, which may be another person's.
func (h Helper) IsOwn() bool { return h.Scope == string(System) || h.Scope == string(Global) }

// mute keeps every helper from asking a person.
var mute = []string{"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=", "SSH_ASKPASS=", "GCM_INTERACTIVE=never", "GCM_GUI_PROMPT=false"}

// Get asks one helper alone for the request in git's wire format, and returns its answer in the
// same; an error if it has none.
func (h Helper) Get(ctx context.Context, request []byte) ([]byte, error) {
	return h.start(ctx, "get", request)
}

// Reject tells one helper alone to forget a credential.
func (h Helper) Reject(ctx context.Context, credential []byte) error {
	_, err := h.start(ctx, "erase", credential)
	return err
}

// startAlias is the alias that is a helper's command. Git looks for a program of such a name
// first, so it is one that no other program has.
const startAlias = "git-credential-bitbucket-starts-a-helper"

// start starts a helper as git does, by a shell. It does not come by way of git credential,
// which would add the username that the user's configuration has.
func (h Helper) start(ctx context.Context, word string, in []byte) ([]byte, error) {
	command := h.Command
	switch {
	case strings.HasPrefix(command, "!"):
		command = command[1:]
	case h.Program() == "":
		command = "git credential-" + command
	}
	return job{dir: folderWithoutClone(), env: mute, in: in, without: cloneVariables}.run(ctx, "-c", "credential.interactive=false", "-c", "alias."+startAlias+"=!"+command, startAlias, word)
}
