package helper

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/keychain"
	"git-credential-bitbucket/store/tokens"
)

const (
	// helperAsks bounds what one helper may take for all its answers.
	helperAsks = 5 * time.Second
	// mostAnswers is how many answers of one helper are looked at.
	mostAnswers = 5
	// mostPaths is how many paths a helper is asked about before it is to forget.
	mostPaths = 20
)

// checkOtherHelpers asks the others what they hold for bitbucket.org.
func checkOtherHelpers(ctx context.Context, x *facts, ask *prober, out *results) {
	asked, cleared := git.Chain(x.settings, x.target.forHelpers())
	before, ours := git.SplitAt(asked, setup.IsThisProgram)
	others := 0
	seen := map[string]bool{}
	look := func(helpers []git.Helper, inTheWay bool) {
		for _, h := range helpers {
			if setup.IsThisProgram(h) || seen[h.Command] {
				continue
			}
			others++
			seen[h.Command] = true
			checkHelper(ctx, x, ask, out, h, inTheWay)
		}
	}
	look(before, true)
	if ours != nil {
		look(asked[len(before)+1:], false)
	}
	look(cleared, false)
	if others == 0 {
		out.ok(setup.Where{}, "there are none")
	}
}

// checkHelper asks one helper, if it may be asked.
func checkHelper(ctx context.Context, x *facts, ask *prober, out *results, h git.Helper, inTheWay bool) {
	limited, cancel := context.WithTimeout(ctx, helperAsks)
	defer cancel()
	if reason := whyNotAsked(h, x.options.offline, ask.locked); reason != "" {
		out.add(diagnosis{result: resultSkipped, where: setup.At(h.Setting), found: setup.HelperName(h) + " was not asked: " + reason})
		return
	}
	answers := x.answersOf(limited, h)
	switch {
	case limited.Err() != nil:
		out.add(diagnosis{result: resultWarning, cause: causeHelper, where: setup.At(h.Setting),
			found: fmt.Sprintf("%s did not answer within %v; git waits for it without end", setup.HelperName(h), helperAsks)})
	case len(answers) == 0:
		out.ok(setup.At(h.Setting), "%s holds nothing for bitbucket.org", setup.HelperName(h))
	}
	for _, answer := range answers {
		asked := slices.Contains(x.namesUsed(), answer.asked)
		if inTheWay && answer.asked == x.request().Username {
			out.usesFirst(causeHelper, setup.HelperName(h))
		}
		judgeAnswer(x, ask, out, h, ask.judge(ctx, answer.foundSecret), inTheWay && asked)
	}
}

