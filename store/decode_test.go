package store

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// TestEveryFieldIsRead fills all there is in an index, and wants it back: nobody is
// to add a field that is written and never read.
func TestEveryFieldIsRead(t *testing.T) {
	var want index
	fill(t, reflect.ValueOf(&want).Elem())
	data, err := json.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := decodeByHand(data)
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

// Of whatever type a field is, encoding/json and we agree on whether it will do.
func TestDecodeAsEncodingJSONDoes(t *testing.T) {
	values := []string{`"text"`, `""`, `"2027-01-31T23:59:59Z"`, `"2027-01-31T23:59:59.5+02:00"`, `"2027-01-31"`, "7", "-1", "1.5", "1e99", "true", "null",
		"[]", `["a", "b"]`, `["a", 1]`, "{}", `{"at": "x"}`, `{"at": "2027-01-31T23:59:59Z", "uses": 3, "reason": "dead"}`, `[{}]`, `[null]`, `[[]]`}
	var places []string
	for _, of := range []struct {
		part any
		form string
	}{{index{}, `{%s}`}, {Entry{}, `{"entries": [{%s}]}`}, {looseSecret{}, `{"loose": [{%s}]}`},
		{Verdict{}, `{"entries": [{"verdict": {%s}}]}`}, {SetAside{}, `{"entries": [{"set_aside": {%s}}]}`}} {
		typ := reflect.TypeOf(of.part)
		for i := range typ.NumField() {
			name, _, _ := strings.Cut(typ.Field(i).Tag.Get("json"), ",")
			places = append(places, fmt.Sprintf(of.form, `"`+name+`": VALUE`))
		}
	}
	for _, place := range places {
		for _, value := range values {
			text := []byte(strings.Replace(place, "VALUE", value, 1))
			var want index
			in := json.NewDecoder(bytes.NewReader(text))
			in.DisallowUnknownFields()
			wantErr := in.Decode(&want)
			got, err := decodeByHand(text)
			if (err == nil) != (wantErr == nil) {
				t.Errorf("%s: %v, but encoding/json: %v", text, err, wantErr)
			}
			if err == nil && !sameJSON(t, got, &want) {
				t.Errorf("%s: %+v, but encoding/json: %+v", text, got, want)
			}
		}
	}
}

// A large index is read the other way, and says the same.
func TestDecodeLarge(t *testing.T) {
	want := &index{Version: indexVersion}
	for i := range 200 {
		want.Entries = append(want.Entries, Entry{ID: fmt.Sprintf("id-%d", i), Name: fmt.Sprint(i), Kind: tokens.KindAPIToken, Saved: Now()})
	}
	data, err := json.Marshal(want)
	if err != nil || len(data) <= byHandUpTo {
		t.Fatal(len(data), err)
	}
	got, err := decodeIndex(data)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %+v", err, got)
	}
	byHand, err := decodeByHand(data)
	if err != nil || !reflect.DeepEqual(byHand, want) {
		t.Errorf("%v, %+v", err, byHand)
	}
	for _, bad := range []string{strings.Replace(string(data), `"saved"`, `"savee"`, 1), string(data) + "x", string(data[:len(data)-1])} {
		if _, err := decodeIndex([]byte(bad)); err == nil {
			t.Errorf("taken: …%s", bad[len(bad)-20:])
		}
	}
	newer := strings.Replace(string(data), `"version":2`, `"version":3,"new":1`, 1)
	if got, _ := decodeIndex([]byte(newer)); got.Version != 3 {
		t.Errorf("of version %d", got.Version)
	}
}

func sameJSON(t *testing.T, a, b *index) bool {
	t.Helper()
	one, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	other, err := json.Marshal(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(one) == string(other)
}
