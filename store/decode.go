package store

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"time"

	"git-credential-bitbucket/store/tokens"
)

// The index is read at every fetch, by a process that lives for two milliseconds. Of
// these encoding/json would need a tenth to find out what the structs look like, so
// their fields are taken from its maps by hand. A test holds that none is forgotten.

// byHandUpTo is the size in bytes, some forty entries, up to which that is quicker.
const byHandUpTo = 16 << 10

// decodeIndex returns what the JSON says. With an error it has the version at least,
// if there is one. A field that is not known is an error: it may be a known one whose
// name was damaged, and the next write would lose what it says.
func decodeIndex(data []byte) (*index, error) {
	if len(data) <= byHandUpTo {
		return decodeByHand(data)
	}
	x := &index{}
	in := json.NewDecoder(bytes.NewReader(data))
	in.DisallowUnknownFields()
	err := in.Decode(x)
	if _, more := in.Token(); err == nil && more != io.EOF {
		err = errors.New("something stands behind its end")
	}
	return x, err
}

func decodeByHand(data []byte) (*index, error) {
	var root any
	if err := json.Unmarshal(data, &root); err != nil {
		return &index{}, err
	}
	var err error
	o := objectOf(root, "the index", &err)
	x := &index{Version: o.number("version"), Skipped: o.time("skipped")}
	entries := o.objects("entries")
	if entries != nil {
		x.Entries = make([]Entry, 0, len(entries))
	}
	for _, entry := range entries {
		x.Entries = append(x.Entries, entry.entry())
	}
	for _, loose := range o.objects("loose") {
		x.Loose = append(x.Loose, looseSecret{loose.text("id"), loose.text("vault"), loose.time("at")})
		loose.end()
	}
	o.end()
	return x, err
}

func (o object) entry() Entry {
	defer o.end()
	return Entry{
		ID:          o.text("id"),
		Name:        o.text("name"),
		Kind:        tokens.Kind(o.text("kind")),
		Email:       o.text("email"),
		Username:    o.text("username"),
		Also:        o.texts("also"),
		For:         o.text("for"),
		Scopes:      o.texts("scopes"),
		Expires:     o.time("expires"),
		Guessed:     o.flag("guessed"),
		Warned:      o.text("warned"),
		Fingerprint: o.text("fingerprint"),
		Saved:       o.time("saved"),
		Source:      Source(o.text("source")),
		Accepted:    o.time("accepted"),
		Worked:      o.texts("worked"),
		Checked:     o.time("checked"),
		Verdict:     o.verdict("verdict"),
		SetAside:    o.setAside("set_aside"),
		Refusals:    o.number("refusals"),
		Refused:     o.refused("refused"),
		Refresh:     o.flag("refresh"),
		Vault:       o.text("vault"),
		Command:     o.texts("command"),
		Former:      o.text("former"),
	}
}

func (o object) refused(key string) []Refusal {
	var all []Refusal
	for _, r := range o.objects(key) {
		all = append(all, Refusal{For: r.text("for"), At: r.time("at"), Until: r.time("until")})
		r.end()
	}
	return all
}

func (o object) verdict(key string) *Verdict {
	v, found := o.object(key)
	if !found {
		return nil
	}
	defer v.end()
	return &Verdict{At: v.time("at"), Alive: v.flag("alive"), Uses: v.number("uses"), Caller: v.text("caller")}
}

func (o object) setAside(key string) *SetAside {
	s, found := o.object(key)
	if !found {
		return nil
	}
	defer s.end()
	return &SetAside{At: s.time("at"), Until: s.time("until"), Reason: Reason(s.text("reason"))}
}

// object is one of JSON's. What is not there, or null, is the zero value; what is of
// another type than it should be is an error, the first of which stays. A field that
// was asked for is gone; what is left at the end is not known.
type object struct {
	fields map[string]any
	name   string
	err    *error
}

// objectOf takes a value for an object.
func objectOf(value any, name string, err *error) object {
	o := object{name: name, err: err}
	var ok bool
	if o.fields, ok = value.(map[string]any); !ok && value != nil {
		o.wrong("", "object")
	}
	return o
}

func (o object) wrong(key, want string) {
	if *o.err == nil {
		*o.err = fmt.Errorf("%s: %q is no %s", o.name, key, want)
	}
}

// end makes an error of fields that are left.
func (o object) end() {
	if len(o.fields) > 0 && *o.err == nil {
		unknown := slices.Min(slices.Collect(maps.Keys(o.fields)))
		*o.err = fmt.Errorf("%s: unknown field %q (of a newer program?)", o.name, unknown)
	}
}

// take returns a field's value once, or nil.
func (o object) take(key string) any {
	value := o.fields[key]
	delete(o.fields, key)
	return value
}

func valueOf[T any](o object, key, want string) (value T) {
	field := o.take(key)
	if field == nil {
		return value
	}
	value, ok := field.(T)
	if !ok {
		o.wrong(key, want)
	}
	return value
}

func (o object) text(key string) string { return valueOf[string](o, key, "text") }
func (o object) flag(key string) bool   { return valueOf[bool](o, key, "yes or no") }

func (o object) number(key string) int {
	number := valueOf[float64](o, key, "number")
	if number != math.Trunc(number) || math.Abs(number) > math.MaxInt32 {
		o.wrong(key, "whole number")
		return 0
	}
	return int(number)
}

func (o object) time(key string) (t time.Time) {
	value := o.take(key)
	if value == nil {
		return t
	}
	text, ok := value.(string)
	if !ok || t.UnmarshalText([]byte(text)) != nil {
		o.wrong(key, "time")
	}
	return t
}

func (o object) texts(key string) []string {
	var texts []string
	for _, element := range valueOf[[]any](o, key, "list") {
		text, ok := element.(string)
		if !ok && element != nil {
			o.wrong(key, "list of texts")
		}
		texts = append(texts, text)
	}
	return texts
}

func (o object) object(key string) (inner object, found bool) {
	value := o.take(key)
	return objectOf(value, key, o.err), value != nil
}

func (o object) objects(key string) []object {
	list := valueOf[[]any](o, key, "list")
	if list == nil {
		return nil
	}
	objects := make([]object, 0, len(list))
	for i, element := range list {
		objects = append(objects, objectOf(element, fmt.Sprintf("%s %d", key, i+1), o.err))
	}
	return objects
}
