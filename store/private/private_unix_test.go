//go:build unix

package private

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestReadTrusted(t *testing.T) {
	const another = 1
	link := func(target, path string) error { return errors.Join(os.Rename(path, target), os.Symlink(target, path)) }
	tests := []struct {
		name    string
		breakIt func(folder, file, elsewhere string) error
		fine    bool
		problem Problem
		root    bool
	}{
		{"closed", func(_, _, _ string) error { return nil }, true, 0, false},
		{"others can read it", func(folder, file, _ string) error { return errors.Join(os.Chmod(file, 0o644), os.Chmod(folder, 0o755)) }, true, 0, false},
		{"a group can write it", func(_, file, _ string) error { return os.Chmod(file, 0o620) }, false, IsLoose, false},
		{"others can write it", func(_, file, _ string) error { return os.Chmod(file, 0o602) }, false, IsLoose, false},
		{"a group can write the folder", func(folder, _, _ string) error { return os.Chmod(folder, 0o770) }, false, IsLoose, false},
		{"others can add to the folder", func(folder, _, _ string) error { return os.Chmod(folder, 0o777|fs.ModeSticky) }, false, IsLoose, false},
		{"a link", func(_, file, elsewhere string) error { return link(elsewhere, file) }, true, 0, false},
		{"a link to what other users can write", func(_, file, elsewhere string) error {
			return errors.Join(link(elsewhere, file), os.Chmod(elsewhere, 0o666))
		}, false, IsLoose, false},
		{"a link into a folder that others can write", func(_, file, elsewhere string) error {
			return errors.Join(link(elsewhere, file), os.Chmod(filepath.Dir(elsewhere), 0o777))
		}, false, IsLoose, false},
		{"a link to a device", func(_, file, _ string) error {
			return errors.Join(os.Remove(file), os.Symlink(os.DevNull, file))
		}, false, IsOtherType, false},
		{"a named pipe", func(_, file, _ string) error {
			return errors.Join(os.Remove(file), syscall.Mkfifo(file, 0o600))
		}, false, IsOtherType, false},
		{"a folder", func(_, file, _ string) error { return errors.Join(os.Remove(file), os.Mkdir(file, 0o700)) }, false, IsOtherType, false},
		{"another's file", func(_, file, _ string) error { return os.Chown(file, another, another) }, false, IsAnothers, true},
		{"another's folder", func(folder, _, _ string) error { return os.Chown(folder, another, another) }, false, IsAnothers, true},
		{"all of it another's, as root meets it in a home", func(folder, file, _ string) error {
			return errors.Join(os.Chown(file, another, another), os.Chown(folder, another, another), os.Chown(filepath.Dir(folder), another, another))
		}, true, 0, true},
		{"another's link", func(_, file, elsewhere string) error {
			return errors.Join(link(elsewhere, file), os.Lchown(file, another, another))
		}, false, IsLink, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if test.root && os.Geteuid() != 0 {
				t.Skip("only root can give files away")
			}
			top := t.TempDir()
			folder, other := filepath.Join(top, "home", "folder"), filepath.Join(top, "other")
			file := filepath.Join(folder, "file")
			if err := errors.Join(os.MkdirAll(folder, 0o700), os.Mkdir(other, 0o700), os.WriteFile(file, []byte("text"), 0o600),
				test.breakIt(folder, file, filepath.Join(other, "file"))); err != nil {
				t.Fatal(err)
			}
			text, err := ReadTrusted(file, 4)
			if test.fine {
				if string(text) != "text" || err != nil || CheckTrusted(file) != nil {
					t.Errorf("got %q, %v", text, err)
				}
				return
			}
			for doing, err := range map[string]error{"read": err, "check": CheckTrusted(file)} {
				var unsafe *UnsafeError
				if !errors.As(err, &unsafe) || unsafe.Problem != test.problem {
					t.Errorf("%s: %v", doing, err)
				}
			}
		})
	}
	path := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(path, []byte("text+"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadTrusted(path, 4); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a long one: %v", err)
	}
	if _, err := ReadTrusted(path+"-no", 4); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
}

// home is a folder that belongs to a person, for root to work in.
func home(t *testing.T) string {
	if os.Geteuid() != 0 {
		t.Skip("only root works in another's home")
	}
	dir := t.TempDir()
	if err := os.Chown(dir, person, person); err != nil {
		t.Fatal(err)
	}
	return dir
}

const person, friend = 1234, 2345

func wantOwner(t *testing.T, path string, uid int, mode fs.FileMode) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	if stat := info.Sys().(*syscall.Stat_t); int(stat.Uid) != uid || int(stat.Gid) != uid || info.Mode().Perm() != mode {
		t.Errorf("%s: owner %d:%d, mode %v", path, stat.Uid, stat.Gid, info.Mode())
	}
}

