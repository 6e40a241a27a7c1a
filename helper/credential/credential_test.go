package credential

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/iotest"

	"git-credential-bitbucket/proof"
)

const place = "protocol=https\nhost=bitbucket.org\n"

func TestParse(t *testing.T) {
	at := func(change func(*Credential)) *Credential {
		c := &Credential{Protocol: "https", Host: "bitbucket.org"}
		change(c)
		return c
	}
	tests := []struct {
		name, in string
		want     *Credential
	}{
		{"protocol and host", place, at(func(c *Credential) {})},
		{"a blank line ends the record", place + "\nusername=later\n", at(func(c *Credential) {})},
		{"no line feed at the end", "protocol=https\nhost=bitbucket.org", at(func(c *Credential) {})},
		{"the first = separates", place + "password=a=b=\n", at(func(c *Credential) { c.Password = NewSecret("a=b=") })},
		{"an empty password is a password", place + "password=\n", at(func(c *Credential) { c.Password = NewSecret("") })},
		{"unknown attributes are ignored, also twice", place + "x=1\nx=2\nnew[]=3\ncontinue=1\n", at(func(c *Credential) {})},
		{"host in its own case with port", "protocol=https\nhost=BitBucket.org:443\n", &Credential{Protocol: "https", Host: "BitBucket.org:443"}},
		{"a certificate's empty host", "protocol=cert\nhost=\npath=/x\n", &Credential{Protocol: "cert", Path: "/x"}},
		{"path with query and fragment", place + "path=ws/repo.git?x#y\n", at(func(c *Credential) { c.Path = "ws/repo.git?x#y" })},
		{"expiry", place + "password_expiry_utc=1799999999\n", at(func(c *Credential) { c.PasswordExpiry = 1799999999 })},
		{"expiry that is no number", place + "password_expiry_utc=soon\n", at(func(c *Credential) {})},
		{"lists repeat and are emptied", place + "state[]=a\nstate[]=\nstate[]=b\ncapability[]=state\ncapability[]=authtype\n",
			at(func(c *Credential) { c.State = []string{"b"}; c.Capabilities = []string{"state", "authtype"} })},
		{"another helper's answer", place + "authtype=Bearer\ncredential=x\nephemeral=true\n",
			at(func(c *Credential) { c.AuthType = "Bearer"; c.Secret = NewSecret("x"); c.Ephemeral = true })},
		{"host= inside a long header", place + "wwwauth[]=" + strings.Repeat("a", 1000) + "host=evil.test\n",
			at(func(c *Credential) { c.WWWAuth = []string{strings.Repeat("a", 1000) + "host=evil.test"} })},
		{"a carriage return before every line feed", "protocol=https\r\nhost=bitbucket.org\r\nusername=a\r\n\r\npassword=later\r\n",
			at(func(c *Credential) { c.Username = "a" })},
		{"the same without the last line feed", "protocol=https\r\nhost=bitbucket.org", at(func(c *Credential) {})},
		{"the longest line", place + "x=" + strings.Repeat("a", maxLine-2) + "\n", at(func(c *Credential) {})},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(iotest.OneByteReader(strings.NewReader(test.in)))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("got %+v\nwant %+v", got, test.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	tests := []struct {
		name, in string
		want     error
	}{
		{"nothing", "", ErrNoProtocol},
		{"a bare token", "hunter2", ErrNoProtocol},
		{"a bare token with =", "hunter2=", ErrNoProtocol},
		{"no protocol", "host=bitbucket.org\n", ErrNoProtocol},
		{"empty protocol", "protocol=\nhost=bitbucket.org\n", ErrIncomplete},
		{"no host", "protocol=https\n", ErrIncomplete},
		{"no key", place + "=hunter2\n", ErrMalformed},
		{"no =", place + "hunter2\n", ErrMalformed},
		{"a second host", place + "host=evil.test\n", ErrMalformed},
		{"the same host twice", place + "host=bitbucket.org\n", ErrMalformed},
		{"a second password", place + "password=hunter2\npassword=x\n", ErrMalformed},
		{"a carriage return at the end of the first line", "protocol=https\r\nhost=bitbucket.org\n", ErrMalformed},
		{"a carriage return at the end of a later line", "protocol=https\nhost=bitbucket.org\r\n", ErrMalformed},
		{"a blank line without the others' carriage return", "protocol=https\r\nhost=bitbucket.org\r\n\n", ErrMalformed},
		{"a carriage return before the last line's", "protocol=https\r\nhost=bitbucket.org\r\r\n", ErrMalformed},
		{"a carriage return at the end of input", "protocol=https\r\nhost=bitbucket.org\r", ErrMalformed},
		{"a carriage return inside", place + "username=a\rhost=hunter2\n", ErrMalformed},
		{"a carriage return as the blank line", place + "\r\n", ErrMalformed},
		{"NUL", place + "username=a\x00hunter2\n", ErrMalformed},
		{"NUL in an unknown attribute", place + "x=a\x00hunter2\n", ErrMalformed},
		{"a line too long", place + "x=" + strings.Repeat("a", maxLine-1) + "\n", ErrMalformed},
		{"a last line too long", place + "x=" + strings.Repeat("a", maxLine-1), ErrMalformed},
		{"too many lines", place + strings.Repeat("x=hunter2\n", maxInput/10), ErrMalformed},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := Parse(strings.NewReader(test.in))
			if !errors.Is(err, test.want) {
				t.Fatalf("got %+v, %v; want %v", got, err, test.want)
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error repeats its input: %v", err)
			}
		})
	}
}

