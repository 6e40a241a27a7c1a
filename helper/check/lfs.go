package check

import (
	"context"
	"fmt"
	"path/filepath"

	"git-credential-bitbucket/helper/bitbucket"
	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/check/prober"
	"git-credential-bitbucket/helper/check/report"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/shell"
)

// checkLFS knows that Git LFS asks for no credential where Bitbucket answers its
// anonymous request with 403 (docs/bitbucket.md section 1, point 9).
func checkLFS(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results) {
	uses := false
	for _, clone := range x.clones {
		if clone.CommonDir == "" || !clone.UsesLFS() {
			continue
		}
		uses = true
		checkLFSConfig(ctx, x, ask, out, clone)
		for _, url := range lfsURLs(ctx, x, clone) {
			refusedLFS(out, clone, url)
		}
	}
	switch {
	case len(out.Report) > 0:
	case uses:
		out.OKf(setup.Where{}, "Git LFS sends a credential")
	default:
		out.OKf(setup.Where{}, "Git LFS is not used here")
	}
}

// lfsURLs are the addresses on bitbucket.org at which Git LFS asks without a login. In the clone
// that this is, Git LFS says so itself; in others, and where it is not installed, they follow
// from the remotes.
func lfsURLs(ctx context.Context, x *facts, clone lookedAt) (urls []string) {
	if clone.Dir == x.here.Dir {
		if endpoints, err := clone.LFSEndpoints(ctx); err == nil {
			for _, e := range endpoints {
				// One with a secret in it has a line of its own.
				if _, hasSecret := found.SecretIn(e.Address); found.IsBitbucket(e.Address) && e.Access == "none" && !hasSecret {
					e.Address.User = ""
					urls = append(urls, e.Address.String())
				}
			}
			return urls
		}
	}
	for _, r := range clone.remotes {
		_, _, key := git.SplitKey(r.Key)
		repository := found.Repository(r.Used)
		if r.Kind() != "remote" || key != "url" || !found.IsBitbucket(r.Used) || repository == "" {
			continue
		}
		url := lfsURL(repository)
		one, _ := git.Value(clone.settings, "lfs."+url+".access")
		if all, _ := git.Value(clone.settings, "lfs."+bitbucket.GitURL+".access"); one != "basic" && (one != "" || all != "basic") {
			urls = append(urls, url)
		}
	}
	return urls
}

// checkLFSConfig looks at the addresses that a repository's .lfsconfig names. They are content, so
// they are not changed: an address of the person's own goes before them.
func checkLFSConfig(ctx context.Context, x *facts, ask *prober.Prober, out *report.Results, clone lookedAt) {
	settings, err := clone.LFSConfig(ctx)
	if err != nil {
		out.Warnf(report.CauseUnreadable, setup.Where{File: clone.Dir}, "", "its .lfsconfig cannot be read: %v", err)
		return
	}
	for _, r := range git.Remotes(settings) {
		secret, hasSecret := found.SecretIn(r.Address)
		if _, overruled := git.Value(clone.settings, r.Key); !hasSecret || overruled || !found.IsBitbucket(r.Address) {
			continue
		}
		secret.FromRepository = true
		f := ask.Judge(ctx, secret)
		d := report.Diagnosis{Result: report.Warning, Cause: report.CauseURL, Where: setup.Where{File: r.File()},
			Do:    "git -C " + shell.Path(clone.Dir) + " config " + shell.Word(r.Key) + " " + shell.Word(x.nameless(r)),
			Found: fmt.Sprintf("%s in .lfsconfig has %s, and Git LFS asks no helper for it", found.RemoteName(r), f.What())}
		if f.IsDead() || f.IsRefused() || f.Verdict == found.WrongName {
			d.Result = report.Error
		}
		out.Add(d)
	}
}

func refusedLFS(out *report.Results, clone lookedAt, url string) {
	repository := url
	if address, ok := git.ParseAddress(url); ok && found.Repository(address) != "" {
		repository = found.Repository(address)
	}
	set := fix.SwitchOn{Scope: git.Local, File: git.RealPath(filepath.Join(clone.CommonDir, "config")), Section: "lfs", Sub: url, Name: "access", Value: "basic",
		Why: "Git LFS sends a credential for " + repository}
	out.Add(report.Diagnosis{Result: report.Error, Cause: report.CauseLFS, Where: setup.Where{File: clone.Dir}, Do: report.FixCommand, Steps: []fix.Step{set}, Otherwise: overruling(clone, set),
		Found: fmt.Sprintf("Git LFS is used, and Bitbucket refuses it before it asks for a credential for %s", repository)})
}

// overruling returns the command that removes an old value which would win over the new one.
func overruling(clone lookedAt, set fix.SwitchOn) hint.Line {
	var last *git.Setting
	for i, s := range clone.settings {
		if s.Key == set.Setting() {
			last = &clone.settings[i]
		}
	}
	switch {
	case last == nil:
		return ""
	case last.File() == "":
		return setup.OffCommandLine
	default:
		return setup.UnsetCommand(*last)
	}
}

// lfsURL is where Git LFS looks for a repository's files
// (https://github.com/git-lfs/git-lfs/blob/main/docs/api/server-discovery.md).
func lfsURL(repository string) string { return bitbucket.RepositoryURL(repository) + "/info/lfs" }
