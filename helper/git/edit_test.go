package git

import (
	"errors"
	"git-credential-bitbucket/helper/git/configtext"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// oddConfigs are files that git reads, with all that makes its format hard
// (git's Documentation/config.adoc, "Syntax").
var oddConfigs = []string{
	"",
	"\ufeff[a]\n\tb = c\n",
	"[a]b=c\n[d] e = f ; g\n",
	"[a]\r\n\tb = c\r\n\td = e\r\n",
	"# x\n; y\n[a] # z\n\tb\n\tc  \n\td",
	"[a \"B.c \\\"d\\\\\"]\n\te = f\n[A.Bc]\n\tE = f\n",
	"[a]\n\tb = \"one # two\" three ; four\n\tc = \"  x  \" \n\td = x\"y z\"w\n\te = \"\"\n\tf =\n\tg=h   i\n",
	"[a]\n\tb = one \\\n  two\n\tc = \"one\\\ntwo\\n\\t\\\\\\\"\"\n\td = end",
	"[a]\n\tb = c\n\n\n[a]\n\tb = d\n[b]\n[c]\n\t# only this\n",
	"[remote \"o\"]\n\turl = https://u:p@h/x # mine\n\turl = https://h/y\n",
}

// TestParseConfigAsGitDoes has git read the same files.
func TestParseConfigAsGitDoes(t *testing.T) {
	for i, text := range oddConfigs {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		config, err := configtext.Parse(text)
		if err != nil {
			t.Errorf("%d: %v", i, err)
			continue
		}
		var got []Setting
		for _, v := range config.Variables {
			got = append(got, Setting{Key: v.Key, Value: v.Value})
		}
		if err := proven(t.Context(), path, text, got); err != nil {
			t.Errorf("%d: read as %+v: %v", i, got, err)
		}
	}
}

func TestParseConfigRefusesWhatGitRefuses(t *testing.T) {
	for _, text := range []string{"[a]\n\tb # c\n", "[a\n", "[a \"b]\n", "[a \"b\nc\"]\n", "[a]\n\tb = \"c\n", "[a]\n\tb = \\x\n", "[a]\n\t1 = 2\n",
		"[a]\n\tb c\n", "[]\n", "[a] = b\n", "[a]\n\t\x00\n", "[a]]\n"} {
		path := filepath.Join(t.TempDir(), "config")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := listFile(t.Context(), path); err == nil {
			t.Errorf("git reads %q", text)
		}
		if _, err := configtext.Parse(text); !errors.Is(err, configtext.ErrSyntax) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestEditConfig changes real files; EditConfig itself has git prove the outcome.
func TestEditConfig(t *testing.T) {
	tests := []struct {
		name, before, after string
		change              func(*Edit)
	}{
		{"append to nothing", "", "[a \"b\"]\n\tc = d\n", func(e *Edit) { e.Append("a", "b", Variable{Key: "c", Value: "d"}) }},
		{"append behind an open end", "[x]\n\ty = z", "[x]\n\ty = z\n[a]\n\tc =\n\td = \" e\"\n", func(e *Edit) {
			e.Append("a", "", Variable{Key: "c"}, Variable{Key: "d", Value: " e"})
		}},
		{"set, and leave the comment", "[a]\n\tb = \"x; y\" # mine\n\tc = d\n", "[a]\n\tb = q # mine\n\tc = d\n", func(e *Edit) { e.Set(0, "q") }},
		{"set what had no value", "[a]\n\tb\n\tc =\n\td = \"\"\n", "[a]\n\tb = \"#1\"\n\tc =2\n\td = 3\n", func(e *Edit) {
			e.Set(0, "#1")
			e.Set(1, "2")
			e.Set(2, "3")
		}},
		{"remove one", "[a]\n\tb = c\n\td = e \\\n f\n\tg = h\n", "[a]\n\tb = c\n\tg = h\n", func(e *Edit) { e.Remove(1) }},
		{"remove the last, and its heading", "# x\n[a]\n\tb = c\n[d]\n\te = f\n", "# x\n[d]\n\te = f\n", func(e *Edit) { e.Remove(0) }},
		{"a heading with a comment stays", "[a]\n\t# x\n\tb = c\n", "[a]\n\t# x\n", func(e *Edit) { e.Remove(0) }},
		{"remove beside the heading", "[a] b = c\n\td = e\n", "[a]\td = e\n", func(e *Edit) { e.Remove(0) }},
		{"rename", "[url \"https://u:p@h/\"] # x\n\tinsteadOf = a:\n\tother = b\n", "[url \"https://\\\"h\\\\/\"] # x\n\tinsteadOf = a:\n\tother = b\n",
			func(e *Edit) { e.RenameHeading(e.Heading(0), `https://"h\/`) }},
		{"nothing", "[a]\n\tb = c\n", "[a]\n\tb = c\n", func(*Edit) {}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config")
			if test.before != "" {
				if err := os.WriteFile(path, []byte(test.before), 0o640); err != nil {
					t.Fatal(err)
				}
			}
			changed, err := EditConfig(t.Context(), path, func(e *Edit) error {
				test.change(e)
				return nil
			})
			after, _ := os.ReadFile(path)
			if err != nil || string(after) != test.after || changed != (test.before != test.after) {
				t.Errorf("got %q, %t, %v", after, changed, err)
			}
			if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 1 {
				t.Errorf("left behind: %v", files)
			}
		})
	}
}

// A change that git would read otherwise is not made, nor one that another git is in the middle of.
func TestEditConfigIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	const text = "[a]\n\tb = c\n"
	write := func() {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	same := func(what string) {
		t.Helper()
		if now, _ := os.ReadFile(path); string(now) != text {
			t.Errorf("%s: the file is now %q", what, now)
		}
	}
	write()
	_, err := EditConfig(t.Context(), path, func(e *Edit) error {
		e.Append("not a section", "", Variable{Key: "x", Value: "y"})
		return nil
	})
	if !errors.Is(err, ErrUnclear) {
		t.Errorf("an outcome that git does not read: %v", err)
	}
	same("unclear")
	oops := errors.New("oops")
	if _, err := EditConfig(t.Context(), path, func(e *Edit) error { e.Remove(0); return oops }); err != oops {
		t.Errorf("a change that fails: %v", err)
	}
	same("failed")
	_, err = EditConfig(t.Context(), path, func(e *Edit) error {
		e.Remove(0)
		return os.WriteFile(path, []byte("[other]\n"), 0o600)
	})
	if now, _ := os.ReadFile(path); !errors.Is(err, ErrBusy) || string(now) != "[other]\n" {
		t.Errorf("a file that changes meanwhile: %v, %q", err, now)
	}
	write()
	if err := os.WriteFile(path+".lock", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := EditConfig(t.Context(), path, func(e *Edit) error { e.Remove(0); return nil }); !errors.Is(err, ErrBusy) {
		t.Errorf("a locked file: %v", err)
	}
	same("locked")
	if files, _ := os.ReadDir(filepath.Dir(path)); len(files) != 2 {
		t.Errorf("left behind: %v", files)
	}
}

// FuzzEdit: whatever file we can read, a change of one line leaves all others,
// and reads back.
func FuzzEdit(f *testing.F) {
	for _, text := range oddConfigs {
		f.Add(text, "value # \"x\"\\\n", byte(0))
	}
	f.Fuzz(func(t *testing.T, text, value string, which byte) {
		config, err := configtext.Parse(text)
		if err != nil || strings.ContainsRune(value, 0) || strings.Contains(value, "\r") {
			return
		}
		for _, change := range []func(*Edit, int){
			func(e *Edit, i int) { e.Set(i, value) },
			func(e *Edit, i int) { e.Remove(i) },
			func(e *Edit, i int) { e.RenameHeading(e.Heading(i), strings.ReplaceAll(value, "\n", "")) },
			func(e *Edit, _ int) { e.Append("x", "y", Variable{Key: "z", Value: value}) },
		} {
			e := &Edit{config: config}
			for _, v := range config.Variables {
				e.wanted = append(e.wanted, Setting{Key: v.Key, Value: v.Value})
			}
			if len(e.wanted) > 0 {
				change(e, int(which)%len(e.wanted))
			}
			wanted := slices.DeleteFunc(slices.Clone(e.wanted), func(s Setting) bool { return s.Key == "" })
			after, err := configtext.Parse(e.outcome())
			if err != nil {
				t.Fatalf("%q became %q: %v", text, e.outcome(), err)
			}
			var got []Setting
			for _, v := range after.Variables {
				got = append(got, Setting{Key: v.Key, Value: v.Value})
			}
			if !slices.Equal(got, wanted) {
				t.Fatalf("%q became %q: %+v, want %+v", text, e.outcome(), got, wanted)
			}
		}
	})
}

func TestLineOf(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(path, []byte("# x\n[a]\n\tb = c \\\n d\n\te = f\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	origin := "file:" + path
	for want, s := range map[int]Setting{3: {"", origin, "a.b", "c  d", false}, 5: {"", origin, "a.e", "f", false}, 0: {"", origin, "a.e", "g", false}} {
		if got := LineOf(s); got != want {
			t.Errorf("%v: got %d, want %d", s, got, want)
		}
	}
	if got := LineOf(Setting{Origin: "command line:", Key: "a.b"}); got != 0 {
		t.Errorf("got %d", got)
	}
}

func TestConfigFile(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CONFIG_HOME", "")
	os.Unsetenv("GIT_CONFIG_GLOBAL")
	usual, other := filepath.Join(home, ".gitconfig"), filepath.Join(home, ".config/git/config")
	check := func(want string) {
		t.Helper()
		got, err := ConfigFile(t.Context(), home, Global)
		if err != nil || got != want {
			t.Errorf("got %s, %v; want %s", got, err, want)
		}
		// Git is of the same opinion.
		cmd := exec.Command("git", "config", "--global", "test.key", "x")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if text, _ := os.ReadFile(want); !strings.Contains(string(text), "key = x") {
			t.Errorf("git did not write to %s", want)
		}
	}
	check(usual)
	os.Remove(usual)
	if err := os.MkdirAll(filepath.Dir(other), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(other, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	check(other)
	t.Setenv("GIT_CONFIG_GLOBAL", filepath.Join(home, "third"))
	check(filepath.Join(home, "third"))
	if _, err := ConfigFile(t.Context(), home, Local); !errors.Is(err, ErrNoConfig) {
		t.Errorf("outside a clone: %v", err)
	}
}