// whyNotAsked is why a helper is left alone; "" if it is not. Only those are
// asked that the person chose, that look up what they keep, and that open no dialog.
func whyNotAsked(h git.Helper, offline bool, isLocked func() (bool, error)) string {
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

// helperAnswer is what a helper answers to a question with a username.
type helperAnswer struct {
	foundSecret
	asked string
}

// answersOf are the different answers of a helper to all names in URLs, whether or
// not git tells helpers those, and to none.
func (x *facts) answersOf(ctx context.Context, h git.Helper) []helperAnswer {
	var found []helperAnswer
	names := x.namesUsed() // first, so that what git gets is known as that
	for _, name := range append(x.namesInURLs(), "") {
		if !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range slices.DeleteFunc(names, isSecretName) {
		f, ok := fillFrom(ctx, h, name, "")
		if ok && !slices.ContainsFunc(found, func(o helperAnswer) bool { return o.user == f.user && o.token == f.token }) {
			found = append(found, helperAnswer{f, name})
		}
	}
	return found
}

// namesUsed are the usernames that git tells helpers for bitbucket.org; an empty one
// stands for none.
func (x *facts) namesUsed() []string {
	own := x.request().Username
	if x.target.untold != "" {
		return []string{own}
	}
	names := x.namesInURLs()
	others := func(name string) bool { return name != "" && name != own }
	if slices.ContainsFunc(names, others) && !x.tellsName() {
		return slices.DeleteFunc(names, others)
	}
	return names
}

// curlsName is the username by which git's curl looks for a password of its own.
func (x *facts) curlsName() string { return cmp.Or(x.target.untold, x.request().Username) }

// namesInURLs are those in the URLs that git uses for bitbucket.org.
func (x *facts) namesInURLs() []string {
	names := []string{x.curlsName()}
	for _, clone := range x.clones {
		for _, r := range clone.remotes {
			name := r.Used.User
			if len(names) < mostAnswers && !isSecretName(name) && isBitbucket(r.Used) && r.Kind() == "remote" && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

// pathsUsed are the paths at bitbucket.org that git may ask for, one a line.
func (x *facts) pathsUsed() string {
	var paths []string
	for _, clone := range x.clones {
		for _, r := range clone.remotes {
			path := strings.TrimPrefix(r.Used.Path, "/")
			if len(paths) < mostPaths && isBitbucket(r.Used) && path != "" && len(strings.Fields(path)) == 1 && !slices.Contains(paths, path) {
				paths = append(paths, path)
			}
		}
	}
	return strings.Join(paths, "\n")
}

// fillFrom asks a helper as git does, about a path if there is one.
func fillFrom(ctx context.Context, h git.Helper, name, path string) (foundSecret, bool) {
	request := credential.Credential{Protocol: "https", Host: store.GitHost, Path: path, Username: name}
	var in bytes.Buffer
	if request.Write(&in) != nil {
		return foundSecret{}, false
	}
	out, err := h.Fill(ctx, in.Bytes())
	if err != nil {
		return foundSecret{}, false
	}
	answer, err := credential.Parse(bytes.NewReader(out))
	if err != nil || !answer.Password.Given() {
		return foundSecret{}, false
	}
	return foundSecret{user: answer.Username, token: tokens.New(answer.Password.Reveal())}, true
}

// judgeAnswer reports what a helper answered.
func judgeAnswer(x *facts, ask *prober, out *results, h git.Helper, f foundSecret, inTheWay bool) {
	d := diagnosis{result: resultOK, cause: causeLeftover, where: setup.At(h.Setting)}
	d.found = setup.HelperName(h) + " holds " + f.what()
	if inTheWay {
		d.result, d.cause = resultWarning, causeHelper
		d.found = setup.HelperName(h) + " answers before this program with " + f.what()
		d.do, d.steps = fixCommand, x.settingUp()
	}
	switch {
	case f.isDead():
		d.result = resultWarning
		d.do, d.steps = fixCommand, append(d.steps, ask.forgetting(h, f)...)
		if len(d.steps) == 0 {
			d.do = "take the line out of the file that it is told of"
		}
		if inTheWay {
			d.result = resultError
		}
	case (f.verdict == foundWrongName || f.isRefused()) && inTheWay:
		d.result = resultError
	case f.isRefused():
		d.result, d.do = resultWarning, "if it is not needed: "+forgetLine(h, f.user)
	}
	d.otherwise = forgetLine(h, f.user)
	out.add(d)
}

// forgetLine is what to type to make a helper forget what it holds for a username: git's
// own request, without the secret.
func forgetLine(h git.Helper, user string) console.CommandLine {
	command := string(console.Printable(h.Command))
	if h.Program() == "" {
		command = "git credential-" + command
	}
	line := `printf 'protocol=https\nhost=` + store.GitHost + `\n`
	word := console.ShellWord(user)
	switch {
	case user == "":
		line += `\n'`
	case strings.ContainsAny(string(word), `'%\`):
		line += `username=%s\n\n' ` + string(word)
	default:
		line += `username=` + string(word) + `\n\n'`
	}
	return console.CommandLine(line + " | " + command + " erase")
}

// forgetting are the steps that make a helper forget a dead secret. The one named
// store forgets all that it holds for the name, so its file is changed in its place.
func (ask *prober) forgetting(h git.Helper, f foundSecret) []step {
	if h.Name() != "store" {
		return []step{forgetInHelper{h, f, ask.facts.pathsUsed()}}
	}
	var steps []step
	for _, path := range h.StoreFiles(credentialFiles(ask.run)) {
		text, err := git.ReadFile(path)
		if err != nil {
			continue
		}
		out := takeOut{path, true, []foundSecret{{user: f.user, token: f.token, verdict: f.verdict}}, git.FreeCopy(path)}
		if slices.ContainsFunc(git.ParseCredentials(text), func(line git.PasswordLine) bool { return line.Host == store.GitHost && out.means(line) }) {
			steps = append(steps, out)
		}
	}
	return steps
}
