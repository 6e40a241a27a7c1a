package fix

// The steps of check --fix: what each says of itself. mend.go carries them out.

import (
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// SaveToken saves a token that is in the open.
type SaveToken struct {
	Found found.Secret
	From  string // where it is
	Name  string // that nothing else has
	In    program.Place
}

func (s SaveToken) what() []string {
	return []string{fmt.Sprintf(`save the %s %v from %s as "%s" %s (%s)`, s.Found.Token.Kind(), s.Found.Token, s.From, s.Name, s.In.Words(), s.Found.State())}
}
func (s SaveToken) undo() hint.Line {
	return "git credential-bitbucket erase " + shell.Word(s.Name)
}
func (s SaveToken) order() int        { return orderSave }
func (s SaveToken) key() Effect       { return Effect{what: "save", token: s.Found.Token} }
func (s SaveToken) Effects() []Effect { return []Effect{s.key()} }
func (s SaveToken) with(other Step) Step {
	more := other.(SaveToken).Found
	s.Found.Repository = found.Common(s.Found.Repository, more.Repository)
	if s.Found.IsRefused() {
		s.Found.Verdict = more.Verdict // it may be good for the other place
	}
	return s
}

// Entry is what is known about the token from where it was found.
func (s SaveToken) Entry() store.Entry {
	e := store.Entry{Vault: s.In.Vault, Kind: s.Found.Token.Kind()}
	switch user := s.Found.User; {
	case !store.PlausibleUsername(user), tokens.IsGitUsername(user):
	case strings.Contains(user, "@"):
		e.Email = user
	default:
		e.Username = user
	}
	if e.Kind == tokens.KindAccessToken {
		e.For, e.Username = s.Found.Repository, ""
	}
	e.Expires, e.Guessed = details.GuessedExpiry(), true
	// That a repository could be read proves nothing of the token: it may be a public one.
	switch s.Found.Verdict {
	case found.Refused, found.Elsewhere:
		e.SetAside = &store.SetAside{At: store.Now(), Reason: store.ReasonRefused}
	case found.Dead:
		e.SetAside = &store.SetAside{At: store.Now(), Reason: store.ReasonDead}
	}
	if e.Name = s.Name; e.Name == "" {
		e.Name = details.NameFor(&e)
	}
	return e
}

// AddAlso lets a token answer for one more name.
type AddAlso struct {
	ID, Entry, Name string
	Of              string   // the account that it is known to be of; "" for none
	Own             bool     // Bitbucket says that it is the account's own
	Known           []string // the other names that it answers for already
}

func (s AddAlso) what() []string {
	if s.Own {
		return []string{fmt.Sprintf(`note that the token "%s" is of the account %s`, s.Entry, s.Name)}
	}
	whose := ""
	if s.Of != "" {
		whose = ", which is of " + s.Of + ","
	}
	return []string{fmt.Sprintf(`use the token "%s"%s for the username %s as well`, s.Entry, whose, s.Name)}
}
func (s AddAlso) undo() hint.Line {
	if s.Own {
		return hint.Line("git credential-bitbucket edit " + shell.Word(s.Entry) + " --username ''")
	}
	line := "git credential-bitbucket edit " + shell.Word(s.Entry) + " --also ''"
	for _, name := range s.Known {
		line += " --also " + shell.Word(name)
	}
	return line
}
func (s AddAlso) order() int        { return orderAlso }
func (s AddAlso) key() Effect       { return Effect{place: s.ID, what: "also", to: strings.ToLower(s.Name)} }
func (s AddAlso) with(Step) Step    { return s }
func (s AddAlso) Effects() []Effect { return []Effect{s.key()} }

// AddressChange is what becomes of one address in a configuration file. Neither
// text holds a password.
type AddressChange struct {
	Key      string // of the setting; for a rule, as it is named afterwards
	Rule     bool   // the address is that of a url.<address>.insteadOf
	From, To string
	Password bool         // it had one
	Kept     bool         // another of the key's values is to already
	Secret   found.Secret // that was judged; nothing else is taken out
}

// CleanAddresses takes passwords out of the addresses in one configuration file,
// and leads them to https://bitbucket.org.
type CleanAddresses struct {
	File    string
	Changes []AddressChange
}

func (s CleanAddresses) what() []string {
	lines := []string{"remove passwords from the URLs in " + shell.Tilde(s.File)}
	for _, c := range s.Changes {
		line := c.Key + " = " + c.To
		if c.Rule {
			line = c.Key
		}
		if c.Password {
			line += " (without the password)"
		}
		lines = append(lines, line)
	}
	return lines
}
func (s CleanAddresses) undo() hint.Line {
	var lines []string
	for _, c := range s.Changes {
		lines = append(lines, s.undoOf(c)...)
	}
	if len(lines) > MostLines {
		lines = append(lines[:MostLines], "and so on")
	}
	if slices.ContainsFunc(s.Changes, func(c AddressChange) bool { return c.Password }) {
		if len(lines) == 0 {
			lines = append(lines, "none")
		}
		lines = append(lines, "the password is not kept")
	}
	return hint.Line(strings.Join(lines, "; "))
}

// undoOf are the commands that put one address back: in its place or, where two
// have become the same, behind the others of its key.
func (s CleanAddresses) undoOf(c AddressChange) []string {
	if c.Rule || c.From == c.To {
		return nil
	}
	config := "git config --file " + string(shell.Path(s.File))
	key, from, to := string(shell.Word(c.Key)), string(shell.Word(c.From)), string(shell.Word(c.To))
	same := slices.DeleteFunc(slices.Clone(s.Changes), func(o AddressChange) bool { return o.Key != c.Key || o.To != c.To })
	switch {
	case len(same) == 1 && !c.Kept:
		return []string{config + " --fixed-value --replace-all " + key + " " + from + " " + to}
	case same[0] == c && c.Kept:
		return []string{config + " --fixed-value --unset-all " + key + " " + to, config + " --add " + key + " " + to, config + " --add " + key + " " + from}
	case same[0] == c:
		return []string{config + " --fixed-value --unset-all " + key + " " + to, config + " --add " + key + " " + from}
	}
	return []string{config + " --add " + key + " " + from}
}
func (s CleanAddresses) order() int  { return orderAddresses }
func (s CleanAddresses) key() Effect { return Effect{place: s.File, what: "clean"} }
func (s CleanAddresses) with(other Step) Step {
	s.Changes = withNew(s.Changes, other.(CleanAddresses).Changes)
	return s
}
func (s CleanAddresses) Effects() (all []Effect) {
	for _, c := range s.Changes {
		all = append(all, Effect{s.File, c.Key, c.To, c.Secret.Token})
	}
	return all
}

// ForgetInHelper makes another helper forget a dead secret.
type ForgetInHelper struct {
	Helper git.Helper
	Found  found.Secret
	Paths  string // that git may ask about, one a line
}

func (s ForgetInHelper) what() []string {
	return []string{fmt.Sprintf("make %s forget %s for %s", setup.HelperName(s.Helper), s.Found.What(), s.Found.Owner("bitbucket.org"))}
}
func (s ForgetInHelper) undo() hint.Line { return "none; it does not work any more" }
func (s ForgetInHelper) order() int      { return orderHelpers }
func (s ForgetInHelper) key() Effect {
	return Effect{s.Helper.Command, "forget", s.Found.User, s.Found.Token}
}
func (s ForgetInHelper) with(Step) Step    { return s }
func (s ForgetInHelper) Effects() []Effect { return []Effect{s.key()} }

// TakeOut takes dead secrets out of a file of passwords.
type TakeOut struct {
	File    string
	URLs    bool // the file is a .git-credentials, not a .netrc
	Secrets []found.Secret
	Copy    string // the file that is to hold what it held
}

func (s TakeOut) what() []string {
	lines := []string{fmt.Sprintf("remove what is dead from %s, and keep a copy as %s", shell.Tilde(s.File), shell.Tilde(s.Copy))}
	if len(s.Secrets) == 1 {
		lines[0] = fmt.Sprintf("take %s for %s out of %s, and keep a copy as %s", s.Secrets[0].What(), s.Secrets[0].Owner("bitbucket.org"), shell.Tilde(s.File), shell.Tilde(s.Copy))
		return lines
	}
	for _, f := range s.Secrets {
		lines = append(lines, f.Owner("bitbucket.org")+": "+f.What())
	}
	return lines
}
func (s TakeOut) undo() hint.Line {
	return "cp " + shell.Path(s.Copy) + " " + shell.Path(s.File)
}
func (s TakeOut) order() int  { return orderFiles }
func (s TakeOut) key() Effect { return Effect{place: s.File, what: "take out"} }
func (s TakeOut) with(other Step) Step {
	s.Secrets = withNew(s.Secrets, other.(TakeOut).Secrets)
	return s
}
func (s TakeOut) Effects() (all []Effect) {
	for _, f := range s.Secrets {
		all = append(all, Effect{s.File, "take out", f.User, f.Token})
	}
	return all
}

// parse reads the file's form.
func (s TakeOut) parse(text string) []passwords.Line {
	if s.URLs {
		return passwords.ParseCredentials(text)
	}
	return passwords.ParseNetrc(text)
}

// SwitchOn writes one setting.
type SwitchOn struct {
	Scope git.Scope
	File  string // of a local setting
	Section, Sub, Name, Value,
	Why string
	Old string // the value that the file has for it, or ""
}

// Setting is its key in the configuration.
func (s SwitchOn) Setting() string { return s.Section + "." + s.Sub + "." + s.Name }

// target is how git config is told which file is meant.
func (s SwitchOn) target() hint.Line {
	if s.Scope == git.Local {
		return "--file " + shell.Path(s.File)
	}
	return hint.Line("--" + string(s.Scope))
}
func (s SwitchOn) what() []string {
	return []string{fmt.Sprintf("set %s to %s, so that %s", s.Setting(), s.Value, s.Why)}
}
func (s SwitchOn) undo() hint.Line {
	if s.Old == s.Value {
		return "none; the line only moves to the end"
	}
	if s.Old != "" {
		return "git config " + s.target() + " --replace-all " + shell.Word(s.Setting()) + " " + shell.Word(s.Old)
	}
	return "git config " + s.target() + " --unset " + shell.Word(s.Setting())
}
func (s SwitchOn) order() int { return orderSettings }
func (s SwitchOn) key() Effect {
	return Effect{place: string(s.target()), what: s.Setting(), to: s.Value}
}
func (s SwitchOn) with(Step) Step    { return s }
func (s SwitchOn) Effects() []Effect { return []Effect{s.key()} }

// SetUp points git at this program.
type SetUp struct {
	File  string
	Lines string // that are written, as a person is shown them
	Clone bool   // only for this clone, whose own configuration clears the helpers
}

func (s SetUp) what() []string {
	return append([]string{"make git ask this program alone for bitbucket.org, by these lines in " + shell.Tilde(s.File)}, strings.Split(s.Lines, "\n")...)
}
func (s SetUp) undo() hint.Line {
	if s.Clone {
		return "git credential-bitbucket setup --undo --local"
	}
	return "git credential-bitbucket setup --undo"
}
func (SetUp) order() int          { return orderSetUp }
func (s SetUp) key() Effect       { return Effect{place: s.File, what: "set up"} }
func (s SetUp) with(Step) Step    { return s }
func (s SetUp) Effects() []Effect { return []Effect{s.key()} }
