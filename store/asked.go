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
	folder, err := s.questions(caller)
	if err != nil {
		return err
	}
	if err := s.makeDir(); err != nil {
		return err
	}
	forgetOldQuestions(folder.Path())
	text := "any\n"
	if named {
		text = "named\n"
	}
	return folder.Write(caller, []byte(text))
}

// TakeQuestion reports whether a caller's question was left unanswered, and whether that
// had a username in it. It counts once.
func (s *Store) TakeQuestion(caller string) (asked, named bool) {
	folder, err := s.questions(caller)
	if err != nil {
		return false, false
	}
	text, err := folder.Read(caller)
	if err != nil {
		return false, false
	}
	info, err := os.Lstat(folder.File(caller))
	if err != nil || folder.Remove(caller) != nil {
		return false, false
	}
	age := time.Since(info.ModTime())
	return age >= 0 && age < askedLasts, string(text) != "any\n"
}

// questions is the folder of the notes, for a caller that may have one.
func (s *Store) questions(caller string) (private.Folder, error) {
	if caller == "" || len(caller) > 64 || strings.Trim(caller, "0123456789-") != "" {
		return private.Folder{}, errors.New("note a question: the caller has no name")
	}
	return private.NewFolder(filepath.Join(s.dir, askedFolder), s.dirErr), s.dirErr
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
