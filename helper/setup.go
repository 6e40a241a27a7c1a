package helper

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store"
)

type setupOptions struct {
	undo, print, keepOthers, system, local bool
}

func (o *setupOptions) flags(set *flag.FlagSet) {
	set.BoolVar(&o.undo, "undo", false, "take away what setup wrote, and nothing else")
	set.BoolVar(&o.print, "print", false, "print the lines and write nothing")
	set.BoolVar(&o.keepOthers, "keep-others", false, "leave the helpers that git asks already; they are handed every token that worked")
	set.BoolVar(&o.system, "system", false, "for everybody on this machine, not for you alone")
	set.BoolVar(&o.local, "local", false, "for this clone alone")
}

func (o *setupOptions) scope() git.Scope {
	switch {
	case o.system:
		return git.System
	case o.local:
		return git.Local
	}
	return git.Global
}

// scopeNames names a configuration to people.
var scopeNames = map[git.Scope]string{
	git.System: "git's system configuration", git.Global: "your global git configuration", git.Local: "this clone's configuration",
}

// setup points git at this program for bitbucket.org, or takes that back.
func (a *app) setup(args []string) error {
	o := &setupOptions{}
	rest, err := parseArgs(flagSet("setup", o.flags), args)
	switch {
	case err != nil:
		return err
	case len(rest) > 0:
		return console.Usagef("setup takes no arguments")
	case o.system && o.local:
		return console.Usagef("--system and --local do not go together")
	case o.undo && (o.print || o.keepOthers):
		return console.Usagef("--undo goes with --system or --local alone")
	case o.undo:
		return a.undoSetup(o)
	case o.print:
		lines, err := a.setupLines(o)
		if err != nil {
			return err
		}
		return a.ui.PrintRaw([]byte(showLines(lines)))
	}
	return a.setUp(o)
}

// setupLines are the settings that setup writes below credential.https://bitbucket.org.
func (a *app) setupLines(o *setupOptions) ([]git.Variable, error) {
	self, err := programPath(os.Getenv("PATH"))
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if err := checkOwnPath(self); err != nil {
		return nil, err
	}
	var lines []git.Variable
	entries, err := a.store.Entries()
	if err != nil && !errors.Is(err, store.ErrNoFolder) {
		return nil, err
	}
	if slices.ContainsFunc(entries, func(e store.Entry) bool { return e.For != "" }) {
		lines = append(lines, git.Variable{Key: "useHttpPath", Value: "true"})
	}
	if !o.keepOthers {
		lines = append(lines, git.Variable{Key: "helper"})
	}
	return append(lines, git.Variable{Key: "helper", Value: helperCommand(self)}), nil
}

// checkOwnPath refuses a path that git could not be told, or by which this program
// would not know its own lines again.
func checkOwnPath(self string) error {
	switch {
	case strings.ContainsAny(self, "\n\r"):
		return fmt.Errorf("the path of this program has a line break in it, which git cannot be told")
	case !isThisProgram(git.Helper{Command: helperCommand(self)}):
		return console.WithHintf(fmt.Errorf("this program is named %s, by which it would not know itself again", filepath.Base(self)),
			"mv %s %s", console.ShellPath(self), console.ShellPath(filepath.Join(filepath.Dir(self), console.Program)))
	}
	return nil
}

// helperCommand writes a path as git hands it to a shell: a backslash before each
// character that a shell would read.
func helperCommand(path string) string {
	if runtime.GOOS == "windows" {
		path = filepath.ToSlash(path)
	}
	var out strings.Builder
	for i := range len(path) { // bytes: a path need not be UTF-8
		if strings.IndexByte("[] \t|&;<>()$`\\\"'*?#~!{}^", path[i]) >= 0 {
			out.WriteByte('\\')
		}
		out.WriteByte(path[i])
	}
	return out.String()
}

// showLines writes settings as they stand in a file.
func showLines(lines []git.Variable) string {
	var out strings.Builder
	fmt.Fprintf(&out, "[credential \"%s\"]\n", bitbucket.GitURL)
	for _, line := range lines {
		out.WriteString(line.String())
	}
	return out.String()
}

// prepareSetup returns the file and the lines that setup writes to it.
func (a *app) prepareSetup(o *setupOptions) (file string, lines []git.Variable, err error) {
	if lines, err = a.setupLines(o); err != nil {
		return "", nil, err
	}
	file, err = git.ConfigFile(a.ctx, ".", o.scope())
	if errors.Is(err, git.ErrNoConfig) {
		err = console.WithHintf(err, "the lines to write by hand: git credential-bitbucket setup --print")
	}
	return file, lines, err
}

