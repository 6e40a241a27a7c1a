package caller

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// maxArgs is how much of a process's arguments is read, in bytes.
const maxArgs = 4096

// above returns the processes above this one, the nearest first, as far as /proc shows them.
func above(most int) []process {
	var chain []process
	for id := os.Getppid(); id > 0 && len(chain) < most; {
		p, parent, err := readProcess(id)
		if err != nil {
			break
		}
		chain = append(chain, p)
		id = parent
	}
	return chain
}

// readProcess reads /proc/ID (proc(5)): in stat the name is in brackets and may hold
// anything; of the fields behind it the second is the parent and the 20th the start.
func readProcess(id int) (p process, parent int, err error) {
	folder := "/proc/" + strconv.Itoa(id)
	stat, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return p, 0, err
	}
	_, after, _ := strings.Cut(string(stat[strings.LastIndexByte(string(stat), ')')+1:]), " ")
	fields := strings.Fields(after)
	if len(fields) < 20 {
		return p, 0, fmt.Errorf("%s/stat has %d fields", folder, len(fields))
	}
	if parent, err = strconv.Atoi(fields[1]); err != nil {
		return p, 0, err
	}
	if _, err = strconv.ParseUint(fields[19], 10, 64); err != nil {
		return p, 0, err
	}
	file, err := os.Open(folder + "/cmdline")
	if err != nil {
		return p, 0, err
	}
	defer file.Close()
	line, err := io.ReadAll(io.LimitReader(file, maxArgs))
	if err != nil {
		return p, 0, err
	}
	return process{strconv.Itoa(id) + "-" + fields[19], strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")}, parent, nil
}
