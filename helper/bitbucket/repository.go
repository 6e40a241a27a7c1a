package bitbucket

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// The services of git's endpoint: to fetch and to push.
const (
	uploadPack  = "git-upload-pack"
	receivePack = "git-receive-pack"
)

// Access is what a token may do with one repository: nil for yes, else why not.
type Access struct{ Read, Push error }

// Probe asks git's own endpoint whether a token may read and may push to
// "ws/repo", as git would with that username. Nothing is fetched or pushed
// (docs/bitbucket.md section 5).
func (c *Client) Probe(ctx context.Context, username string, token tokens.Token, repository string) Access {
	return Access{
		Read: c.MayRead(ctx, username, token, repository),
		Push: c.probe(ctx, username, token, repository, receivePack),
	}
}

// MayRead asks the half of Probe that says what a secret is: one request.
func (c *Client) MayRead(ctx context.Context, username string, token tokens.Token, repository string) error {
	return c.probe(ctx, username, token, repository, uploadPack)
}

// RepositoryURL is the URL of "ws/repo", with which git is told of it; of "" it is that of all.
func RepositoryURL(repository string) string {
	workspace, name, _ := strings.Cut(repository, "/")
	if name == "" {
		return GitURL
	}
	return GitURL + "/" + url.PathEscape(workspace) + "/" + url.PathEscape(name) + ".git"
}

func (c *Client) probe(ctx context.Context, username string, token tokens.Token, repository, service string) error {
	a, err := c.ask(ctx, c.git, RepositoryURL(repository)+"/info/refs?service="+service, basic(username, token))
	if OnlyGitGetsThrough(err) && c.ViaGit != nil {
		return c.probeViaGit(ctx, username, token, repository, service)
	}
	if err != nil {
		return err
	}
	// An answer for people, such as a login page, is no answer to git.
	wanted := "application/x-" + service + "-advertisement"
	if a.status == http.StatusOK && a.header.Get("Content-Type") == wanted {
		return nil
	}
	return refusalIn(a, token.Kind())
}

// probeViaGit is the same question through git, which says what it got in its own words.
func (c *Client) probeViaGit(ctx context.Context, username string, token tokens.Token, repository, service string) error {
	status, text, err := c.ViaGit(ctx, username, token, RepositoryURL(repository), service == receivePack)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnreachable, err)
	case status == http.StatusOK:
		return nil
	}
	return refusalIn(&answer{status: status, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte(text)}, token.Kind())
}