func TestParseReportsTheReadersError(t *testing.T) {
	broken := errors.New("broken")
	if _, err := Parse(iotest.ErrReader(broken)); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestWrite(t *testing.T) {
	c := &Credential{
		Capabilities: []string{"state"}, Username: "x", Password: NewSecret("p=w="),
		PasswordExpiry: 5, OAuthRefreshToken: NewSecret("r"), State: []string{"bitbucket:1"},
	}
	var out strings.Builder
	if err := c.Write(&out); err != nil {
		t.Fatal(err)
	}
	want := "capability[]=state\nusername=x\npassword=p=w=\noauth_refresh_token=r\npassword_expiry_utc=5\nstate[]=bitbucket:1\n"
	if out.String() != want {
		t.Errorf("got %q\nwant %q", out.String(), want)
	}
}

func TestWriteRefuses(t *testing.T) {
	for _, bad := range []string{"hunter2\n", "hunter2\r", "hunter2\x00", strings.Repeat("hunter2", maxLine)} {
		c := &Credential{Username: "x", Password: NewSecret(bad)}
		var out strings.Builder
		err := c.Write(&out)
		if !errors.Is(err, ErrUnwritable) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("got %v", err)
		}
		if out.Len() != 0 {
			t.Errorf("half an answer was written: %q", out.String())
		}
	}
}

func TestSecretIsNeverShown(t *testing.T) {
	c := Credential{Password: NewSecret("hunter2"), OAuthRefreshToken: NewSecret("hunter2"), Secret: NewSecret("hunter2")}
	encoded, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	shown := string(encoded)
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		shown += fmt.Sprintf(verb+" "+verb+" ", c, c.Password)
	}
	for _, leak := range []string{"hunter2", fmt.Sprintf("%x", "hunter2"), fmt.Sprintf("%X", "hunter2")} {
		if strings.Contains(shown, leak) {
			t.Errorf("%q is in %s", leak, shown)
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	proof.Seed(f)
	f.Add([]byte(place + "username=a\npassword=b=\n"))
	f.Add([]byte("capability[]=state\ncapability[]=authtype\n" + place + "path=ws/repo.git\nstate[]=x:1\nwwwauth[]=Basic realm=\"x\"\n"))
	f.Add([]byte(place + "authtype=Bearer\ncredential=\nephemeral=1\npassword_expiry_utc=9999999999\noauth_refresh_token=r\n\n"))
	f.Add([]byte("protocol=cert\nhost=\nusername=\npassword="))
	f.Add([]byte("a\r\n"))
	f.Add([]byte("protocol=https\r\nhost=bitbucket.org\r\nusername=a\r\n\r\n"))
	attacks, err := proof.Attacks("wire")
	if err != nil {
		f.Fatal(err)
	}
	for _, attack := range attacks {
		f.Add([]byte(attack.Text))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		first, err := Parse(bytes.NewReader(in))
		if err != nil {
			return
		}
		var out bytes.Buffer
		if err := first.Write(&out); err != nil {
			t.Fatalf("what parses cannot be written: %v", err)
		}
		second, err := Parse(&out)
		if err != nil {
			t.Fatalf("what was written does not parse: %v", err)
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("first  %+v\nsecond %+v", first, second)
		}
	})
}
