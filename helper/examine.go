package helper

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/helper/verify"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

// checks are what check looks at, in the order of its report.
var checks = []struct {
	name string
	run  func(*examination)
	// needsConfig: it says nothing where git's configuration cannot be read.
	needsConfig bool
}{
	{"git", (*examination).checkGit, false},
	{"program", (*examination).checkProgram, false},
	{"configuration", (*examination).checkConfiguration, false},
	{"helpers", (*examination).checkHelpers, true},
	{"start", (*examination).checkStart, true},
	{"other helpers", (*examination).checkOtherHelpers, true},
	{"netrc", (*examination).checkNetrc, false},
	{"git-credentials", (*examination).checkCredentialFiles, false},
	{"remotes", (*examination).checkRemotes, true},
	{"rewriting", (*examination).checkRewriting, true},
	{"headers", (*examination).checkHeaders, true},
	{"proxy", (*examination).checkProxy, true},
	{"vault", (*examination).checkVaults, false},
	{"leftovers", (*examination).checkLeftovers, false},
	{"tokens", (*examination).checkTokens, false},
	{"answer", (*examination).checkAnswer, true},
	{"path", (*examination).checkPath, true},
	{"lfs", (*examination).checkLFS, true},
	{"retries", (*examination).checkRetries, true},
	{"questions", (*examination).checkQuestions, false},
}

// asksInAll bounds all questions to Bitbucket of one check.
const asksInAll = 60 * time.Second

// examination is one check under way: what there is to look at, and what was found.
type examination struct {
	*app
	options *checkOptions
	name    string // of the check that runs
	report  []diagnosis

	gitVersion git.Version
	versionErr error
	settings   []git.Setting // as they hold here
	settingErr error
	here       git.Clone
	hereErr    error           // why this is no clone
	clones     []lookedAt      // whose remotes are looked at
	brought    map[string]bool // files of clones' configuration, and whether they are content
	target     target
	told       *bool // what tellsName found out

	entries    []store.Entry
	entriesErr error
	noFolder   error // why there is no place for entries
	env        *store.Environment
	envErr     error

	locked   func() (bool, error) // whether the keychain is; it is asked once
	troubles map[string]error     // of the vaults, once they are known
	saveIn   place                // for tokens that are to be saved

	client    *bitbucket.Client // nil: nobody is asked
	clientErr error
	asking    context.Context
	answers   map[pair]gitAnswer            // of git's endpoint, by who asked
	verdicts  map[tokens.Token]foundVerdict // of REST, about tokens that were found
	questions int                           // about secrets that were found
	unasked   map[pair]bool                 // for which there were too many
	planned   map[tokens.Token]string       // the names of tokens that are to be saved
	alive     map[string]verify.Finding
	down      error  // why Bitbucket cannot be reached, once that is known
	first     string // what git uses before it asks this program; "" if nothing
	firstRank cause
}

// lookedAt is a clone with its settings, and the addresses in them.
type lookedAt struct {
	git.Clone
	settings []git.Setting
	remotes  []git.Remote
}

// lookAt adds a clone to those whose remotes are looked at.
func (x *examination) lookAt(clone git.Clone, settings []git.Setting) {
	x.clones = append(x.clones, lookedAt{clone, settings, git.Remotes(settings)})
	x.noteBrought(clone, settings)
}

// noteBrought finds out which files of a clone's configuration are content of a repository:
// git takes the addresses of submodules from .gitmodules, and what a clone's own file
// includes may be tracked.
func (x *examination) noteBrought(clone git.Clone, settings []git.Setting) {
	for _, s := range settings {
		if _, known := x.brought[s.File()]; s.IsOfClone() && !known {
			x.brought[s.File()] = clone.IsSubmodule() || !clone.Owns(s.File())
		}
	}
}

// isBrought reports whether a setting is content of a repository, and so no evidence about
// the person.
func (x *examination) isBrought(s git.Setting) bool {
	section, _, _ := git.SplitKey(s.Key)
	return section == "submodule" || x.brought[s.File()]
}

// target is the place on Bitbucket that git is to reach.
type target struct {
	given      bool        // as an argument
	address    string      // without a username or a password
	username   string      // in the URL
	untold     string      // the same, where git does not tell helpers
	repository string      // "ws/repo"; "" where there is none
	bare       bool        // the URL has it without .git
	setting    git.Setting // where it stands, if it was not given
}

// examine runs all checks.
func (a *app) examine(o *checkOptions, address string) (*examination, error) {
	x := &examination{app: a, options: o, answers: map[pair]gitAnswer{}, verdicts: map[tokens.Token]foundVerdict{}, unasked: map[pair]bool{},
		planned: map[tokens.Token]string{}, alive: map[string]verify.Finding{}, troubles: map[string]error{}, brought: map[string]bool{}, saveIn: o.place}
	ctx, cancel := context.WithTimeout(a.ctx, asksInAll)
	defer cancel()
	x.asking = ctx
	x.locked = sync.OnceValues(func() (bool, error) { return x.keys.Locked(x.ctx) })
	x.gather()
	if err := x.aim(address); err != nil {
		return nil, err
	}
	if err := x.survey(); err != nil {
		return nil, err
	}
	for _, c := range checks {
		x.name = c.name
		if c.needsConfig && x.settingErr != nil {
			x.skip("git's configuration cannot be read")
			continue
		}
		c.run(x)
	}
	return x, nil
}

