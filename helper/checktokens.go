package helper

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// checkTokens tells how each token is: what is known of it, whether the vault has
// it, and what Bitbucket says.
func (x *examination) checkTokens() {
	if x.envErr != nil {
		x.wrong(causeToken, setup.Where{}, x.cureOf(x.envErr, noWayOut), "%v", x.envErr)
	}
	if x.env != nil {
		x.checkToken(&x.env.Entry, x.env.Token)
	}
	for i := range x.entries {
		e := &x.entries[i]
		if !e.Kind.IsToken() {
			x.ok(setup.Where{}, `"%s" is a password that another program saved; it is not checked`, e.Name)
			continue
		}
		if x.isSpent(e) {
			continue
		}
		if x.vaultTrouble(e.Vault) != nil {
			x.skip(`the token "%s" cannot be read %s`, e.Name, sources[e.Vault])
			continue
		}
		secret, err := x.secretFor(e)
		if err != nil {
			x.noteVaultTrouble(e.Vault, err)
			x.wrong(causeVault, setup.Where{}, x.cureForEntry(err, e), `the token "%s" cannot be used: %v`, e.Name, err)
			continue
		}
		x.checkToken(e, secret.Token)
	}
	switch {
	case x.entriesErr != nil || len(x.entries) > 0 || x.env != nil || x.envErr != nil:
	case x.noFolder != nil:
		x.wrong(causeNoToken, setup.Where{}, x.cureOf(x.noFolder, toRead), "%v", x.noFolder)
	default:
		x.wrong(causeNoToken, setup.Where{}, "git credential-bitbucket store", "no token is saved")
	}
}

// isSpent reports an entry that does not answer any more. That is an error only
// where nothing else answers, which checkAnswer finds out.
func (x *examination) isSpent(e *store.Entry) bool {
	now := time.Now()
	expired := e.IsExpired(now)
	what, cure := fmt.Sprintf(`the token "%s" expired on %s`, e.Name, e.Expires.Format(time.DateOnly)), renewal(e)
	switch {
	case expired:
	case e.IsSetAside(now):
		what, cure = obstacleWords(e, store.BySetAside, store.Request{})
	default:
		return false
	}
	if replacement := x.replacementFor(e, now); replacement != nil && cure == renewal(e) {
		if !expired {
			what = setAsideSince(e)
		}
		what += fmt.Sprintf(`, and "%s" answers in its place`, replacement.Name)
		if cure = "git credential-bitbucket erase " + console.ShellWord(e.Name); !expired && !e.IsDead() {
			cure = "" // refusals that Bitbucket did not confirm are no reason to destroy a token
		}
	}
	x.warn(causeToken, setup.Where{}, cure, "%s", what)
	return true
}

// replacementFor returns another token that answers where a spent one did and has been seen
// to work, or nil. What a command or the environment hands out is not ours to give up.
func (x *examination) replacementFor(spent *store.Entry, now time.Time) *store.Entry {
	if spent.Vault == store.CommandVault || spent.Vault == store.EnvironmentName {
		return nil
	}
	names := slices.DeleteFunc(append([]string{spent.Username, spent.Email}, spent.Also...), func(name string) bool { return name == "" })
	if len(names) == 0 {
		names = []string{""}
	}
	var replacement *store.Entry
	for _, name := range names {
		request := store.Request{Service: store.Git, Path: spent.For, Username: name}
		e, obstacle := store.Match(x.entries, request, now)
		if e == nil || obstacle != store.NoObstacle || e.ID == spent.ID || !e.Kind.IsToken() || e.NeverWorked() {
			return nil
		}
		replacement = e
	}
	return replacement
}

// checkToken looks at one token that git could use.
func (x *examination) checkToken(e *store.Entry, token tokens.Token) {
	name := fmt.Sprintf(`the token "%s"`, e.Name)
	if e.Vault == store.EnvironmentName {
		name = "the token in " + x.env.Source
	}
	if !token.ChecksumOK() {
		x.warn(causeToken, setup.Where{}, renewal(e), "%s is not whole: a character seems to be missing", name)
	}
	if e.ExpiresSoon(time.Now()) {
		x.warn(causeToken, setup.Where{}, renewal(e), "%s %s", name, expiryWords(e, time.Now()))
	}
	switch {
	case x.options.offline:
		x.ok(setup.Where{}, "%s: Bitbucket was not asked (--offline)", name)
		return
	case x.client == nil:
		x.wrong(causeNetwork, setup.Where{}, "", "Bitbucket cannot be asked about %s: %v", name, x.clientErr)
		return
	}
	f := x.askAboutToken(e, token)
	x.alive[e.ID] = f
	o := f.Judge()
	text := name + ": " + o.Text
	switch o.Verdict {
	case verify.Accepted:
		x.ok(setup.Where{}, "%s", text)
	case verify.ReadOnly:
		x.warn(causeScope, setup.Where{}, console.CommandLine(o.Cure), "%s", text)
	case verify.Useless:
		x.wrong(causeScope, setup.Where{}, console.CommandLine(o.Cure), "%s", text)
	case verify.Refused:
		x.checkRefused(e, f, text, console.CommandLine(o.Cure))
	default:
		x.notChecked(e, f, text)
	}
}

