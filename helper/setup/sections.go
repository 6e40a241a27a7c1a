package setup

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/git"
)

// Section is one heading of git's configuration for bitbucket.org, and the lines below it.
type Section struct {
	Name  string // such as credential
	Lines []git.Variable
}

// sectionsFor are what setup writes. needsPath: a token is for one workspace or repository.
func sectionsFor(ctx context.Context, o *Options, needsPath bool) ([]Section, error) {
	self, err := ProgramPath(os.Getenv("PATH"))
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	if err := CheckOwnPath(self); err != nil {
		return nil, err
	}
	settings, err := git.Settings(ctx, ".")
	if err != nil {
		settings = nil // in which case nothing of the person's is known
	}
	var lines []git.Variable
	if !o.keepOthers && !hasOwnName(settings) {
		lines = append(lines, git.Variable{Key: "username", Value: noName})
	}
	// Other helpers would not find what they keep without a path.
	if !o.keepOthers || needsPath {
		lines = append(lines, git.Variable{Key: "useHttpPath", Value: "true"})
	}
	if !o.keepOthers {
		lines = append(lines, git.Variable{Key: "helper"})
	}
	sections := []Section{{"credential", append(lines, git.Variable{Key: "helper", Value: HelperCommand(self)})}}
	if usesLFS(ctx, settings) {
		sections = append(sections, Section{"lfs", []git.Variable{{Key: "access", Value: basic, Comment: mark}}})
	}
	if o.proactive || !o.proactiveGiven && isProactive(settings) {
		sections = append(sections, Section{"http", []git.Variable{{Key: "proactiveAuth", Value: basic, Comment: mark}}})
	}
	return sections, nil
}

// basic is a username and a password, as Git LFS and http.proactiveAuth call it.
const basic = "basic"

// usesLFS reports whether Git LFS is installed, and the person has not told it otherwise: without
// a word it asks Bitbucket without a login, and is refused for good (docs/bitbucket.md section
// 1, point 9).
func usesLFS(ctx context.Context, settings []git.Setting) bool {
	if chosen, found := git.Value(git.Own(settings), "lfs."+bitbucket.GitURL+".access"); found && chosen != basic {
		return false
	}
	path := os.Getenv("PATH")
	if execPath, err := git.ExecPath(ctx); err == nil {
		path = execPath + string(filepath.ListSeparator) + path
	}
	return len(OnPath(path, "git-lfs")) > 0
}

// isProactive reports whether git is told to send the token at once to bitbucket.org.
func isProactive(settings []git.Setting) bool {
	value, _ := git.Value(git.Own(settings), "http."+bitbucket.GitURL+".proactiveauth")
	return value == basic
}

// showSections writes settings as they are in a file.
func showSections(sections []Section) string {
	var out strings.Builder
	for _, s := range sections {
		fmt.Fprintf(&out, "[%s \"%s\"]\n", s.Name, bitbucket.GitURL)
		for _, line := range s.Lines {
			out.WriteString(line.String())
		}
	}
	return out.String()
}

// Shown is the same as a person is shown it.
func Shown(sections []Section) string {
	return strings.ReplaceAll(strings.TrimSuffix(showSections(sections), "\n"), "\t", "  ")
}