// gather reads what the checks look at.
func (x *examination) gather() {
	x.gitVersion, x.versionErr = git.ReadVersion(x.ctx)
	x.settings, x.here, x.hereErr, x.settingErr = git.SettingsIn(x.ctx, ".")
	x.noteBrought(x.here, x.settings)
	if x.entries, x.entriesErr = x.store.Entries(); errors.Is(x.entriesErr, store.ErrNoFolder) {
		x.noFolder, x.entriesErr = x.entriesErr, nil
	}
	x.env, x.envErr = store.FromEnvironment(x.getenv)
	if !x.options.offline {
		x.client, x.clientErr = x.app.client(x.settings)
	}
}

// aim finds out which repository this is about: the one named, or that of the
// clone's remote.
func (x *examination) aim(text string) error {
	x.target = target{address: bitbucket.GitURL}
	defer x.listenForName()
	if text != "" {
		return x.aimAt(text)
	}
	aimed := false
	for _, r := range git.Remotes(x.settings) {
		if r.Kind() == "remote" && isBitbucket(r.Used) && (!aimed || r.Key == "remote.origin.url") {
			aimed = true
			x.target.username, x.target.repository = r.Used.User, asPath(r.Used)
			x.target.bare, x.target.setting = !hasSuffix(r.Used), r.Setting
		}
	}
	x.target.addPath()
	return nil
}

// listenForName leaves out of the target a name that git does not tell helpers.
func (x *examination) listenForName() {
	if x.target.username != "" && !x.tellsName() {
		x.target.username, x.target.untold = "", x.target.username
	}
}

// tellsName reports whether git tells helpers the name in a URL; it is tried once.
func (x *examination) tellsName() bool {
	if x.told == nil {
		told, err := git.TellsURLName(x.ctx)
		told = told || err != nil
		x.told = &told
	}
	return *x.told
}

func (x *examination) aimAt(given string) error {
	address, isURL := git.ParseAddress(given)
	if isURL && !isBitbucket(address) {
		return console.Usagef("%s is not on bitbucket.org; this program is for that host alone", shownAddress(address))
	}
	text := given
	if isURL {
		text = address.Path
		x.target.username, x.target.bare = address.User, !hasSuffix(address)
	}
	place, err := store.ParseFor(text)
	if err != nil {
		return console.Usagef("check: %v, or a URL on bitbucket.org", err)
	}
	x.target.given = true
	x.target.repository = asRepository(place)
	if x.target.repository == "" {
		return console.Usagef("check: which repository? write WORKSPACE/REPOSITORY")
	}
	x.target.addPath()
	if isURL {
		x.lookAt(git.Clone{}, []git.Setting{{Scope: "given", Key: "remote.given.url", Value: given}})
	}
	return nil
}

// addPath adds the repository to the address as it stands in the URL, which git's
// configuration may be about.
func (t *target) addPath() {
	if t.repository == "" {
		return
	}
	t.address += "/" + t.repository
	if !t.bare {
		t.address += ".git"
	}
}

// hasSuffix reports whether a repository's URL ends as git names its folder.
func hasSuffix(a git.Address) bool { return strings.HasSuffix(strings.TrimSuffix(a.Path, "/"), ".git") }

// forHelpers is the address by which git chooses what its section credential says.
func (t target) forHelpers() string { return t.withName(t.username) }

// forHTTP is the one by which it chooses what its section http says.
func (t target) forHTTP() string { return t.withName(t.urlName()) }

// urlName is the name in the URL, which curl knows, and the file that it reads for
// itself is asked for.
func (t target) urlName() string { return cmp.Or(t.username, t.untold) }

func (t target) withName(name string) string {
	if name == "" {
		return t.address
	}
	return strings.Replace(t.address, "://", "://"+url.PathEscape(name)+"@", 1)
}

// asRepository returns "ws/repo" for a path that names a repository, or "".
func asRepository(path string) string {
	place := store.ForPath(strings.TrimPrefix(path, "/"))
	if !strings.Contains(place, "/") {
		return ""
	}
	return place
}

// isBitbucket reports whether an address means bitbucket.org, in whatever old way.
func isBitbucket(a git.Address) bool {
	host := strings.TrimPrefix(a.Hostname(), "www.")
	return (a.Scheme == "https" || a.Scheme == "http") && host == store.GitHost
}