// checkRefused reports a token that Bitbucket refuses. It is in nobody's way where
// another one answers.
func (x *examination) checkRefused(e *store.Entry, f verify.Finding, text string, cure console.CommandLine) {
	replacement := x.replacementFor(e, time.Now())
	switch {
	case replacement == nil && x.isAnswered(e):
		x.warn(causeToken, setup.Where{}, "", "%s", text)
		return
	case replacement == nil:
		x.wrong(causeToken, setup.Where{}, cure, "%s", text)
		return
	case f.IsDead():
		cure = "git credential-bitbucket erase " + console.ShellWord(e.Name)
	case e.Kind == tokens.KindAPIToken && e.Email == "":
		cure = addEmail(e) // so that Bitbucket can be asked about the token itself
	default:
		cure = ""
	}
	x.warn(causeToken, setup.Where{}, cure, `%s; "%s" answers in its place`, text, replacement.Name)
}

// isAnswered reports whether another token than this one answers for the target.
func (x *examination) isAnswered(than *store.Entry) bool {
	e, obstacle := store.Match(x.entries, x.request(), time.Now())
	return e != nil && obstacle == store.NoObstacle && e.Kind.IsToken() && e.ID != than.ID && than.Vault != store.EnvironmentName
}

func addEmail(e *store.Entry) console.CommandLine {
	return "git credential-bitbucket edit " + console.ShellWord(e.Name) + " --email YOU@EXAMPLE.COM"
}

// notChecked reports a token that nobody could tell anything of.
func (x *examination) notChecked(e *store.Entry, f verify.Finding, text string) {
	switch {
	case f.Refusal != nil:
		x.warn(causeNetwork, setup.Where{}, "", "%s", text)
	case e.Kind == tokens.KindAPIToken && e.Email == "" && e.Vault != store.EnvironmentName:
		x.add(diagnosis{result: resultSkipped, found: text, do: addEmail(e)})
	default:
		x.skip("%s", text)
	}
}

// askAboutToken asks REST, and git's endpoint about the target if the token is for it.
// Once Bitbucket could not be reached nobody waits for it again.
func (x *examination) askAboutToken(e *store.Entry, token tokens.Token) verify.Finding {
	f := verify.Finding{Kind: e.Kind, EmailProven: !e.Checked.IsZero()}
	if isAskable(e) {
		f.Asked = true
		if f.Refusal = x.down; f.Refusal == nil {
			f.Account, f.Refusal = x.client.Ask(x.asking, e.Kind, e.Email, token)
			x.noteTrouble(f.Refusal)
		}
	}
	if x.target.repository != "" && x.isFor(e) && (f.Refusal == nil || bitbucket.IsRefused(f.Refusal)) {
		f.Repository = x.target.repository
		if x.down != nil {
			f.Access = bitbucket.Access{Read: x.down, Push: x.down}
			return f
		}
		f.Access = x.client.Probe(x.asking, e.GitUsername(), token, f.Repository)
		x.noteTrouble(f.Access.Read)
	}
	return f
}

// isFor reports whether the entry may be for the target, whatever git sends.
func (x *examination) isFor(e *store.Entry) bool {
	found, obstacle := store.Match([]store.Entry{*e}, store.Request{Service: store.Git, Path: x.target.repository}, time.Now())
	return found != nil && obstacle == store.NoObstacle
}

// noteTrouble remembers that Bitbucket could not be reached.
func (x *examination) noteTrouble(err error) {
	if errors.Is(err, bitbucket.ErrUnreachable) || errors.Is(err, bitbucket.ErrTLS) || errors.Is(err, bitbucket.ErrProxy) {
		x.down = err
	}
}

