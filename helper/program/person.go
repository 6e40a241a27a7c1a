package program

import (
	"strings"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
)

// IsWatched reports whether a person is likely to read what is said now: there is a
// terminal, and no setting says that this runs unattended.
func (run *Run) IsWatched() bool {
	return run.UI.SpeaksToTerminal() && run.Getenv("CI") == "" && !promptsAreOff() && !isBackground(run.Getenv)
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
// it is told how to say so. no is the error of who does not agree.
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
