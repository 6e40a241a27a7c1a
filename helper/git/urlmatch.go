package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// ForURL returns the settings of a name in a section that git takes for a URL, in its order:
// of those that match, each that is no less specific than one before it. Where only one can
// count it is the last. What a pattern means is git's own business (git's
// Documentation/git-config.adoc, "http.<url>.*"), so git is asked where there is one. The URL
// is an argument, which other programs can read.
func ForURL(ctx context.Context, settings []Setting, section, name, address string) ([]Setting, error) {
	var all []Setting
	patterned := false
	for _, s := range settings {
		if of, pattern, key := SplitKey(s.Key); of == section && key == name {
			all, patterned = append(all, s), patterned || pattern != ""
		}
	}
	if !patterned {
		return all, nil
	}
	won, err := winners(ctx, all, section, address)
	if err != nil {
		return nil, err
	}
	var taken []Setting
	before := -1
	for i, s := range all {
		_, matches := won[fmt.Sprintf("m%d", i)]
		if matches && (before < 0 || won[pairName(before, i)] == fmt.Sprint(i)) {
			taken, before = append(taken, s), i
		}
	}
	return taken, nil
}

// LastForURL returns the setting that counts for a URL where only one can; nil if there is none.
func LastForURL(ctx context.Context, settings []Setting, section, name, address string) (*Setting, error) {
	all, err := ForURL(ctx, settings, section, name, address)
	if len(all) == 0 {
		return nil, err
	}
	return &all[len(all)-1], nil
}

func pairName(i, j int) string { return fmt.Sprintf("c%dv%d", i, j) }

// winners asks git about a configuration that has the settings' patterns alone: each under a
// name of its own, which is there if the pattern matches, and each two under one name, whose
// value is the second's number if that is no worse. It is handed over in the environment,
// which other users cannot read: a pattern may hold a password.
func winners(ctx context.Context, all []Setting, section, address string) (map[string]string, error) {
	j := job{dir: neutral(), without: append([]string{"GIT_CONFIG_PARAMETERS"}, cloneVariables...),
		env: []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1"}}
	count := 0
	add := func(s Setting, name string, value int) {
		_, pattern, _ := SplitKey(s.Key)
		if pattern != "" {
			pattern += "."
		}
		j.env = append(j.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s.%s%s", count, section, pattern, name), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%d", count, value))
		count++
	}
	for i, s := range all {
		add(s, fmt.Sprintf("m%d", i), i)
		for k := i + 1; k < len(all); k++ {
			add(s, pairName(i, k), i)
			add(all[k], pairName(i, k), k)
		}
	}
	j.env = append(j.env, fmt.Sprintf("GIT_CONFIG_COUNT=%d", count))
	out, err := j.run(ctx, "config", "-z", "--get-urlmatch", section, address)
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 && len(failed.Stderr) == 0 {
		return nil, nil // nothing matches
	}
	if err != nil {
		return nil, err
	}
	won := map[string]string{}
	for _, field := range strings.Split(string(out), "\x00") {
		key, value, _ := strings.Cut(field, "\n")
		won[strings.TrimPrefix(key, section+".")] = value
	}
	return won, nil
}
