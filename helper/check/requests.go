package check

import (
	"context"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
)

// checkRequests looks at how often git asks Bitbucket: with http.proactiveAuth once less, and with
// a token even where none is needed (docs/protocol.md section 3).
func checkRequests(ctx context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	s, err := git.LastForURL(ctx, x.settings, "http", "proactiveauth", x.target.forHTTP())
	forAll := setup.HasTokenForAll(x.entries)
	switch {
	case err != nil:
		out.Skipf("%v", err)
	case !setup.KnowsProactive(x.gitVersion):
		out.OKf(setup.Where{}, "git before 2.46 asks Bitbucket once before it sends a token")
	case s != nil && s.Value != "none" && !forAll && x.env == nil:
		out.Warnf(report.CauseNoToken, setup.At(*s), setup.OffProactive,
			"git needs a token before it asks Bitbucket (http.proactiveAuth), and none is for all of it: a public repository fails as well")
	case s != nil && s.Value != "none":
		out.OKf(setup.At(*s), "git sends the token with its first request (http.proactiveAuth)")
	case forAll:
		out.Add(report.Diagnosis{Result: report.OK, Found: "each fetch and push could take one request less", Do: setup.OnProactive})
	default:
		out.OKf(setup.Where{}, "git asks %s once before it sends a token", bitbucket.GitURL)
	}
}
