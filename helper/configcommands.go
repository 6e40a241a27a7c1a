package helper

// The commands that check gives people to type about git's configuration. None
// shows a value that may hold a secret.

import "git-credential-bitbucket/helper/git"

const offCommandLine commandLine = "take it off git's command line, or out of GIT_CONFIG_PARAMETERS"

// unsetCommand is the command that takes all values of a setting out of its file,
// and unsetValue that for one of them, where it may be shown.
func unsetCommand(s git.Setting) commandLine {
	return "git config --file " + shellPath(s.File()) + " --unset-all " + shellWord(s.Key)
}

func unsetValue(s git.Setting) commandLine {
	return "git config --file " + shellPath(s.File()) + " --fixed-value --unset-all " + shellWord(s.Key) + " " + shellWord(s.Value)
}

// editCommand is for what may not be shown.
func editCommand(s git.Setting) commandLine {
	return "git config --file " + shellPath(s.File()) + " --edit"
}

func unsetHelper(h git.Helper) commandLine {
	if helperName(h) == h.Command {
		return unsetValue(h.Setting)
	}
	return editCommand(h.Setting)
}

// setCommand is the command that gives a setting another value, if it is the only
// one of its key.
func setCommand(settings []git.Setting, r git.Remote, value string) commandLine {
	same := 0
	for _, s := range settings {
		if s.Key == r.Key && s.File() == r.File() {
			same++
		}
	}
	if same > 1 {
		return editCommand(r.Setting)
	}
	return "git config --file " + shellPath(r.File()) + " " + shellWord(r.Key) + " " + shellWord(value)
}
