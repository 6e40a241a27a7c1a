package git

import (
	"context"
	"os"
	"path/filepath"
	"strings"
)

// LFSEndpoint is an address that Git LFS uses in a clone.
type LFSEndpoint struct {
	Text    string // as Git LFS says it; a password may be in it
	Access  string // "none": it asks without a login, else "basic" and the like
	Address Address
}

// LFSEndpoints asks Git LFS which addresses it uses in a clone, .lfsconfig included. An error may
// mean that it is not installed.
func (c Clone) LFSEndpoints(ctx context.Context) (endpoints []LFSEndpoint, err error) {
	out, err := job{dir: c.Dir, without: cloneVariables, env: mute}.run(ctx, "lfs", "env")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(out)) {
		// Endpoint=URL (auth=none), and for further remotes Endpoint (NAME)=URL (auth=none).
		head, rest, found := strings.Cut(strings.TrimSpace(line), "=")
		text, access, told := strings.Cut(rest, " (auth=")
		address, isURL := ParseAddress(text)
		if found && told && isURL && (head == "Endpoint" || strings.HasPrefix(head, "Endpoint (")) {
			endpoints = append(endpoints, LFSEndpoint{text, strings.TrimSuffix(access, ")"), address})
		}
	}
	return endpoints, nil
}

// LFSConfig returns the settings in the clone's .lfsconfig, which is content of the repository;
// none if there is none.
func (c Clone) LFSConfig(ctx context.Context) ([]Setting, error) { return c.tracked(ctx, ".lfsconfig") }

// Modules returns the settings in the clone's .gitmodules; none if there is none.
func (c Clone) Modules(ctx context.Context) ([]Setting, error) { return c.tracked(ctx, ".gitmodules") }

// maxTracked is the largest such file that is read, in bytes.
const maxTracked = 4 << 20

// tracked reads a file at the top of the work tree as git reads configuration.
func (c Clone) tracked(ctx context.Context, name string) ([]Setting, error) {
	path := filepath.Join(c.Dir, name)
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxTracked {
		return nil, nil
	}
	return listFile(ctx, path)
}
