package check

import (
	"strings"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/shell"
)

// warnOfName warns where another entry than this one would answer if git told the
// name in the URL.
func warnOfName(x *facts, out *report.Results, e *store.Entry, request store.Request) {
	name := x.target.untold
	if !store.PlausibleUsername(name) || git.Lookup(x.settings, x.target.address, "username") != nil {
		return
	}
	request.Username = name
	meant, obstacle := store.Match(x.entries, request, time.Now())
	if meant == nil || obstacle != store.NoObstacle || meant.ID == e.ID {
		return
	}
	address := bitbucket.GitURL
	if workspace, _, _ := strings.Cut(x.target.repository, "/"); workspace != "" {
		address += "/" + workspace
	}
	out.Warnf(report.CauseUsername, setup.Where{}, "git config --global credential."+shell.Word(address)+".username "+shell.Word(name),
		`git does not tell the name %s in the URL (with curl 8.23 and later it cannot), so the token "%s" answers, and not "%s"`,
		name, e.Name, meant.Name)
}
