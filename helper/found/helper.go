package found

import (
	"bytes"
	"cmp"
	"context"
	"strings"
	"time"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// WhyNotAsked is why a helper is left alone; "" if it is not. Only those are
// asked that the person chose, that look up what they keep, and that open no dialog.
func WhyNotAsked(h git.Helper, offline bool, isLocked func() (bool, error)) string {
	switch {
	case !h.IsOwn():
		return "it is not from your own configuration"
	case !h.Keeps():
		return "it may do more than look up what it keeps"
	case h.IsManager() && offline:
		return "it may make a connection"
	case h.Name() == "libsecret" || h.Name() == "gnome-keyring":
		if locked, err := isLocked(); err != nil {
			return err.Error()
		} else if locked {
			return keychain.ErrLocked.Error()
		}
	}
	return ""
}

// Held asks a helper what it holds for a username, and for a path if there is one.
func Held(ctx context.Context, h git.Helper, name, path string) (Secret, bool) {
	request := credential.Credential{Protocol: "https", Host: store.GitHost, Path: path, Username: name}
	var in bytes.Buffer
	if request.Write(&in) != nil {
		return Secret{}, false
	}
	out, err := h.Get(ctx, in.Bytes())
	if err != nil {
		return Secret{}, false
	}
	// A helper may repeat the request, or leave that out.
	record := "protocol=https\nhost=" + store.GitHost + "\n"
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "protocol=") && !strings.HasPrefix(line, "host=") {
			record += line
		}
	}
	answer, err := credential.Parse(strings.NewReader(record))
	if err != nil || !answer.Password.Given() {
		return Secret{}, false
	}
	return Secret{User: cmp.Or(answer.Username, name), Token: tokens.New(answer.Password.Reveal())}, true
}

// ForgetLine is what to type to make a helper forget what it holds for a username: git's
// own request, without the secret.
func ForgetLine(h git.Helper, user string) hint.Line {
	command := string(shell.Printable(h.Command))
	if h.Program() == "" {
		command = "git credential-" + command
	}
	line := `printf 'protocol=https\nhost=` + store.GitHost + `\n`
	word := shell.Word(user)
	switch {
	case user == "":
		line += `\n'`
	case strings.ContainsAny(string(word), `'%\`):
		line += `username=%s\n\n' ` + string(word)
	default:
		line += `username=` + string(word) + `\n\n'`
	}
	return hint.Line(line + " | " + command + " erase")
}

// HelperAsks bounds what one helper may take for all its answers.
const HelperAsks = 5 * time.Second