// setUp shows the lines and writes them, if they are not in force yet.
func (a *app) setUp(o *setupOptions) error {
	file, lines, err := a.prepareSetup(o)
	if err != nil {
		return err
	}
	if a.isSetUp(lines, o) {
		a.ui.Sayf("git asks this program for %s already", bitbucket.GitURL)
		return nil
	}
	a.ui.Sayf("these lines in %s (%s) make git ask this program%s for %s:", scopeNames[o.scope()], console.Tilde(file), aloneWords(o), bitbucket.GitURL)
	for _, line := range (setUp{file, showLines(lines)}).what()[1:] {
		a.ui.Tellf("%s", line)
	}
	if err := a.writeSetup(file, lines); err != nil {
		return err
	}
	a.ui.Sayf("written; to take them away: git credential-bitbucket setup --undo%s", scopeOption(o))
	return a.readBack(o)
}

// writeSetup writes the lines behind all others of the file.
func (a *app) writeSetup(file string, lines []git.Variable) error {
	_, err := git.EditConfig(a.ctx, file, func(e *git.Edit) error {
		replaceSetup(e)
		e.Append("credential", bitbucket.GitURL, lines...)
		return nil
	})
	if err != nil {
		return withLock(fmt.Errorf("set up git: %w", err), file)
	}
	return nil
}

func aloneWords(o *setupOptions) string {
	if o.keepOthers {
		return ""
	}
	return " alone"
}

func scopeOption(o *setupOptions) string {
	if o.scope() == git.Global {
		return ""
	}
	return " --" + string(o.scope())
}

// isSetUp tells whether git does already what the lines are for.
func (a *app) isSetUp(lines []git.Variable, o *setupOptions) bool {
	settings, err := git.Settings(a.ctx, ".")
	if err != nil {
		return false
	}
	wanted, path := "", false
	for _, line := range lines {
		if line.Key == "helper" && line.Value != "" {
			wanted = line.Value
		}
		path = path || line.Key == "useHttpPath"
	}
	ours := func(h git.Helper) bool { return h.Command == wanted && h.Scope == string(o.scope()) }
	asked := git.Helpers(settings, bitbucket.GitURL)
	before, found := git.SplitAt(asked, ours)
	alone := o.keepOthers || len(before) == 0 && !slices.ContainsFunc(asked[min(1, len(asked)):], git.Helper.IsOwn)
	return found != nil && alone && (!path || git.Flag(settings, bitbucket.GitURL, "usehttppath"))
}

// readBack says what git obeys besides, by file and line.
func (a *app) readBack(o *setupOptions) error {
	settings, _, _, err := git.SettingsIn(a.ctx, ".")
	if err != nil {
		return fmt.Errorf("read git's configuration back: %w", err)
	}
	asked := git.Helpers(settings, bitbucket.GitURL)
	before, ours := git.SplitAt(asked, isThisProgram)
	if ours == nil {
		return console.WithHintf(fmt.Errorf("git does not ask this program all the same"), "%s", "git credential-bitbucket check")
	}
	others := asked[len(before)+1:]
	if !o.keepOthers {
		others = append(slices.Clip(before), others...)
	}
	for _, h := range others {
		if isThisProgram(h) {
			continue
		}
		w := at(h.Setting)
		w.line = git.LineOf(h.Setting)
		a.ui.Sayf("git asks this helper too: %s (%s)", helperName(h), w)
		if h.File() != "" {
			a.ui.Hintf("%s", unsetHelper(h))
		}
	}
	return nil
}

// undoSetup takes the lines away, from every file that git reads for the scope.
func (a *app) undoSetup(o *setupOptions) error {
	files, err := git.ConfigFiles(a.ctx, ".", o.scope())
	if err != nil {
		return err
	}
	found := false
	for _, file := range files {
		removed := false
		_, err := git.EditConfig(a.ctx, file, func(e *git.Edit) error {
			removed = removeSetup(e)
			return nil
		})
		if err != nil {
			return withLock(fmt.Errorf("undo the setup: %w", err), file)
		}
		if removed {
			found = true
			a.ui.Sayf("removed the lines for %s from %s (%s)", bitbucket.GitURL, scopeNames[o.scope()], console.Tilde(file))
		}
	}
	if !found {
		a.ui.Sayf("there is nothing of setup's in %s (%s)", scopeNames[o.scope()], console.Tilde(files[0]))
	}
	return nil
}
