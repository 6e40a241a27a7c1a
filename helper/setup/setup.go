// Package setup is what this program knows and writes of git's configuration for
// bitbucket.org: whom git asks, the lines that make it ask this program, and the commands
// that a person is given to type about both.
package setup

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/store/shell"
	"git-credential-bitbucket/store/tokens"
)

// Options are those of the command setup.
type Options struct {
	Undo, print, keepOthers, system, local bool

	proactive      bool // git sends the token at once
	proactiveGiven bool // else it stays as it is
}

// ForClone are the options of setup --local.
func ForClone() *Options { return &Options{local: true} }

func (o *Options) scope() git.Scope {
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

// Run points git at this program for bitbucket.org, or takes that back, and says so.
// needsPath: a token is for one workspace or repository, so git has to say which it asks for.
func Run(ctx context.Context, ui *console.Console, o *Options, needsPath bool) error {
	switch {
	case o.system && o.local:
		return console.Usagef("--system and --local do not go together")
	case o.Undo && (o.print || o.keepOthers || o.proactiveGiven):
		return console.Usagef("--undo goes with --system or --local alone")
	case o.Undo:
		return undoSetup(ctx, ui, o)
	case o.print:
		sections, err := sectionsFor(ctx, o, needsPath)
		if err != nil {
			return err
		}
		return ui.PrintRaw([]byte(showSections(sections)))
	}
	return setUpGit(ctx, ui, o, needsPath)
}

// noName is the username that goes with an API token. With it in git's configuration, programs
// that ask no helper ask for the token alone, and send it right (docs/frontends.md section
// 2). To this program it says that no name was given.
var noName = tokens.KindAPIToken.GitUsername()

// hasOwnName reports whether the user has chosen another username for bitbucket.org, which
// may stand for one of several accounts. Other helpers may know a name of their own, too.
func hasOwnName(settings []git.Setting) bool {
	s := git.Lookup(git.Own(settings), bitbucket.GitURL, "username")
	return s != nil && !tokens.IsGitUsername(s.Value)
}

// CheckOwnPath refuses a path that git could not be told, or by which this program
// would not know its own lines again.
func CheckOwnPath(self string) error {
	switch {
	case strings.ContainsAny(self, "\n\r"):
		return fmt.Errorf("the path of this program has a line break in it, which git's configuration cannot hold")
	case !IsThisProgram(git.Helper{Command: HelperCommand(self)}):
		return console.WithHintf(fmt.Errorf("this program is named %s, but it needs its own name", filepath.Base(self)),
			"mv %s %s", shell.Path(self), shell.Path(filepath.Join(filepath.Dir(self), console.Program)))
	}
	return nil
}

// HelperCommand writes a path as git hands it to a shell: a backslash before each
// character that a shell would read.
func HelperCommand(path string) string {
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

// Prepare returns the file and the sections that setup writes to it.
func Prepare(ctx context.Context, o *Options, needsPath bool) (file string, sections []Section, err error) {
	if sections, err = sectionsFor(ctx, o, needsPath); err != nil {
		return "", nil, err
	}
	file, err = git.ConfigFile(ctx, ".", o.scope())
	if errors.Is(err, git.ErrNoConfig) {
		err = console.WithHintf(err, "the lines to write by hand: git credential-bitbucket setup --print")
	}
	return file, sections, err
}

// setUpGit shows the lines and writes them, if they are not in force yet.
func setUpGit(ctx context.Context, ui *console.Console, o *Options, needsPath bool) error {
	file, sections, err := Prepare(ctx, o, needsPath)
	if err != nil {
		return err
	}
	if isSetUp(ctx, sections, o) {
		ui.Sayf("git asks this program for %s already", bitbucket.GitURL)
		return nil
	}
	ui.Sayf("these lines in %s (%s) make git ask this program%s for %s:", scopeNames[o.scope()], shell.Tilde(file), aloneWords(o), bitbucket.GitURL)
	for _, line := range strings.Split(Shown(sections), "\n") {
		ui.Tellf("%s", line)
	}
	if err := Write(ctx, file, sections); err != nil {
		return err
	}
	ui.Sayf("written; to remove them: git credential-bitbucket setup --undo%s", scopeOption(o))
	return ReadBack(ctx, ui, o)
}

// Write writes the sections behind all others of the file.
func Write(ctx context.Context, file string, sections []Section) error {
	_, err := git.EditConfig(ctx, file, func(e *git.Edit) error {
		replaceSetup(e)
		for _, s := range sections {
			e.Append(s.Name, bitbucket.GitURL, s.Lines...)
		}
		return nil
	})
	if err != nil {
		return WithLock(fmt.Errorf("set up git: %w", err), file)
	}
	return nil
}

func aloneWords(o *Options) string {
	if o.keepOthers {
		return ""
	}
	return " alone"
}

func scopeOption(o *Options) string {
	if o.scope() == git.Global {
		return ""
	}
	return " --" + string(o.scope())
}

// isSetUp reports whether git does already what the sections are for.
func isSetUp(ctx context.Context, sections []Section, o *Options) bool {
	settings, err := git.Settings(ctx, ".")
	if err != nil {
		return false
	}
	wanted := ""
	for _, s := range sections {
		for _, line := range s.Lines {
			key := s.Name + "." + bitbucket.GitURL + "." + strings.ToLower(line.Key)
			if line.Key == "helper" {
				wanted = line.Value // the last is this program
			} else if value, _ := git.Value(settings, key); value != line.Value {
				return false
			}
		}
	}
	if o.proactiveGiven && !o.proactive && isProactive(settings) {
		return false
	}
	ours := func(h git.Helper) bool { return h.Command == wanted && h.Scope == string(o.scope()) }
	asked := git.Helpers(settings, bitbucket.GitURL)
	before, found := git.SplitAt(asked, ours)
	alone := o.keepOthers || len(before) == 0 && !slices.ContainsFunc(asked[min(1, len(asked)):], git.Helper.IsOwn)
	return found != nil && alone
}

// ReadBack says what git obeys besides, by file and line.
func ReadBack(ctx context.Context, ui *console.Console, o *Options) error {
	settings, _, _, err := git.SettingsIn(ctx, ".")
	if err != nil {
		return fmt.Errorf("read git's configuration back: %w", err)
	}
	asked := git.Helpers(settings, bitbucket.GitURL)
	before, ours := git.SplitAt(asked, IsThisProgram)
	if ours == nil {
		return notAsked(settings)
	}
	others := asked[len(before)+1:]
	if !o.keepOthers {
		others = append(slices.Clip(before), others...)
	}
	for _, h := range others {
		if IsThisProgram(h) {
			continue
		}
		w := At(h.Setting)
		w.Line = git.LineOf(h.Setting)
		ui.Sayf("git asks this helper too: %s (%s)", HelperName(h), w)
		if h.File() != "" {
			ui.Hintf("%s", UnsetHelper(h))
		}
	}
	return nil
}

// notAsked says why git does not ask this program although the lines are written.
func notAsked(settings []git.Setting) error {
	cleared := git.Reset(settings, bitbucket.GitURL)
	switch {
	case cleared == nil:
	case cleared.File() == "":
		return console.WithHintf(errors.New("git does not ask this program all the same: its helpers are cleared on the command line, or in the environment"),
			"%s", OffCommandLine)
	case cleared.IsOfClone():
		return console.WithHintf(fmt.Errorf("git does not ask this program here: this clone's configuration clears the helpers (%s)", At(*cleared)),
			"git credential-bitbucket setup --local")
	}
	return console.WithHintf(errors.New("git does not ask this program all the same"), "git credential-bitbucket check")
}

// undoSetup takes the lines away, from every file that git reads for the scope.
func undoSetup(ctx context.Context, ui *console.Console, o *Options) error {
	files, err := git.ConfigFiles(ctx, ".", o.scope())
	if err != nil {
		return err
	}
	found := false
	for _, file := range files {
		removed := false
		_, err := git.EditConfig(ctx, file, func(e *git.Edit) error {
			removed = removeSetup(e)
			return nil
		})
		if err != nil {
			return WithLock(fmt.Errorf("undo the setup: %w", err), file)
		}
		if removed {
			found = true
			ui.Sayf("removed the lines for %s from %s (%s)", bitbucket.GitURL, scopeNames[o.scope()], shell.Tilde(file))
		}
	}
	if !found {
		ui.Sayf("setup wrote nothing in %s (%s)", scopeNames[o.scope()], shell.Tilde(files[0]))
	}
	return nil
}
