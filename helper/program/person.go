package program

import (
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/tokens"
)

// TokenPrompt asks for a token in git's own words, for whatever kind it is. Programs that drive
// git on a terminal know a prompt of this form alone (docs/frontends.md section 2).
var TokenPrompt = "Password for 'https://" + tokens.KindAPIToken.GitUsername() + "@bitbucket.org'"

// IsWatched reports whether a person is likely to read what is said now, and can be asked
// there: there is a terminal, and no setting says that this runs unattended.
func (run *Run) IsWatched() bool {
	return run.UI.SpeaksToTerminal() && !promptsAreOff() && !run.IsUnattended()
}

// IsUnattended reports whether a setting says that no person is there.
func (run *Run) IsUnattended() bool { return run.Getenv("CI") != "" || run.IsBackground() }

// IsBackground reports whether no person will read a message.
func (run *Run) IsBackground() bool { return isBackground(run.Getenv) }

// GitMayAsk reports whether git itself will ask on the terminal, although no person reads there
// what this program says, as with git fetch 2>log.
func (run *Run) GitMayAsk() bool {
	if run.IsUnattended() || promptsAreOff() {
		return false
	}
	t, err := console.OpenTerminal()
	if err != nil {
		return false
	}
	t.Close()
	return true
}

// isBackground reports whether git was started with credential.interactive off, as
// its background maintenance is. Git hands its -c options on in this variable.
func isBackground(getenv func(string) string) bool {
	_, after, found := strings.Cut(getenv("GIT_CONFIG_PARAMETERS"), "'credential.interactive'='")
	word, _, _ := strings.Cut(after, "'")
	return found && forbidsQuestions(word)
}

// forbidsQuestions reports whether a value of credential.interactive says that
// no question may be asked.
func forbidsQuestions(word string) bool { return word == "never" || git.IsFalse(word) }

// SettingsForbidQuestions looks for the same in all of git's configuration.
func SettingsForbidQuestions(settings []git.Setting) bool {
	word, found := git.Value(settings, "credential.interactive")
	return found && forbidsQuestions(word)
}

// AgreeTo asks for a yes, unless it was given already. A script cannot be asked:
// it says how to say so. no is the error of who does not agree.
func (run *Run) AgreeTo(yes bool, no error, question, hint string) error {
	if yes {
		return nil
	}
	if !console.IsTerminal(run.In) {
		return console.WithHintf(no, "%s", hint)
	}
	t, err := console.OpenTerminal()
	if err != nil {
		return err
	}
	defer t.Close()
	agreed, err := run.UI.Confirmf(t, "%s", question)
	if err == nil && !agreed {
		err = no
	}
	return err
}

// Tries is how often a question is asked before giving up.
const Tries = 3
