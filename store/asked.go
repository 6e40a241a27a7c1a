package store

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"git-credential-bitbucket/store/private"
)

// Git before 2.46 does not repeat a helper's words, so it is noted whose question this
// program left unanswered: what the same process reports afterwards came from a person or
// another helper, and not from a URL.

const (
	askedFolder = "asked"
	// mostAsked is how many questions are noted. The oldest is forgotten for a new one.
	mostAsked = 16
	// askedLasts is for how long a note counts. A person may take time to find a token.
	askedLasts = time.Hour
)

// NoteQuestion notes that a caller's question was left unanswered. caller is made of
// digits and "-"; named: the question had a username in it.
func (s *Store) NoteQuestion(caller string, named bool) error {
	path, err := s.questionPath(caller)
	if err != nil {
		return err
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	folder := filepath.Dir(path)
	if err := private.NewFolder(folder, nil).Make(); err != nil {
		return err
	}
	forgetOldQuestions(folder)
	text := ""
	if named {
		text = "named"
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	return errors.Join(err, file.Close())
}

// TakeQuestion reports whether a caller's question was left unanswered, and whether that
// had a username in it. It counts once.
func (s *Store) TakeQuestion(caller string) (asked, named bool) {
	path, err := s.questionPath(caller)
	if err != nil {
		return false, false
	}
	info, err := os.Lstat(path)
	if err != nil || !info.Mode().IsRegular() || os.Remove(path) != nil {
		return false, false
	}
	age := time.Since(info.ModTime())
	return age >= 0 && age < askedLasts, info.Size() > 0
}

func (s *Store) questionPath(caller string) (string, error) {
	if caller == "" || len(caller) > 64 || strings.Trim(caller, "0123456789-") != "" {
		return "", errors.New("note a question: the caller has no name")
	}
	return filepath.Join(s.dir, askedFolder, caller), s.dirErr
}

// forgetOldQuestions keeps the folder small: most questions are never followed by a report.
func forgetOldQuestions(folder string) {
	notes, err := os.ReadDir(folder)
	if err != nil || len(notes) < mostAsked {
		return
	}
	noted := func(note fs.DirEntry) time.Time {
		info, err := note.Info()
		if err != nil {
			return time.Time{}
		}
		return info.ModTime()
	}
	slices.SortFunc(notes, func(a, b fs.DirEntry) int { return cmp.Compare(noted(a).UnixNano(), noted(b).UnixNano()) })
	for _, note := range notes[:len(notes)-mostAsked+1] {
		os.Remove(filepath.Join(folder, note.Name()))
	}
}
