package setup

// The commands that a person is given to type about git's configuration. None shows a
// value that may hold a secret.

import (
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
	"runtime"
	"strconv"
)

// OffCommandLine is what to do about a setting that is in no file.
const OffCommandLine hint.Line = "take it off git's command line, or out of GIT_CONFIG_PARAMETERS"

// UnsetCommand is the command that takes all values of a setting out of its file.
func UnsetCommand(s git.Setting) hint.Line {
	return "git config --file " + shell.Path(s.File()) + " --unset-all " + shell.Word(s.Key)
}

// UnsetValue is the command that takes one value out, where that may be shown.
func UnsetValue(s git.Setting) hint.Line {
	return "git config --file " + shell.Path(s.File()) + " --fixed-value --unset-all " + shell.Word(s.Key) + " " + shell.Word(s.Value)
}

// EditCommand is for what may not be shown.
func EditCommand(s git.Setting) hint.Line {
	return "git config --file " + shell.Path(s.File()) + " --edit"
}

// EditFile is the command that opens a file at a line, from 1, in the person's editor; 0 for no
// line.
func EditFile(file string, line int) hint.Line {
	if runtime.GOOS == "windows" {
		return "notepad " + shell.Path(file)
	}
	at := hint.Line("")
	if line > 0 {
		at = hint.Line("+" + strconv.Itoa(line) + " ")
	}
	return `"${EDITOR:-vi}" ` + at + shell.Path(file)
}

// TakeOutLine says which line of a file is to go, and opens it there.
func TakeOutLine(file string, line int) hint.Line {
	return hint.Line("take line "+strconv.Itoa(line)+" out: ") + EditFile(file, line)
}

// UnsetHelper is the command that takes a helper out.
func UnsetHelper(h git.Helper) hint.Line {
	if HelperName(h) == h.Command {
		return UnsetValue(h.Setting)
	}
	return EditCommand(h.Setting)
}

// SetCommand is the command that gives a setting another value, if it is the only
// one of its key.
func SetCommand(settings []git.Setting, r git.Remote, value string) hint.Line {
	same := 0
	for _, s := range settings {
		if s.Key == r.Key && s.File() == r.File() {
			same++
		}
	}
	if same > 1 {
		return EditCommand(r.Setting)
	}
	return "git config --file " + shell.Path(r.File()) + " " + shell.Word(r.Key) + " " + shell.Word(value)
}
