package passwords

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"git-credential-bitbucket/proof"
)

func TestParseNetrc(t *testing.T) {
	// The first words of each case are from curl's manual (https://everything.curl.dev/usingcurl/netrc.html).
	tests := []struct {
		text string
		want string // "line host user password" of each
	}{
		{"", "[]"},
		{"machine example.com login daniel password secret", "[1 example.com daniel secret]"},
		{"machine a\nlogin b\npassword c\nmachine d login e password f\n", "[1 a b c 4 d e f]"},
		{"\tMACHINE A\r\n  Login b\r\n  PASSWORD c\r\n", "[1 a b c]"},
		{`machine a login "b c" password "d\"e\n"`, "[1 a b c d\"e\n]"},
		{"machine a login b password \"open\nmachine c", "[1 a b open 2 c  ]"},
		{"# machine a login b password c\nmachine d # login e\npassword f", "[2 d  f]"},
		{"machine a login b#c password d", "[1 a b#c d]"},
		{"machine a account x login b password c", "[1 a b c]"},
		{"machine a login b password c\ndefault login d password e", "[1 a b c 2  d e]"},
		{"macdef m\nmachine a login b password c\n\nmachine d login e password f", "[4 d e f]"},
		{"machine a login b password c\nmacdef m\ncd /\n\nmachine d", "[1 a b c 5 d  ]"},
		{"macdef m\nmachine a", "[]"},
		{"machine", "[1   ]"},
		{"login a password b", "[]"},
		{"machine a password login login b", "[1 a b login]"},
	}
	for _, test := range tests {
		var got []string
		for _, p := range ParseNetrc(test.text) {
			got = append(got, fmt.Sprintf("%d %s %s %s", p.Line, p.Host, p.User, p.Password))
		}
		if fmt.Sprint(got) != test.want {
			t.Errorf("%q: got %q, want %q", test.text, fmt.Sprint(got), test.want)
		}
	}
}

func TestParseCredentials(t *testing.T) {
	got := ParseCredentials("https://a:b@Example.com\n\nhttps://c%40x.example:d%3D@bitbucket.org:443/ws/repo\r\n" +
		"http://e:f@bitbucket.org\nftp://i:j@bitbucket.org\nhttps://bitbucket.org\nhttps://only@bitbucket.org\nnonsense\nhttps://g:@h")
	want := []Line{{Host: "example.com", User: "a", Password: "b", Line: 1},
		{Host: "bitbucket.org", User: "c@x.example", Password: "d=", Line: 3}, {Host: "bitbucket.org", User: "e", Password: "f", Line: 4}, {Host: "h", User: "g", Line: 9}}
	same := func(a, b Line) bool { return a.Same(b) && a.Line == b.Line }
	if !slices.EqualFunc(got, want, same) {
		t.Errorf("got %+v", got)
	}
}

func TestWithoutLines(t *testing.T) {
	tests := []struct{ text, want string }{
		{"machine x login a password b\n", ""},
		{"# mine\nmachine x login a password b\n# more\n", "# mine\n# more\n"},
		{"machine y login a password b\nmachine x\n\tlogin a\n\tpassword b\n\nmachine z login c password d", "machine y login a password b\n\nmachine z login c password d"},
		{"machine y login a password b machine x login c password d", "machine y login a password b "},
		{"machine x login c password d machine y login a password b\n", " machine y login a password b\n"},
		{"machine x login a password b # why\n", " # why\n"},
		{"machine x login a password b\r\nmachine y\r\n", "machine y\r\n"},
		{"machine x login a\nmachine x login b\nmachine y", "machine y"},
	}
	for _, test := range tests {
		var out []Line
		for _, p := range ParseNetrc(test.text) {
			if p.Host == "x" {
				out = append(out, p)
			}
		}
		if got := WithoutLines(test.text, out); got != test.want {
			t.Errorf("%q: got %q, want %q", test.text, got, test.want)
		}
	}
}

func FuzzNetrc(f *testing.F) {
	f.Add("machine bitbucket.org login a password \"b\\\"c\"\n# x\nmacdef m\nx\n\ndefault login a password b")
	fuzzPasswordFile(f, "netrc", ParseNetrc)
}

func FuzzCredentials(f *testing.F) {
	f.Add("https://a:b@bitbucket.org\nhttps://c@x:d@e/f?g#h\r\n")
	fuzzPasswordFile(f, "git-credentials", ParseCredentials)
}

// fuzzPasswordFile: whatever a file holds, entries have their place in it, in
// order, and taking one of them out takes nothing from outside of its lines. In
// .git-credentials, where each has a line of its own, the others stay; of a .netrc
// check --fix checks that itself.
func fuzzPasswordFile(f *testing.F, kind string, parse func(string) []Line) {
	proof.Seed(f)
	attacks, err := proof.Attacks(kind)
	if err != nil {
		f.Fatal(err)
	}
	for _, attack := range attacks {
		f.Add(attack.Text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		entries := parse(text)
		at := 0
		for _, e := range entries {
			if e.begin < at || e.end < e.begin || e.end > len(text) || e.Line < 1 {
				t.Fatalf("%q: %+v after %d", text, e, at)
			}
			at = e.end
		}
		const mostTaken = 20 // each costs a reading of the whole file
		for i, e := range entries[:min(mostTaken, len(entries))] {
			rest := WithoutLines(text, entries[i:i+1])
			before := text[:strings.LastIndexByte(text[:e.begin], '\n')+1]
			after := ""
			last := max(e.begin, e.end-1)
			if length := strings.IndexByte(text[last:], '\n'); length >= 0 {
				after = text[last+length+1:]
			}
			if len(rest) >= len(text) || len(rest) < len(before)+len(after) || !strings.HasPrefix(rest, before) || !strings.HasSuffix(rest, after) {
				t.Fatalf("%q: without %+v it is %q", text, e, rest)
			}
			if others := slices.Delete(slices.Clone(entries), i, i+1); kind == "git-credentials" && !slices.EqualFunc(parse(rest), others, Line.Same) {
				t.Fatalf("%q: without %+v there is %+v", text, e, parse(rest))
			}
		}
	})
}
