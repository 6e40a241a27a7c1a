package gitcredential

import (
	"context"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
)

// isProactive reports whether git asks for a token before Bitbucket does, as it does with
// http.proactiveAuth: then it asks for one even where none is needed (docs/protocol.md section 3).
func isProactive(ctx context.Context, settings []git.Setting) bool {
	s, err := git.LastForURL(ctx, settings, "http", "proactiveauth", bitbucket.GitURL)
	return err == nil && s != nil && s.Value != "" && s.Value != "none"
}

// isAskedFirst reports the same of one question of git's. Bitbucket's challenge has a realm; in its
// place git hands over the bare word Basic.
func isAskedFirst(ctx context.Context, c *credential.Credential, settings []git.Setting) bool {
	challenged := slices.ContainsFunc(c.WWWAuth, func(challenge string) bool { return strings.Contains(challenge, "=") })
	return c.Can(credential.CapabilityState) && !challenged && isProactive(ctx, settings)
}

// sayProactive says why git fails for a public repository as well.
func sayProactive(run *program.Run) {
	run.UI.Advise("git needs a token before it asks Bitbucket (http.proactiveAuth), so a public repository fails as well", "%s", setup.OffProactive)
}

// sayProactiveRefusal says so after a dead token was refused, if git is such a one.
func sayProactiveRefusal(ctx context.Context, run *program.Run) {
	settings, err := git.Settings(ctx, ".")
	if err != nil || !isProactive(ctx, settings) {
		return
	}
	if version, err := git.ReadVersion(ctx); err == nil && setup.KnowsProactive(version) {
		sayProactive(run)
	}
}
