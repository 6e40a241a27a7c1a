package advice

import (
	"cmp"
	"errors"
	"fmt"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// ExplainVault says in one line why the token that git needs cannot be read.
func ExplainVault(run *program.Run, err error, e *store.Entry) {
	run.LineWith(CureForEntry(run, err, e), `the token "%s" cannot be used: %s`, e.Name, err)
}

// ExplainEnvironment says in one line why the environment's token is ignored. saved: one
// that is saved answers in its place.
func ExplainEnvironment(run *program.Run, err error, saved bool) {
	what, cure := Environment(run, err, saved)
	run.LineWith(cure, "%s", what)
}

// Environment reports why the environment's token is ignored, and what helps: to take it
// away, only where a saved one answers then.
func Environment(run *program.Run, err error, saved bool) (what string, cure hint.Line) {
	var wrong *store.WrongKindError
	if !errors.As(err, &wrong) {
		return err.Error(), cmp.Or(run.Hint(err, program.NoWayOut), hint.Line("unset "+store.TokenFileVariable))
	}
	source := wrong.Source
	if cure = hint.Line("unset " + source); !saved {
		cure = PutToken(source)
	}
	switch {
	case wrong.Kind == tokens.KindAppPassword:
		return fmt.Sprintf("%s holds an app password, which Bitbucket has refused since %s; make an API token at %s", source, bitbucket.AppPasswordsEnded, bitbucket.TokenPage), cure
	case wrong.Kind == tokens.KindServiceAccount:
		return source + " holds a service account's token, and those have no scopes for Bitbucket yet", hint.Line(verify.NewAccessTokenCure)
	case wrong.Variable != "":
		return fmt.Sprintf("%s holds the name of the variable %s, not its value", source, wrong.Variable),
			hint.Line("use double quotes or none, so that the shell puts the value there")
	case wrong.Base64:
		return source + " holds a token in base64, and git needs it plain", PutToken(source)
	}
	return source + " does not hold a Bitbucket token, so it is ignored", cure
}

// ExplainWrapping says in one line what was around the environment's token.
func ExplainWrapping(run *program.Run, env *store.Environment) {
	if env.Around != "" {
		run.LineWith(PutToken(env.Source), "%s holds more than the token: %s; git gets the token alone", env.Source, env.Around)
	}
}

// PutToken says what to put into the variable of a token, or into the file that it names.
func PutToken(source string) hint.Line {
	if source == store.TokenFileVariable {
		return "write the token alone into the file"
	}
	return hint.Line("export " + source + "=ATATT…")
}

// ExplainUnfit says in one line why the environment's token did not answer.
func ExplainUnfit(run *program.Run, env *store.Environment, unfit store.Obstacle, request store.Request) {
	switch {
	case unfit == store.ByForm && env.Entry.Kind == tokens.KindAPIToken:
		run.UI.Advise("the token in %s works for api.bitbucket.org only with the email of your Atlassian account",
			"export %s=YOU@EXAMPLE.COM", env.Source, store.EmailVariable)
	case unfit == store.ByUsername && !store.PlausibleUsername(request.Username):
		run.UI.Advise("the token in %s is for another username than %s", "%s", env.Source, console.SecretName, checkCommand)
	case unfit == store.ByUsername:
		run.UI.Advise("the token in %s is for another username than %s", "export %s=%s",
			env.Source, request.Username, store.UsernameVariable, shell.Word(request.Username))
	}
}

// Explain says in one line why a token did not answer.
func Explain(run *program.Run, e *store.Entry, obstacle store.Obstacle, request store.Request) {
	what, cure := Obstacle(e, obstacle, request)
	run.UI.Advise("%s", "%s", what, cure)
}

// Obstacle reports why a token did not answer, and what to do about it. The
// first is raw: it is to be escaped where it is shown.
func Obstacle(e *store.Entry, obstacle store.Obstacle, request store.Request) (what string, cure hint.Line) {
	name := shell.Word(e.Name)
	switch obstacle {
	case store.BySetAside:
		what = SetAsideSince(e)
		if e.Vault == store.CommandVault {
			return what, Renewal(e)
		}
		if e.IsDead() || e.SetAside.Reason == store.ReasonRefused && e.NeverWorked() {
			return what + "; " + WhereToRenew(e.Kind), Renewal(e)
		}
		if e.SetAside.Reason == store.ReasonRefused {
			return what, RenewOrRestore(e)
		}
		return what, "git credential-bitbucket restore " + name
	case store.ByRefusal:
		r := e.RefusedAt(request.Path, time.Now())
		if r == nil { // its time has just ended
			return fmt.Sprintf(`the token "%s" was refused here a moment ago`, e.Name), "try again"
		}
		return fmt.Sprintf(`Bitbucket refused the token "%s" for %s at %s; %s it is not tried there again until %s`, e.Name, r.For,
			r.At.Local().Format(time.TimeOnly), WhyRefused(e), r.Until.Local().Format(time.TimeOnly)), CureOfRefusal(e, r)
	case store.ByExpiry:
		return fmt.Sprintf(`the token "%s" expired on %s; %s`, e.Name, e.Expires.Format(time.DateOnly), WhereToRenew(e.Kind)), Renewal(e)
	case store.ByForm:
		if e.Kind == tokens.KindAccessToken {
			return fmt.Sprintf(`the access token "%s" works for api.bitbucket.org only with git 2.46 or later`, e.Name), "update git"
		}
		return fmt.Sprintf(`the token "%s" works for api.bitbucket.org only with the email of your Atlassian account`, e.Name),
			"git credential-bitbucket edit " + name + " --email YOU@EXAMPLE.COM"
	case store.ByMissingPath:
		return fmt.Sprintf(`the token "%s" is for %s, but git does not say which repository it asks for`, e.Name, e.For),
			UseHTTPPath(request.Service)
	}
	if !store.PlausibleUsername(request.Username) {
		return fmt.Sprintf(`the token "%s" is not saved for the username %s`, e.Name, console.SecretName), checkCommand
	}
	what = fmt.Sprintf(`the token "%s" is not saved for the username %s`, e.Name, request.Username)
	if own := cmp.Or(e.Username, e.Email); own != "" {
		what += ", but for " + own
	}
	// The name may be a submodule's, so it is not offered without a condition.
	return what,
		"if that account is yours too: git credential-bitbucket edit " + name + " --also " + shell.Word(request.Username)
}

// UseHTTPPath is the command that makes git send helpers the path of a repository.
func UseHTTPPath(service store.Service) hint.Line {
	address := bitbucket.GitURL
	if service == store.REST {
		address = bitbucket.RESTURL
	}
	return hint.Line("git config --global credential." + address + ".useHttpPath true")
}

// checkCommand is what to type where the URL is to be looked at.
const checkCommand hint.Line = "git credential-bitbucket check"
