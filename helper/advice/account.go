package advice

import (
	"fmt"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// Unnamed tells that it is not known which of several tokens is for the account that a
// request names, and how that is found out.
func Unnamed(several []*store.Entry, name string) (what string, cure hint.Line) {
	names := make([]string, len(several))
	for i, e := range several {
		names[i] = `"` + e.Name + `"`
	}
	return fmt.Sprintf("which of the tokens %s is for the username %s is not known", strings.Join(names, ", "), name),
		"git credential-bitbucket check --fix"
}

// Prefer is what makes git get a token in place of another at "ws/repo"; "" where nothing
// short does: a name in the URL may choose the other one.
func Prefer(e, other *store.Entry, repository string) hint.Line {
	workspace, _, _ := strings.Cut(repository, "/")
	if name := e.Username; name != "" && !other.Knows(name) && !tokens.IsGitUsername(name) {
		return hint.Line("git config --global credential." + shell.Word(bitbucket.GitURL+"/"+workspace) + ".username " + shell.Word(name))
	}
	if e.For == "" && workspace != "" {
		return hint.Line("git credential-bitbucket edit " + shell.Word(e.Name) + " --for " + shell.Word(workspace))
	}
	return ""
}