// checkAnswer tells what git gets when it asks for the target.
func (x *examination) checkAnswer() {
	place := x.target.address
	if x.first != "" {
		x.skip("for %s git uses %s, and does not ask this program", place, x.first)
		return
	}
	request := x.request()
	if x.env != nil {
		if _, unfit := store.Match([]store.Entry{x.env.Entry}, request, time.Now()); unfit == store.NoObstacle {
			x.sayAnswer(&x.env.Entry, "the token in "+x.env.Source)
			return
		}
	}
	e, obstacle := store.Match(x.entries, request, time.Now())
	switch {
	case e == nil && len(x.entries) == 0:
		x.skip("no token is saved")
	case e == nil:
		x.wrong(causeNoToken, setup.Where{}, "git credential-bitbucket store", "no saved token is for %s", place)
	case obstacle == store.NoObstacle && x.vaultTrouble(e.Vault) != nil:
		x.skip(`for %s git would get the token "%s", which cannot be read %s`, place, e.Name, sources[e.Vault])
	case obstacle == store.NoObstacle && e.Source == store.FromReport:
		x.warn(causeToken, setup.Where{}, "git credential-bitbucket erase "+console.ShellWord(e.Name),
			`for %s git gets the password "%s", which git once reported: where it came from is not known`, place, e.Name)
	case obstacle == store.NoObstacle:
		x.sayAnswer(e, fmt.Sprintf(`the token "%s"`, e.Name))
		x.warnOfName(e, request)
	case obstacle == store.ByUsername:
		d := diagnosis{result: resultError, cause: causeUsername}
		d.found, _ = obstacleWords(e, obstacle, request)
		switch s := x.whereNamed(); {
		case x.isBrought(s):
			d.where = setup.At(s) // its own line says what to do
		case store.PlausibleUsername(request.Username):
			d.do, d.steps = fixCommand, []step{addAlso{e.ID, e.Name, request.Username, slices.Clone(e.Also)}}
		}
		x.add(d)
	case obstacle == store.ByMissingPath:
		d := diagnosis{result: resultError, cause: causePath, do: x.pathWords(), steps: x.sendingPath()}
		d.found, _ = obstacleWords(e, obstacle, request)
		x.add(d)
	default:
		what, cure := obstacleWords(e, obstacle, request)
		x.wrong(causeToken, setup.Where{}, cure, "%s", what)
	}
}

// sayAnswer tells which token answers, and what it may do there.
func (x *examination) sayAnswer(e *store.Entry, name string) {
	text := fmt.Sprintf("for %s git gets %s, with the username %s", x.target.address, name, e.GitUsername())
	f, asked := x.alive[e.ID]
	if !asked || f.Repository == "" || verify.IsUntold(f.Access.Read) {
		x.ok(setup.Where{}, "%s", text)
		return
	}
	d := diagnosis{result: resultOK, cause: causeAccess}
	switch read, push := f.Access.Read, f.Access.Push; {
	case read == nil && push == nil:
		d.found = text + "; it may read and push"
	case read == nil && errors.Is(push, bitbucket.ErrScope):
		d.found = text + "; it may read" // the tokens' own line says which box is missing
	case read == nil:
		d.result, d.found = resultWarning, fmt.Sprintf("%s; it may read, but not push: %v", text, push)
	case errors.Is(read, bitbucket.ErrNoAccess):
		d.result, d.found = resultError, text+"; but Bitbucket has no such repository, or its account may not see it"
		d.do = "check the URL, or ask for access"
	case bitbucket.IsRefused(read) && f.Asked && f.Refusal == nil: // it lives, so it is the repository
		d.result, d.found = resultError, text+"; but Bitbucket refuses it there"
		d.do = "check the URL, or ask for access"
	case bitbucket.IsRefused(read), errors.Is(read, bitbucket.ErrScope):
		d.result, d.found = resultSkipped, text+"; but Bitbucket refuses it, see above"
	default:
		d.result, d.found = resultError, fmt.Sprintf("%s; but Bitbucket refuses it: %v", text, read)
		d.do = accessCures[read]
	}
	x.add(d)
}

// accessCures tells what to do about refusals that are not the token's fault.
var accessCures = map[error]console.CommandLine{
	bitbucket.ErrIPAllowlist: "ask the workspace's admin to allow this network",
	bitbucket.ErrTwoStep:     "turn on two-step login for your Atlassian account",
	bitbucket.ErrRateLimit:   "wait some minutes",
}
