package helper

// The commands that check gives people to type about git's configuration. None
// shows a value that may hold a secret.

import (
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
)

const offCommandLine console.CommandLine = "take it off git's command line, or out of GIT_CONFIG_PARAMETERS"

// unsetCommand is the command that takes all values of a setting out of its file,
// and unsetValue that for one of them, where it may be shown.
func unsetCommand(s git.Setting) console.CommandLine {
	return "git config --file " + console.ShellPath(s.File()) + " --unset-all " + console.ShellWord(s.Key)
}

func unsetValue(s git.Setting) console.CommandLine {
	return "git config --file " + console.ShellPath(s.File()) + " --fixed-value --unset-all " + console.ShellWord(s.Key) + " " + console.ShellWord(s.Value)
}

// editCommand is for what may not be shown.
func editCommand(s git.Setting) console.CommandLine {
	return "git config --file " + console.ShellPath(s.File()) + " --edit"
}

func unsetHelper(h git.Helper) console.CommandLine {
	if helperName(h) == h.Command {
		return unsetValue(h.Setting)
	}
	return editCommand(h.Setting)
}

// setCommand is the command that gives a setting another value, if it is the only
// one of its key.
func setCommand(settings []git.Setting, r git.Remote, value string) console.CommandLine {
	same := 0
	for _, s := range settings {
		if s.Key == r.Key && s.File() == r.File() {
			same++
		}
	}
	if same > 1 {
		return editCommand(r.Setting)
	}
	return "git config --file " + console.ShellPath(r.File()) + " " + console.ShellWord(r.Key) + " " + console.ShellWord(value)
}
