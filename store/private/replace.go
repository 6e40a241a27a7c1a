package private

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/robustio"
)

// Replacement is what a file is to hold, written beside it and safely on the disk.
type Replacement struct {
	path string // of the file
	name string // where the new text is until Commit
}

// Replace puts data in place of a file: whole, or not at all. The file has the mode
// 0600 then, and the owner that it had or, if it is new, that of its folder.
func Replace(path string, data []byte) error {
	r, err := writeBeside(path, data, nil)
	if err != nil {
		return err
	}
	return r.Commit()
}

// WriteBeside is the first half of replacing a file that keeps its mode as well; mode,
// less the umask, is that of a new one. Commit or Discard must follow.
func WriteBeside(path string, data []byte, mode fs.FileMode) (*Replacement, error) {
	return writeBeside(path, data, &mode)
}

// WriteNew makes a file that is not there yet, with the mode 0600 and the owner of
// another one; nil: that of its folder, as Replace has it.
func WriteNew(path string, data []byte, owner fs.FileInfo) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY|noFollow, fileMode)
	if err != nil {
		return err
	}
	return finish(f, path, data, owner, fileMode)
}

// Name is where the new text is until it takes the file's place.
func (r *Replacement) Name() string { return r.name }

// Commit puts it in the file's place, which Windows refuses for a moment while
// another process reads that.
func (r *Replacement) Commit() error {
	if err := robustio.Rename(r.name, r.path); err != nil {
		r.Discard()
		return err
	}
	syncFolder(filepath.Dir(r.path))
	return nil
}

// Discard takes it away. After Commit it does nothing.
func (r *Replacement) Discard() { os.Remove(r.name) }

// writeBeside writes the new text with the mode that it is to have in the end: mode
// for a new file, and that of one that is there; without mode it is always 0600.
func writeBeside(path string, data []byte, mode *fs.FileMode) (*Replacement, error) {
	replaced, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		replaced = nil
	case err != nil:
		return nil, err
	case replaced.Mode().Type() == fs.ModeSymlink:
		return nil, &UnsafeError{Path: path, Problem: IsLink}
	case !replaced.Mode().IsRegular():
		return nil, &UnsafeError{Path: path, Problem: IsOtherType}
	}
	made, final := fileMode, fileMode
	switch {
	case mode != nil && replaced != nil:
		final = replaced.Mode().Perm()
	case mode != nil:
		made, final = *mode, 0 // as the umask leaves it
	}
	f, err := createBeside(path, made)
	if err != nil {
		return nil, err
	}
	if err := finish(f, path, data, replaced, final); err != nil {
		return nil, err
	}
	return &Replacement{path, f.Name()}, nil
}

// finish fills a new file, waits until it is on the disk, and closes it; it takes it
// away if that fails. final is the file's mode in the end; 0: as it is.
func finish(f *os.File, path string, data []byte, owner fs.FileInfo, final fs.FileMode) error {
	err := giveOwner(f, path, owner)
	if err == nil && final != 0 && !hasGroupOf(f, owner) {
		final &^= 0o070 // what the old file's group might do, the new one's may not
	}
	if err == nil && final != 0 {
		err = f.Chmod(final)
	}
	if err == nil {
		_, err = f.Write(data)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return named(err, path)
	}
	return nil
}

// createBeside makes a new file in the folder of another, of a name that no file has.
func createBeside(path string, mode fs.FileMode) (*os.File, error) {
	const tries = 1000
	for try := 1; ; try++ {
		name := filepath.Join(filepath.Dir(path), fmt.Sprintf("%s%d", temporaryPrefix(path), rand.Uint32()))
		f, err := os.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY|noFollow, mode)
		if errors.Is(err, fs.ErrExist) && try < tries {
			continue
		}
		return f, named(err, path)
	}
}

// named puts the file's own path into an error, in place of that of the new one, which
// says nothing to a reader.
func named(err error, path string) error {
	var failed *fs.PathError
	if errors.As(err, &failed) {
		return &fs.PathError{Op: "write", Path: path, Err: failed.Err}
	}
	return err
}

// temporaryPrefix begins the name of what is written beside a file; digits follow.
func temporaryPrefix(path string) string { return "." + filepath.Base(path) + "-" }

// isTemporary reports whether a name is that of what is written beside any file.
func isTemporary(name string) bool {
	cut := strings.LastIndexByte(name, '-')
	return cut > 1 && name[0] == '.' && isNumber(name[cut+1:])
}

func isNumber(text string) bool { return text != "" && strings.Trim(text, "0123456789") == "" }

// isTemporaryOf reports the same for one file.
func isTemporaryOf(path, name string) bool {
	number, found := strings.CutPrefix(name, temporaryPrefix(path))
	return found && isNumber(number)
}

// isOldTemporaryOf knows how earlier versions named what they wrote beside git's
// configuration and files of passwords: NAME.XXXXXXXX.new.
func isOldTemporaryOf(path, name string) bool {
	rest, found := strings.CutPrefix(name, filepath.Base(path)+".")
	middle, isNew := strings.CutSuffix(rest, ".new")
	return found && isNew && len(middle) == 8 && strings.Trim(middle, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") == ""
}

// RemoveTemporaries takes away what killed processes left beside a file. Only who
// holds the file's lock may do it.
func RemoveTemporaries(path string) error {
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return err
	}
	for _, file := range files {
		if !isTemporaryOf(path, file.Name()) {
			continue
		}
		if err := removeFile(filepath.Join(filepath.Dir(path), file.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// Beside lists what killed processes left beside a file or, if it is a link, beside
// what it leads to, and the copies of it that were kept, which CopyName named.
func Beside(path string) (temporaries, copies []string) {
	temporaries, copies = beside(path)
	if real, err := filepath.EvalSymlinks(path); err == nil && real != path {
		left, _ := beside(real)
		temporaries = append(temporaries, left...)
	}
	return temporaries, copies
}

func beside(path string) (temporaries, copies []string) {
	files, _ := os.ReadDir(filepath.Dir(path))
	for _, file := range files {
		name := filepath.Join(filepath.Dir(path), file.Name())
		number, isCopy := strings.CutPrefix(file.Name(), filepath.Base(path)+copyMark)
		switch {
		case !file.Type().IsRegular():
		case isTemporaryOf(path, file.Name()), isOldTemporaryOf(path, file.Name()):
			temporaries = append(temporaries, name)
		case isCopy && isNumber(number):
			copies = append(copies, name)
		}
	}
	return temporaries, copies
}

// Temporaries lists what killed processes left in a folder in which all files are this
// program's.
func Temporaries(folder string) (temporaries []string) {
	files, _ := os.ReadDir(folder)
	for _, file := range files {
		if file.Type().IsRegular() && isTemporary(file.Name()) {
			temporaries = append(temporaries, filepath.Join(folder, file.Name()))
		}
	}
	return temporaries
}

// copyMark is between a file's name and the number of a copy.
const copyMark = ".before-"

// CopyName is a name beside a file that no file has yet, for a copy of it.
func CopyName(path string) string {
	for n := 1; ; n++ {
		name := fmt.Sprintf("%s%s%d", path, copyMark, n)
		if _, err := os.Lstat(name); err != nil {
			return name
		}
	}
}

// syncFolder waits until a change of names is on the disk. Not every system lets
// a folder be synced; the file itself is safe by then.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		f.Sync()
		f.Close()
	}
}
