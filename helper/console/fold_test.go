package console

import "testing"

func TestFold(t *testing.T) {
	tests := []struct {
		text  string
		width int
		want  string
	}{
		{"", 20, ""},
		{"short", 20, "short"},
		{"one two three four five", 13, "one two three\n  four five"},
		{"one two three four five", 0, "one two three four five"},
		{"https://bitbucket.org/a/long/address is long", 20, "https://bitbucket.org/a/long/address\n  is long"},
		{"é é é é é é", 5, "é é é\n  é é\n  é"},
		{"two  blanks", 20, "two  blanks"},
	}
	for _, test := range tests {
		if got := fold(test.text, "  ", test.width); got != test.want {
			t.Errorf("%q at %d: got %q", test.text, test.width, got)
		}
	}
}
