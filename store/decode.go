package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// decodeIndex returns what the JSON says. With an error it has the version at least, if
// there is one. A field that is not known is an error: the next write would lose what it says.
// As encoding/json has it, the case of a name does not matter, and of two the last counts.
func decodeIndex(data []byte) (*index, error) {
	x := &index{}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	err := in.Decode(x)
	if _, more := in.Token(); err == nil && more != io.EOF {
		err = errors.New("there is text after its end")
	}
	if err != nil && strings.Contains(err.Error(), "unknown field") {
		err = fmt.Errorf("%w (of a newer program?)", err)
	}
	return x, err
}
