package git

import (
	"os"
	"path/filepath"
	"strings"
)

// mostOldRemotes bounds how many files of old remotes are read in one clone.
const mostOldRemotes = 100

// oldRemotes returns the addresses of remotes in files below .git, as git before 1.5 wrote them
// and still reads them where its configuration has no remote of that name (git's
// Documentation/gitrepository-layout.adoc, "remotes" and "branches").
func (c Clone) oldRemotes(settings []Setting) []Setting {
	known := map[string]bool{}
	for _, s := range settings {
		if section, name, _ := SplitKey(s.Key); section == "remote" {
			known[name] = true
		}
	}
	var old []Setting
	for _, folder := range []string{"remotes", "branches"} {
		files, err := os.ReadDir(filepath.Join(c.CommonDir, folder))
		if err != nil {
			continue
		}
		for _, file := range files[:min(len(files), mostOldRemotes)] {
			path := filepath.Join(c.CommonDir, folder, file.Name())
			address := oldAddress(folder, readLine(path))
			if address == "" || known[file.Name()] {
				continue
			}
			known[file.Name()] = true
			old = append(old, Setting{Scope: string(Local), Origin: "file:" + path, Key: "remote." + file.Name() + ".url", Value: address})
		}
	}
	return old
}

// oldAddress finds the address in a file of one of the folders.
func oldAddress(folder, text string) string {
	if folder == "branches" {
		address, _, _ := strings.Cut(text, "#")
		return strings.TrimSpace(address)
	}
	for line := range strings.Lines(text) {
		if address, found := strings.CutPrefix(line, "URL:"); found {
			return strings.TrimSpace(address)
		}
	}
	return ""
}

// IsOld reports whether the address is in a file of its own, which is no configuration.
func (r Remote) IsOld() bool {
	folder := filepath.Base(filepath.Dir(r.File()))
	return r.Kind() == "remote" && (folder == "remotes" || folder == "branches")
}
