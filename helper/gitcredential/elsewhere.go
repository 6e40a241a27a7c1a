package gitcredential

import (
	"context"
	"strings"
	"time"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// typedElsewhere is about a token that is not saved and that Bitbucket refused. Most often it
// was typed into git's own box or an editor's, with the email or a name as username. If it
// answers a question that this program left to git, Bitbucket is asked about it, and one that
// lives is kept, so that the next try works. Any other may be in a URL, where anyone could
// have put it: of that only the cause is said.
func typedElsewhere(ctx context.Context, run *program.Run, c *credential.Credential, token tokens.Token, entries []store.Entry) {
	kind := token.Kind()
	if c.Username == kind.GitUsername() {
		return // git says that it was refused, and nothing more is known
	}
	proof, named := proofInState(c, entries, token)
	if proof == store.NoProof {
		proof, named = proofOfCaller(run)
	}
	report := reportOf(c, store.Git, token, proof)
	belief, ended := store.BelieveStore(entries, report, time.Now())
	if belief == store.Learn {
		if e, alive, taken := askAbout(ctx, run, c, report, named); alive && saveFromGit(ctx, run, &e, secretOf(c, token), ended) {
			but := "it is valid, and git will get " + kind.GitUsername() + " with it"
			if taken {
				but = "takes it with " + kind.GitUsername()
			}
			next := ""
			if taken {
				next = ", and the next try works"
			}
			run.UI.Advise(`Bitbucket refused the %s with %s, but %s: it is saved as "%s"%s`,
				"to forget it: git credential-bitbucket erase %s", string(kind), nameWords(c.Username), but, e.Name, next, shell.Word(e.Name))
			return
		}
	}
	run.UI.Advise(`Bitbucket refused the %s with %s; git needs %s as username, which this program gives it`, "git credential-bitbucket store",
		string(kind), nameWords(c.Username), kind.GitUsername())
}

// askAbout finds out whether a token lives, and makes an entry of it: by REST, of an API token
// with the email that was typed, and by git's endpoint, with the right username. taken: git's
// endpoint took it. The name that was refused is not kept: it may be no account's.
func askAbout(ctx context.Context, run *program.Run, c *credential.Credential, report store.Report, named bool) (e store.Entry, alive, taken bool) {
	ctx, cancel := context.WithTimeout(ctx, eraseAsks)
	defer cancel()
	kind, email := report.Token.Kind(), ""
	if kind == tokens.KindAPIToken && strings.Contains(c.Username, "@") {
		email = c.Username
	}
	place := report.Place
	settings, _ := git.Settings(ctx, ".")
	if place == "" {
		place = store.ForPath(git.RemotePath(git.At(git.Remotes(settings), store.GitHost)))
	}
	client, err := run.Client(ctx, settings, place)
	if err != nil {
		return e, false, false
	}
	e = entryFromGit(c, store.Git, report, named)
	e.Accepted, e.Worked, e.Username = time.Time{}, nil, ""
	if verify.IsAskable(kind, email) {
		account, err := client.Ask(ctx, kind, email, report.Token)
		if err == nil && !named {
			e.SetEmail(email)
			e.Checked = store.Now()
		}
		if err == nil {
			e.Scopes, alive = account.Scopes, true
		}
	}
	e.Name = details.NameFor(&e)
	if strings.Contains(place, "/") {
		f := verify.Finding{Kind: kind, Repository: place, Access: client.Probe(ctx, kind.GitUsername(), report.Token, place)}
		taken = f.GitTakesIt()
	}
	return e, alive || taken, taken
}