// Whatever root makes or replaces in a person's home stays the person's.
func TestOwnerIsKept(t *testing.T) {
	dir := home(t)
	in := func(names ...string) string { return filepath.Join(append([]string{dir}, names...)...) }
	write := func(path string, mode fs.FileMode) {
		t.Helper()
		r, err := WriteBeside(path, []byte("text"), mode)
		if err == nil {
			err = r.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(MakeFolder(in("a", "b")), Replace(in("a", "b", "new"), nil)); err != nil {
		t.Fatal(err)
	}
	wantOwner(t, in("a"), person, 0o700)
	wantOwner(t, in("a", "b"), person, 0o700)
	wantOwner(t, in("a", "b", "new"), person, 0o600)

	write(in("config"), 0o640)
	wantOwner(t, in("config"), person, 0o640)
	if err := errors.Join(os.Chown(in("config"), friend, friend), os.Chmod(in("config"), 0o664)); err != nil {
		t.Fatal(err)
	}
	write(in("config"), 0o600)
	wantOwner(t, in("config"), friend, 0o664)
	if err := Replace(in("config"), nil); err != nil {
		t.Fatal(err)
	}
	wantOwner(t, in("config"), friend, 0o600)
	info, err := os.Stat(in("config"))
	if err = errors.Join(err, WriteNew(in("copy"), nil, info), WriteNew(in("mine"), nil, nil)); err != nil {
		t.Fatal(err)
	}
	wantOwner(t, in("copy"), friend, 0o600)
	wantOwner(t, in("mine"), person, 0o600)

	unlock, err := Lock(t.Context(), in("lock"), time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	wantOwner(t, in("lock"), person, 0o600)
	folder := NewFolder(in("folder"), nil)
	if err := errors.Join(folder.Write("x", nil), folder.Write("x", []byte("y"))); err != nil {
		t.Fatal(err)
	}
	wantOwner(t, in("folder"), person, 0o700)
	wantOwner(t, in("folder", "x"), person, 0o600)
	if text, err := folder.Read("x"); string(text) != "y" || err != nil {
		t.Errorf("got %q, %v", text, err)
	}
}

// A group that the new file cannot have hands its rights to no other group. Its member
// replaces the file, in a process of its own.
func TestGroupThatCannotBeKept(t *testing.T) {
	const variable = "GROUP_TEST_FILE"
	if path := os.Getenv(variable); path != "" {
		r, err := WriteBeside(path, []byte("text"), 0o600)
		if err == nil {
			err = r.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	dir := home(t)
	path, program := filepath.Join(dir, "config"), filepath.Join(dir, "test")
	text, err := os.ReadFile(os.Args[0])
	err = errors.Join(err, os.WriteFile(program, text, 0o755), os.WriteFile(path, nil, 0o600), os.Chown(path, person, friend), os.Chmod(path, 0o664),
		os.Chmod(dir, 0o755), os.Chmod(filepath.Dir(dir), 0o755))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-test.run=^TestGroupThatCannotBeKept$", "-test.v")
	cmd.Dir, cmd.Env = dir, []string{variable + "=" + path, "HOME=" + dir, "TMPDIR=" + dir}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: person, Gid: person}}
	if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS") {
		t.Fatalf("%v: %s", err, out)
	}
	wantOwner(t, path, person, 0o604)
}

// Nothing is written by way of a link, and nothing but a file is replaced.
func TestNoLinkIsFollowed(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	for name, path := range map[string]string{"a link": filepath.Join(dir, "link"), "a pipe": fifo} {
		if name == "a link" {
			if err := os.Symlink(precious, path); err != nil {
				t.Fatal(err)
			}
		}
		_, lockErr := Lock(t.Context(), path, time.Minute)
		_, besideErr := WriteBeside(path, nil, 0o600)
		for doing, err := range map[string]error{"Lock": lockErr, "WriteBeside": besideErr, "Replace": Replace(path, nil)} {
			if !errors.Is(err, ErrUnsafe) {
				t.Errorf("%s of %s: %v", doing, name, err)
			}
		}
		if err := WriteNew(path, nil, nil); !errors.Is(err, fs.ErrExist) {
			t.Errorf("WriteNew of %s: %v", name, err)
		}
	}
	if _, err := os.Lstat(precious); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the link was followed: %v", err)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("left behind: %v, %v", files, err)
	}
}

func TestBeside(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "x-1")
	ours := []string{".x-1-12", "x-1.ABCDEFG2.new", "x-1.before-1", "x-1.before-12"}
	others := []string{"x-1", ".x-1", ".x-1-", ".x-1-a", ".x-2-1", "x-1.abcdefgh.new", "x-1.ABC.new", "x-1.before-", "x-1.before-x", "y.before-1", "x-1.lock"}
	for _, name := range append(ours, others...) {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	base := func(paths []string) string {
		var names []string
		for _, path := range paths {
			names = append(names, filepath.Base(path))
		}
		return strings.Join(names, " ")
	}
	temporaries, copies := Beside(path)
	if got := base(temporaries); got != ".x-1-12 x-1.ABCDEFG2.new" {
		t.Errorf("temporaries: %s", got)
	}
	if got := base(copies); got != "x-1.before-1 x-1.before-12" {
		t.Errorf("copies: %s", got)
	}
	if got := base(Temporaries(dir)); got != ".x-1 .x-1-12 .x-2-1" {
		t.Errorf("in the folder: %s", got)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if temporaries, _ := Beside(link); len(temporaries) != 2 {
		t.Errorf("behind a link: %v", temporaries)
	}
	if CopyName(path) != path+".before-2" {
		t.Errorf("got %s", CopyName(path))
	}
}

func TestChangeable(t *testing.T) {
	top, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	open, link := filepath.Join(top, "open"), filepath.Join(top, "link")
	file := filepath.Join(open, "bin", "program")
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, nil, 0o755), os.Symlink(file, link)); err != nil {
		t.Fatal(err)
	}
	want := func(path string, loose ...string) {
		t.Helper()
		if got := Changeable(path); strings.Join(got, " ") != strings.Join(loose, " ") {
			t.Errorf("%s: got %v, want %v", path, got, loose)
		}
	}
	want(file)
	if err := errors.Join(os.Chmod(file, 0o757), os.Chmod(open, 0o777)); err != nil {
		t.Fatal(err)
	}
	want(file, file, open)
	want(link, link, file, open)
	if err := os.Chmod(open, 0o777|fs.ModeSticky); err != nil {
		t.Fatal(err)
	}
	want(file, file)
}
