package git

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
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
	matching, err := pick(ctx, all, section, address)
	if err != nil {
		return nil, err
	}
	return noWorse(ctx, matching, section, address)
}

// LastForURL returns the setting that counts for a URL where only one can; nil if there is none.
func LastForURL(ctx context.Context, settings []Setting, section, name, address string) (*Setting, error) {
	all, err := ForURL(ctx, settings, section, name, address)
	if len(all) == 0 {
		return nil, err
	}
	return &all[len(all)-1], nil
}

// pick returns the settings whose pattern matches.
func pick(ctx context.Context, all []Setting, section, address string) (matching []Setting, err error) {
	var named []namedPattern
	for i, s := range all {
		named = append(named, namedPattern{s, i, i})
	}
	won, err := winners(ctx, named, section, address)
	if err != nil {
		return nil, err
	}
	for i, s := range all {
		if _, matches := won[i]; matches {
			matching = append(matching, s)
		}
	}
	return matching, nil
}

// noWorse leaves of settings that match those that are no less specific than one before.
func noWorse(ctx context.Context, all []Setting, section, address string) (taken []Setting, err error) {
	// Each two have a name in common, whose value is that of the second if it is no worse.
	var named []namedPattern
	name := func(i, j int) int { return i*len(all) + j }
	for i, s := range all {
		for j := i + 1; j < len(all); j++ {
			named = append(named, namedPattern{s, name(i, j), i}, namedPattern{all[j], name(i, j), j})
		}
	}
	won, err := winners(ctx, named, section, address)
	if err != nil {
		return nil, err
	}
	before := -1
	for i, s := range all {
		if before < 0 || won[name(before, i)] == i {
			taken, before = append(taken, s), i
		}
	}
	return taken, nil
}

// namedPattern is a setting's pattern under a name and with a value of its own.
type namedPattern struct {
	Setting
	name, value int
}

// errNoAnswer: git 2.30 and older know no settings in the environment.
var errNoAnswer = errors.New("this git is too old to say which settings are for a URL; 2.31 does")

// winners asks git which value each name has for a URL, by a configuration that has these
// patterns alone. It is handed over in the environment, which other users cannot read: a
// pattern may hold a password.
func winners(ctx context.Context, named []namedPattern, section, address string) (map[int]int, error) {
	if len(named) == 0 {
		return nil, nil
	}
	const always = "always" // matches, so that git is known to have read it all
	j := job{dir: folderWithoutClone(), without: append([]string{"GIT_CONFIG_PARAMETERS"}, cloneVariables...),
		env: []string{"GIT_CONFIG_GLOBAL=" + os.DevNull, "GIT_CONFIG_NOSYSTEM=1", fmt.Sprintf("GIT_CONFIG_COUNT=%d", len(named)+1),
			"GIT_CONFIG_KEY_0=" + section + "." + always, "GIT_CONFIG_VALUE_0=0"}}
	for i, n := range named {
		_, pattern, _ := SplitKey(n.Key)
		if pattern != "" {
			pattern += "."
		}
		j.env = append(j.env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s.%sn%d", i+1, section, pattern, n.name), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%d", i+1, n.value))
	}
	out, err := j.run(ctx, "config", "-z", "--get-urlmatch", section, address)
	var failed *exec.ExitError
	if errors.As(err, &failed) && failed.ExitCode() == 1 {
		return nil, errNoAnswer
	}
	if err != nil {
		return nil, err
	}
	won, answered := map[int]int{}, false
	for _, field := range strings.Split(string(out), "\x00") {
		key, value, _ := strings.Cut(strings.TrimPrefix(field, section+"."), "\n")
		answered = answered || key == always
		name, nameErr := strconv.Atoi(strings.TrimPrefix(key, "n"))
		if winner, err := strconv.Atoi(value); err == nil && nameErr == nil {
			won[name] = winner
		}
	}
	if !answered {
		return nil, errNoAnswer
	}
	return won, nil
}
