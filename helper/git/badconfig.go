package git

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// WhyUnreadable reads from git's own words which line of its configuration it cannot read,
// where it names one (line 0: it does not), and else why not.
func WhyUnreadable(err error) (reason, file string, line int) {
	_, after, _ := strings.Cut(err.Error(), "bad config line ")
	number, name, found := strings.Cut(after, " in file ")
	if line, err := strconv.Atoi(number); found && err == nil {
		return "", inFolderAbove(name), line
	}
	if _, reason, found := strings.Cut(err.Error(), "fatal: "); found {
		return reason, "", 0
	}
	return err.Error(), "", 0
}

// inFolderAbove finds a file that git names as seen from the top of a clone.
func inFolderAbove(name string) string {
	path, err := filepath.Abs(name)
	if err != nil || filepath.IsAbs(name) {
		return name
	}
	for dir, _ := filepath.Abs("."); ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return filepath.Join(dir, name)
		}
		if dir == filepath.Dir(dir) {
			return path
		}
	}
}