// request is what git asks helpers for at the target.
func (x *examination) request() store.Request {
	r := store.Request{Service: store.Git, Username: x.target.username}
	if s := git.Lookup(x.settings, "credential", x.target.forHelpers(), "username"); r.Username == "" && s != nil {
		r.Username = s.Value
	}
	if x.target.repository != "" && x.pathIsSent() {
		r.Path = x.target.repository + ".git"
	}
	return r
}

// whereNamed is the setting that the username of the request comes from.
func (x *examination) whereNamed() git.Setting {
	if s := git.Lookup(x.settings, "credential", x.target.forHelpers(), "username"); x.target.username == "" && s != nil {
		return *s
	}
	return x.target.setting
}

// surveyTime bounds the search for clones.
const surveyTime = 5 * time.Minute

// survey finds the clones whose remotes are looked at.
func (x *examination) survey() error {
	switch {
	case x.options.under != "" && x.target.given:
		return console.Usagef("a URL and --under do not go together")
	case x.options.under == "":
		if x.hereErr == nil && !x.target.given {
			x.lookAt(x.here, x.settings)
		}
		return nil
	}
	x.name = "clones"
	ctx, cancel := context.WithTimeout(x.ctx, surveyTime)
	defer cancel()
	progress := x.ui.Progress()
	defer progress.End()
	survey := git.Survey{
		Progress: func(clones int) { progress.Showf("looking for clones: %d so far", clones) },
		Each: func(clone git.Clone, settings []git.Setting, err error) {
			switch {
			case errors.Is(err, git.ErrNotOwn):
				x.warn(causeUnreadable, setup.Where{File: clone.Dir}, "", "this clone is not looked at: %v", err)
			case err != nil:
				x.warn(causeUnreadable, setup.Where{File: clone.Dir}, "", "git does not read this clone: %v", err)
			default:
				x.lookAt(clone, settings)
			}
		},
	}
	err := survey.Below(ctx, x.options.under)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		x.warn(causeUnreadable, setup.Where{File: x.options.under}, "", "the search took over %v and was ended; name a smaller folder", surveyTime)
	case errors.Is(err, os.ErrNotExist):
		return console.Usagef("--under: there is no folder %s", x.options.under)
	case err != nil:
		return fmt.Errorf("--under: %w", err)
	}
	slices.SortFunc(x.clones, func(a, b lookedAt) int { return strings.Compare(a.Dir, b.Dir) })
	slices.SortStableFunc(x.report, func(a, b diagnosis) int { return strings.Compare(a.where.File, b.where.File) })
	x.namePassed(&survey)
	x.ok(setup.Where{File: x.options.under}, "%s found", plural(len(x.clones), "clone"))
	return nil
}

// namePassed names what the search for clones passed over.
func (x *examination) namePassed(survey *git.Survey) {
	if p := survey.Unreadable; p.Count > 0 {
		x.warn(causeUnreadable, setup.Where{File: p.First}, "", "%s could not be looked into", plural(p.Count, "folder"))
	}
	for _, top := range slices.Sorted(maps.Keys(survey.Inside)) {
		p := survey.Inside[top]
		x.warn(causePassed, setup.Where{File: p.First}, checkIn(p.First), "%s inside the clone %s %s not looked at",
			plural(p.Count, "repository"), console.Tilde(top), isOrAre(p.Count))
	}
	if p := survey.Bare; p.Count > 0 {
		x.warn(causePassed, setup.Where{File: p.First}, checkIn(p.First), "%s %s not looked at", plural(p.Count, "bare repository"), isOrAre(p.Count))
	}
}

func checkIn(dir string) console.CommandLine {
	return "cd " + console.ShellPath(dir) + " && git credential-bitbucket check"
}

// usesFirst notes what git uses in place of this program's answer. What ranks
// before hides what ranks behind.
func (x *examination) usesFirst(rank cause, what string) {
	if x.first == "" || rank < x.firstRank {
		x.first, x.firstRank = what, rank
	}
}

func (x *examination) add(d diagnosis) {
	d.check = x.name
	if d.do == fixCommand && len(d.steps) == 0 {
		d.do = "git credential-bitbucket setup" // which says why it cannot be planned
	}
	x.report = append(x.report, d)
}

func (x *examination) ok(at setup.Where, format string, args ...any) {
	x.add(diagnosis{result: resultOK, found: fmt.Sprintf(format, args...), where: at})
}

func (x *examination) skip(format string, args ...any) {
	x.add(diagnosis{result: resultSkipped, found: fmt.Sprintf(format, args...)})
}

func (x *examination) warn(c cause, at setup.Where, do console.CommandLine, format string, args ...any) {
	x.add(diagnosis{result: resultWarning, cause: c, where: at, do: do, found: fmt.Sprintf(format, args...)})
}

func (x *examination) wrong(c cause, at setup.Where, do console.CommandLine, format string, args ...any) {
	x.add(diagnosis{result: resultError, cause: c, where: at, do: do, found: fmt.Sprintf(format, args...)})
}
