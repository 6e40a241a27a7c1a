package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"git-credential-bitbucket/store/tokens"
)

// What was written is read, and nothing else is taken for it.
func TestDecode(t *testing.T) {
	want := &index{Version: indexVersion}
	for i := range 200 {
		want.Entries = append(want.Entries, Entry{ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprint(i), Kind: tokens.KindAPIToken, Saved: Now()})
	}
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeIndex(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %+v", err, got)
	}
	for _, bad := range []string{strings.Replace(string(data), `"saved"`, `"savee"`, 1), string(data) + "x", string(data[:len(data)-1]),
		strings.Replace(string(data), `"version":2`, `"version":2.5`, 1), strings.Replace(string(data), `"id-0"`, `7`, 1)} {
		if _, err := decodeIndex([]byte(bad)); err == nil {
			t.Errorf("taken: …%s", bad[len(bad)-20:])
		}
	}
	newer := strings.Replace(string(data), `"version":2`, `"version":3,"new":1`, 1)
	if got, _ := decodeIndex([]byte(newer)); got.Version != 3 {
		t.Errorf("of version %d", got.Version)
	}
}
