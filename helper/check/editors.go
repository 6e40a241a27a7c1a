package check

import (
	"context"

	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/tokens"
)

// checkEditors says what is not seen from here: editors that clear git's helpers do it on the
// command lines of their own gits (docs/frontends.md section 1).
func checkEditors(_ context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	clear := `not seen from here: JetBrains without "Use credential helper" and GitHub Desktop clear git's helpers and ask for a token themselves`
	named := git.Lookup(x.settings, x.target.forHelpers(), "username")
	if named != nil && tokens.IsGitUsername(named.Value) {
		out.OKf(setup.At(*named), "%s, with the right username", clear)
	} else {
		out.Add(report.Diagnosis{Result: report.OK, Found: clear + ", and for a username", Do: "git credential-bitbucket setup"})
	}
	out.OKf(setup.Where{}, `VS Code asks this program; JetBrains does once Settings, Version Control, Git, "Use credential helper" is on`)
}
