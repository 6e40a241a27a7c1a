package store

import (
	"encoding/json"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// TestEveryFieldIsRead fills all there is in an index, and wants it back: no field is
// to add a field that is written and never read.
func TestEveryFieldIsRead(t *testing.T) {
	var want index
	fill(t, reflect.ValueOf(&want).Elem())
	data, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeIndex(data)
	if err != nil || !reflect.DeepEqual(got, &want) {
		t.Errorf("%v\n got %+v\nwant %+v", err, got, &want)
	}
}

// fill sets every field to something that is not its zero value.
func fill(t *testing.T, v reflect.Value) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("text")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int:
		v.SetInt(7)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(t, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		fill(t, v.Index(0))
		fill(t, v.Index(1))
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			v.Set(reflect.ValueOf(time.Date(2027, 1, 31, 23, 59, 59, 0, time.UTC)))
			return
		}
		for i := range v.NumField() {
			fill(t, v.Field(i))
		}
	default:
		t.Fatalf("a field of an unknown kind: %v", v.Type())
	}
}

// A field that is not known, more behind the end, and what is of another type, are errors; the
// version is read anyway.
func TestDecodeIsStrict(t *testing.T) {
	const good = `{"version": 2, "entries": [{"id": "a", "name": "b", "kind": "api-token", "saved": "2027-01-31T23:59:59Z", "vault": "keychain"}]}`
	if x, err := decodeIndex([]byte(good)); err != nil || len(x.Entries) != 1 || x.Entries[0].Name != "b" {
		t.Errorf("%v: %+v", err, x)
	}
	for _, bad := range []string{strings.Replace(good, `"saved"`, `"savee"`, 1), strings.Replace(good, `"entries"`, `"new": 1, "entries"`, 1), good + "x", good + "{}", good[:len(good)-1],
		strings.Replace(good, `"b"`, "7", 1), strings.Replace(good, "2,", "2.5,", 1), strings.Replace(good, "2027-01-31T23:59:59Z", "2027-01-31", 1)} {
		if _, err := decodeIndex([]byte(bad)); err == nil {
			t.Errorf("taken: %s", bad)
		}
	}
	newer := strings.Replace(good, `"version": 2`, `"version": 3, "new": 1`, 1)
	if x, err := decodeIndex([]byte(newer)); x.Version != 3 || err == nil {
		t.Errorf("of version %d, %v", x.Version, err)
	}
}

// What the keychain needs is started for an index that names it, as this program writes it.
func TestEntriesWhile(t *testing.T) {
	for vault, wanted := range map[string]bool{KeychainVault: true, FileVault: false} {
		path := filepath.Join(t.TempDir(), "index.json")
		x := &index{Version: indexVersion, Entries: []Entry{{ID: "a", Name: "a", Kind: tokens.KindAPIToken, Vault: vault, Saved: Now(), Fingerprint: "x"}}}
		if err := x.write(path); err != nil {
			t.Fatal(err)
		}
		started := make(chan bool, 1)
		if _, err := readIndexWhile(path, func() { started <- true }); err != nil {
			t.Fatal(err)
		}
		if wanted {
			<-started
		} else if len(started) > 0 {
			t.Errorf("started for the vault %s", vault)
		}
	}
}
