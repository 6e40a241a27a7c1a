package shell

import "testing"

func TestShellWord(t *testing.T) {
	tests := map[string]string{
		"brandon": "brandon", "ws/repo": "ws/repo", "a@b.example": "a@b.example",
		"": "''", "a b": "'a b'", "o'brien": `'o'\''brien'`, "$(x)": "'$(x)'", "a;b": "'a;b'", "~x": "'~x'",
	}
	for text, want := range tests {
		if got := string(Word(text)); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}
