package helper

// The steps of check --fix: what each says of itself. mend.go carries them out.

import (
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// saveToken saves a token that lies in the open.
type saveToken struct {
	found foundSecret
	from  string // where it lies
	name  string // that nothing else has
	in    place
}

func (s saveToken) what() []string {
	return []string{fmt.Sprintf(`save the %s %v from %s as "%s" %s (%s)`, s.found.token.Kind(), s.found.token, s.from, s.name, s.in.words(), s.found.state())}
}
func (s saveToken) undo() console.CommandLine {
	return "git credential-bitbucket erase " + console.ShellWord(s.name)
}
func (s saveToken) order() int    { return orderSave }
func (s saveToken) key() deed     { return deed{what: "save", token: s.found.token} }
func (s saveToken) deeds() []deed { return []deed{s.key()} }
func (s saveToken) with(other step) step {
	found := other.(saveToken).found
	s.found.repository = common(s.found.repository, found.repository)
	if s.found.isRefused() {
		s.found.verdict = found.verdict // it may be good for the other place
	}
	return s
}

// entry is what is known of the token from where it was found.
func (s saveToken) entry() store.Entry {
	e := store.Entry{Vault: s.in.vault, Kind: s.found.token.Kind()}
	switch user := s.found.user; {
	case !store.PlausibleUsername(user), tokens.IsGitUsername(user):
	case strings.Contains(user, "@"):
		e.Email = user
	default:
		e.Username = user
	}
	if e.Kind == tokens.KindAccessToken {
		e.For, e.Username = s.found.repository, ""
	}
	e.Expires, e.Guessed = guessedExpiry(), true
	// That a repository could be read proves nothing of the token: it may be a public one.
	switch s.found.verdict {
	case foundRefused, foundElsewhere:
		e.SetAside = &store.SetAside{At: store.Now(), Reason: store.ReasonRefused}
	case foundDead:
		e.SetAside = &store.SetAside{At: store.Now(), Reason: store.ReasonDead}
	}
	if e.Name = s.name; e.Name == "" {
		e.Name = nameFor(&e)
	}
	return e
}

// addAlso lets a token answer for one more name.
type addAlso struct {
	id, entry, name string
	known           []string // the other names that it answers for already
}

func (s addAlso) what() []string {
	return []string{fmt.Sprintf(`use the token "%s" for the username %s as well`, s.entry, s.name)}
}
func (s addAlso) undo() console.CommandLine {
	line := "git credential-bitbucket edit " + console.ShellWord(s.entry) + " --also ''"
	for _, name := range s.known {
		line += " --also " + console.ShellWord(name)
	}
	return line
}
func (s addAlso) order() int     { return orderAlso }
func (s addAlso) key() deed      { return deed{place: s.id, what: "also", to: strings.ToLower(s.name)} }
func (s addAlso) with(step) step { return s }
func (s addAlso) deeds() []deed  { return []deed{s.key()} }

// addressChange is what becomes of one address in a configuration file. Neither
// text holds a password.
type addressChange struct {
	key      string // of the setting; for a rule, as it is named afterwards
	rule     bool   // the address is that of a url.<address>.insteadOf
	from, to string
	password bool        // it had one
	kept     bool        // another of the key's values is to already
	secret   foundSecret // that was judged; nothing else is taken out
}

// cleanAddresses takes passwords out of the addresses in one configuration file,
// and leads them to https://bitbucket.org.
type cleanAddresses struct {
	file    string
	changes []addressChange
}

func (s cleanAddresses) what() []string {
	lines := []string{"clean the addresses in " + console.Tilde(s.file)}
	for _, c := range s.changes {
		line := c.key + " = " + c.to
		if c.rule {
			line = c.key
		}
		if c.password {
			line += " (without the password)"
		}
		lines = append(lines, line)
	}
	return lines
}
func (s cleanAddresses) undo() console.CommandLine {
	var lines []string
	for _, c := range s.changes {
		lines = append(lines, s.undoOf(c)...)
	}
	if len(lines) > mostLines {
		lines = append(lines[:mostLines], "and so on")
	}
	if slices.ContainsFunc(s.changes, func(c addressChange) bool { return c.password }) {
		if len(lines) == 0 {
			lines = append(lines, "none")
		}
		lines = append(lines, "the password is not kept")
	}
	return console.CommandLine(strings.Join(lines, "; "))
}

// undoOf are the commands that put one address back: in its place or, where two
// have become the same, behind the others of its key.
func (s cleanAddresses) undoOf(c addressChange) []string {
	if c.rule || c.from == c.to {
		return nil
	}
	config := "git config --file " + string(console.ShellPath(s.file))
	key, from, to := string(console.ShellWord(c.key)), string(console.ShellWord(c.from)), string(console.ShellWord(c.to))
	same := slices.DeleteFunc(slices.Clone(s.changes), func(o addressChange) bool { return o.key != c.key || o.to != c.to })
	switch {
	case len(same) == 1 && !c.kept:
		return []string{config + " --fixed-value --replace-all " + key + " " + from + " " + to}
	case same[0] == c && c.kept:
		return []string{config + " --fixed-value --unset-all " + key + " " + to, config + " --add " + key + " " + to, config + " --add " + key + " " + from}
	case same[0] == c:
		return []string{config + " --fixed-value --unset-all " + key + " " + to, config + " --add " + key + " " + from}
	}
	return []string{config + " --add " + key + " " + from}
}
func (s cleanAddresses) order() int { return orderAddresses }
func (s cleanAddresses) key() deed  { return deed{place: s.file, what: "clean"} }
func (s cleanAddresses) with(other step) step {
	s.changes = withNew(s.changes, other.(cleanAddresses).changes)
	return s
}
func (s cleanAddresses) deeds() (all []deed) {
	for _, c := range s.changes {
		all = append(all, deed{s.file, c.key, c.to, c.secret.token})
	}
	return all
}

// forgetInHelper makes another helper forget a dead secret.
type forgetInHelper struct {
	helper git.Helper
	found  foundSecret
	paths  string // that git may ask about, one a line
}

func (s forgetInHelper) what() []string {
	return []string{fmt.Sprintf("make %s forget %s for %s", setup.HelperName(s.helper), s.found.what(), s.found.owner("bitbucket.org"))}
}
func (s forgetInHelper) undo() console.CommandLine { return "none; it is good for nothing" }
func (s forgetInHelper) order() int                { return orderHelpers }
func (s forgetInHelper) key() deed {
	return deed{s.helper.Command, "forget", s.found.user, s.found.token}
}
func (s forgetInHelper) with(step) step { return s }
func (s forgetInHelper) deeds() []deed  { return []deed{s.key()} }

// takeOut takes dead secrets out of a file of passwords.
type takeOut struct {
	file    string
	urls    bool // the file is a .git-credentials, not a .netrc
	secrets []foundSecret
	copy    string // the file that is to hold what it held
}

func (s takeOut) what() []string {
	lines := []string{fmt.Sprintf("take what is dead out of %s, and keep a copy as %s", console.Tilde(s.file), console.Tilde(s.copy))}
	if len(s.secrets) == 1 {
		lines[0] = fmt.Sprintf("take %s for %s out of %s, and keep a copy as %s", s.secrets[0].what(), s.secrets[0].owner("bitbucket.org"), console.Tilde(s.file), console.Tilde(s.copy))
		return lines
	}
	for _, f := range s.secrets {
		lines = append(lines, f.owner("bitbucket.org")+": "+f.what())
	}
	return lines
}
func (s takeOut) undo() console.CommandLine {
	return "cp " + console.ShellPath(s.copy) + " " + console.ShellPath(s.file)
}
func (s takeOut) order() int { return orderFiles }
func (s takeOut) key() deed  { return deed{place: s.file, what: "take out"} }
func (s takeOut) with(other step) step {
	s.secrets = withNew(s.secrets, other.(takeOut).secrets)
	return s
}
func (s takeOut) deeds() (all []deed) {
	for _, f := range s.secrets {
		all = append(all, deed{s.file, "take out", f.user, f.token})
	}
	return all
}

// parse reads the file's form.
func (s takeOut) parse(text string) []git.PasswordLine {
	if s.urls {
		return git.ParseCredentials(text)
	}
	return git.ParseNetrc(text)
}

// switchOn writes one setting.
type switchOn struct {
	scope git.Scope
	file  string // of a local setting
	section, sub, name, value,
	why string
	old string // the value that the file has for it, or ""
}

// setting is its key in the configuration.
func (s switchOn) setting() string { return s.section + "." + s.sub + "." + s.name }

// target is how git config is told which file is meant.
func (s switchOn) target() console.CommandLine {
	if s.scope == git.Local {
		return "--file " + console.ShellPath(s.file)
	}
	return console.CommandLine("--" + string(s.scope))
}
func (s switchOn) what() []string {
	return []string{fmt.Sprintf("set %s to %s, so that %s", s.setting(), s.value, s.why)}
}
func (s switchOn) undo() console.CommandLine {
	if s.old == s.value {
		return "none; the line only moves to the end"
	}
	if s.old != "" {
		return "git config " + s.target() + " --replace-all " + console.ShellWord(s.setting()) + " " + console.ShellWord(s.old)
	}
	return "git config " + s.target() + " --unset " + console.ShellWord(s.setting())
}
func (s switchOn) order() int     { return orderSettings }
func (s switchOn) key() deed      { return deed{place: string(s.target()), what: s.setting(), to: s.value} }
func (s switchOn) with(step) step { return s }
func (s switchOn) deeds() []deed  { return []deed{s.key()} }

// setUp points git at this program.
type setUp struct {
	file  string
	lines string // that are written, as a person is shown them
}

func (s setUp) what() []string {
	return append([]string{"make git ask this program alone for bitbucket.org, by these lines in " + console.Tilde(s.file)}, strings.Split(s.lines, "\n")...)
}
func (setUp) undo() console.CommandLine { return "git credential-bitbucket setup --undo" }
func (setUp) order() int                { return orderSetUp }
func (s setUp) key() deed               { return deed{place: s.file, what: "set up"} }
func (s setUp) with(step) step          { return s }
func (s setUp) deeds() []deed           { return []deed{s.key()} }
