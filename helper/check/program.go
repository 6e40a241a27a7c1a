package check

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/private"
	"git-credential-bitbucket/store/shell"
)

// checkGit reports which git there is.
func checkGit(_ context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	path, err := git.Path()
	if err == nil {
		err = x.versionErr
	}
	if err != nil {
		out.Wrongf(report.CauseUnreadable, setup.Where{}, "", "%v", err)
		return
	}
	out.OKf(setup.Where{File: path}, "git %s", x.gitVersion.Text)
}

// checkProgram reports which program this is, and whether git would find another
// under its name.
func checkProgram(_ context.Context, _ *facts, ask *prober.Prober, out *report.Results) {
	self, err := setup.ProgramPath(os.Getenv("PATH"))
	if err != nil {
		out.Wrongf(report.CauseNotAsked, setup.Where{}, "", "this program does not find itself: %v", err)
		return
	}
	out.OKf(setup.Where{File: self}, "%s %s", console.Program, ask.Run.Version)
	checkWhoChanges(out, self)
	for _, other := range setup.OnPath(os.Getenv("PATH"), console.Program) {
		if !setup.SameFile(other, self) {
			out.Warnf(report.CauseNotAsked, setup.Where{File: other}, "", "another program of this name is on PATH; git may start that one")
		}
	}
}

// checkWhoChanges warns where others could put another program in this one's place.
func checkWhoChanges(out *report.Results, self string) {
	for _, loose := range private.Changeable(self) {
		sudo := hint.Line("")
		if info, err := os.Stat(loose); err == nil && !private.OwnedByUser(info) {
			sudo = "sudo "
		}
		out.Warnf(report.CauseHanded, setup.Where{File: loose}, sudo+"chmod go-w "+shell.Path(loose), "other users can change %s, and so the program that git starts", shell.Tilde(loose))
	}
}

// checkStart finds out whether git can start this program as it is configured,
// from here and from an editor that has no shell's PATH.
func checkStart(ctx context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	_, ours := git.SplitAt(git.Helpers(x.settings, x.target.forHelpers()), setup.IsThisProgram)
	if ours == nil {
		out.Skipf("git does not ask this program")
		return
	}
	if path := ours.Program(); path != "" {
		checkStartsPath(x, out, *ours, path)
		return
	}
	checkStartsName(ctx, x, out, *ours)
}

func checkStartsPath(x *facts, out *report.Results, ours git.Helper, path string) {
	self, _ := os.Executable()
	switch info, err := os.Stat(path); {
	case errors.Is(err, os.ErrNotExist):
		wrongStart(x, out, setup.At(ours.Setting), "git is told to start %s, which is not there", shell.Tilde(path))
	case err != nil:
		wrongStart(x, out, setup.At(ours.Setting), "git is told to start a program that cannot be found: %v", err)
	case info.IsDir() || runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		wrongStart(x, out, setup.At(ours.Setting), "git is told to start %s, which is not a program", shell.Tilde(path))
	case !setup.SameFile(path, self):
		out.Warnf(report.CauseNotAsked, setup.At(ours.Setting), "", "git starts %s, which is another program than this one", shell.Tilde(path))
	default:
		out.OKf(setup.At(ours.Setting), "git starts it by its absolute path, from everywhere")
	}
}

// wrongStart reports a program that cannot be started; setup writes the right line.
func wrongStart(x *facts, out *report.Results, at setup.Where, format string, args ...any) {
	out.Add(report.Diagnosis{Result: report.Error, Cause: report.CauseNotAsked, Where: at, Do: report.FixCommand, Steps: x.settingUp(),
		Found: fmt.Sprintf(format, args...)})
}

func checkStartsName(ctx context.Context, x *facts, out *report.Results, ours git.Helper) {
	execPath, err := git.ExecPath(ctx)
	if err != nil {
		out.Skipf("%v", err)
		return
	}
	self, _ := os.Executable()
	join := func(path string) string { return execPath + string(filepath.ListSeparator) + path }
	found := setup.OnPath(join(os.Getenv("PATH")), console.Program)
	bare := setup.OnPath(join(setup.BarePath()), console.Program)
	switch {
	case len(found) == 0:
		wrongStart(x, out, setup.At(ours.Setting), "git does not find git-credential-bitbucket on PATH")
	case !setup.SameFile(found[0], self):
		wrongStart(x, out, setup.Where{File: found[0]}, "git finds another program of this name first")
	case runtime.GOOS != "windows" && len(bare) == 0:
		out.Warnf(report.CauseEditor, setup.Where{File: found[0]}, "git credential-bitbucket setup",
			"git finds it on your shell's PATH, but not when an editor is started from the desktop")
	default:
		out.OKf(setup.Where{File: found[0]}, "git finds it by its name")
	}
}

// checkConfiguration reports whether git can read its own configuration, and this
// clone at all.
func checkConfiguration(_ context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	if x.settingErr != nil {
		unreadable(out, x.settingErr)
		return
	}
	out.OKf(setup.Where{}, "%s", report.Plural(len(x.settings), "setting"))
	for _, s := range x.settings {
		if reason, fatal := git.Fatal(s); fatal {
			w := setup.At(s)
			w.Line = git.LineOf(s)
			out.Wrongf(report.CauseUnreadable, w, setup.EditCommand(s), "git stops at %s: %s", found.ShownKey(s.Key), reason)
		}
	}
	folder, _ := filepath.Abs(".")
	switch {
	case errors.Is(x.hereErr, git.ErrEmbedded):
		out.Warnf(report.CausePassed, setup.Where{File: folder}, "", "not looked at: %v", x.hereErr)
	case errors.Is(x.hereErr, git.ErrNotOwn):
		out.Warnf(report.CauseUnreadable, setup.Where{File: folder}, "", "this clone is not looked at: %v", x.hereErr)
	case x.hereErr != nil && strings.Contains(x.hereErr.Error(), "dubious ownership"):
		out.Warnf(report.CauseUnreadable, setup.Where{File: folder}, "git config --global --add safe.directory "+shell.Path(folder),
			"git does not trust this clone, since it is another user's")
	}
}

func unreadable(out *report.Results, err error) {
	reason, file, line := git.WhyUnreadable(err)
	if line == 0 {
		out.Wrongf(report.CauseUnreadable, setup.Where{}, "", "git cannot read its configuration: %s", reason)
		return
	}
	out.Wrongf(report.CauseUnreadable, setup.Where{File: file, Line: line}, setup.EditFile(file, line),
		"git cannot read its configuration")
}

// checkRetries knows of a loop in newer gits (docs/protocol.md section 3).
func checkRetries(ctx context.Context, x *facts, _ *prober.Prober, out *report.Results) {
	if !x.gitVersion.AtLeast(2, 54) {
		out.OKf(setup.Where{}, "git before 2.54 does not retry")
		return
	}
	s, err := git.LastForURL(ctx, x.settings, "http", "maxretries", bitbucket.GitURL)
	switch {
	case err != nil:
		out.Skipf("%v", err)
		return
	case s != nil && s.Value != "0":
		out.OKf(setup.At(*s), "http.maxRetries is %s", s.Value)
		return
	}
	out.Warnf(report.CauseVersion, setup.Where{}, "git config --global http.maxRetries 1",
		"with http.maxRetries 0 this git repeats without end where Bitbucket refuses and then limits its requests")
}
