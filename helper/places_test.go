//go:build linux

package helper_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"git-credential-bitbucket/helper/bitbucket/bitbuckettest"
	"git-credential-bitbucket/store/storetest"
)

// overSSH is a person with git set up and no D-Bus, as on a server, and a Bitbucket.
func overSSH(t *testing.T) (env []string, server *bitbuckettest.Server, token string) {
	t.Helper()
	env, server, token = firstTime(t, ours)
	env = append(env, "DBUS_SESSION_BUS_ADDRESS=", "XDG_RUNTIME_DIR="+t.TempDir())
	t.Cleanup(func() { Lock(t, env) })
	return env, server, token
}

func Lock(t *testing.T, env []string) {
	t.Helper()
	cmd := exec.Command("git-credential-bitbucket", "lock")
	cmd.Env = env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

const (
	whichPlace    = "number [1]: "
	newPassphrase = "new passphrase: "
	onceMore      = "new passphrase again: "
	oldPassphrase = "Enter passphrase for key 'git-credential-bitbucket': "
	tokenQuestion = firstQuestion
)

// saveOver goes through the rest of a person's store.
func (p *person) saveOver(token string) {
	p.t.Helper()
	for _, turn := range [][2]string{{tokenQuestion, token}, {"checks the token now; Enter skips): ", ""}, {"username (Enter skips): ", "brandon"}, {"in 365 days): ", "90d"}} {
		p.next(turn[0])
		p.typeIn(turn[1] + "\n")
	}
}

// unlock types the passphrase when it is asked for.
func (p *person) unlock(words string) {
	p.t.Helper()
	p.next(oldPassphrase)
	p.typeIn(words + "\n")
}

// choose chooses a passphrase.
func (p *person) choose(words string) {
	p.t.Helper()
	p.next(newPassphrase)
	p.typeIn(words + "\n")
	p.next(onceMore)
	p.typeIn(words + "\n")
}

// Without a keychain a person chooses where the token goes, makes the encrypted
// store, and has it at once in git.
func TestChooseEncrypted(t *testing.T) {
	env, _, token := overSSH(t)
	p := onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.next("the keychain cannot be used: no D-Bus session\r\nhint: use a desktop session\r\nwhere should the token be stored instead?\r\n  1  in an encrypted file")
	p.next(whichPlace)
	p.typeIn("five\n")
	p.next("a number from 1 to 4")
	p.next(whichPlace)
	p.typeIn("\n")
	p.next(newPassphrase)
	if p.echoes() {
		t.Error("the terminal would show the passphrase")
	}
	p.typeIn("some words\n")
	p.next(onceMore)
	p.typeIn("other words\n")
	p.next("the two are not the same")
	p.choose("some words")
	p.next("made the encrypted store in ~/.config/git-credential-bitbucket/encrypted")
	p.saveOver(token)
	p.next(`saved the token "brandon" in the encrypted store`)
	p.next("git can read it until that is locked, in 12 hours at the latest")
	p.wantExit(0)
	if strings.Contains(p.seen.String(), "some words") {
		t.Errorf("the passphrase is on the screen:\n%s", p.seen.String())
	}
	again := onTerminal(t, env, "sh", "-c", lsRemote)
	again.waitFor("refs/heads/main")
	again.wantExit(0)

	needProgram(t, "age") // the identity and the token are files that age's own tool can open
	folder := encryptedFolder(home(env))
	files, err := filepath.Glob(filepath.Join(folder, "*.token.age"))
	if err != nil || len(files) != 1 {
		t.Fatal(files, err)
	}
	byHand := onTerminal(t, env, "age", "--decrypt", "-i", filepath.Join(folder, "identity.age"), files[0])
	byHand.waitFor("passphrase")
	byHand.typeIn("some words\n")
	byHand.waitFor(token)
	byHand.wantExit(0)
}

// Who wants no passphrase is offered the other places; the plain file says what it
// is.
func TestChooseAnotherPlace(t *testing.T) {
	env, _, token := overSSH(t)
	p := onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.next(whichPlace)
	p.typeIn("1\n")
	p.next(newPassphrase)
	p.typeIn("\n")
	p.next("no passphrase was given\r\nwhere should the token be stored instead?")
	p.next(whichPlace)
	p.typeIn("2\n")
	p.next("command that prints the token, such as: pass show bitbucket: ")
	p.typeIn("no-such-manager get it\n")
	p.next("this is not a command: ")
	p.typeIn("\x04")
	p.next("cancelled, nothing was changed")
	p.wantExit(1)
	if entries, _ := os.ReadDir(filepath.Join(home(env), ".config/git-credential-bitbucket")); len(entries) > 0 {
		t.Errorf("left behind: %v", entries)
	}

	p = onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.next(whichPlace)
	p.typeIn("3\n")
	p.next("the token is stored unencrypted in ~/.config/git-credential-bitbucket/files: every program you run can read it, and so can anyone with the disk or a backup")
	p.saveOver(token)
	p.next(`saved the token "brandon" in a plain file, not encrypted`)
	p.wantExit(0)

	// Another token: what was chosen before is suggested.
	p = onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.next("number [3]: ")
	p.typeIn("4\n")
	p.next("nothing was saved\r\nhint: export BITBUCKET_TOKEN=…")
	p.wantExit(1)

	p = onTerminal(t, env, "git", "credential-bitbucket", "store")
	p.next("number [3]: ")
	p.typeIn("2\n")
	p.next("command that prints the token")
	p.typeIn("false\n")
	p.next("the command failed: exit status 1\r\nhint: see what it says: ")
	p.next("number [3]: ")
	p.typeIn("2\n")
	p.next("command that prints the token")
	other := filepath.Join(t.TempDir(), "other")
	if err := os.WriteFile(other, []byte(storetest.APIToken()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.typeIn("cat " + other + "\n")
	p.next("checks the token now; Enter skips): ")
	p.typeIn("\n")
	p.next("username (Enter skips): ")
	p.typeIn("alice\n")
	p.next("in 365 days): ")
	p.typeIn("\n")
	p.next(`saved no token, but where git gets "alice" from: `)
	p.wantExit(0)
}

func TestUnlockHasThreeTries(t *testing.T) {
	env, _, _ := overSSH(t)
	if err := storetest.MakeEncrypted(encryptedFolder(home(env)), storetest.Words); err != nil {
		t.Fatal(err)
	}
	p := onTerminal(t, env, "git", "credential-bitbucket", "unlock")
	for range 3 {
		p.next(oldPassphrase)
		p.typeIn("wrong\n")
	}
	p.next("wrong passphrase, 3 times; nothing was changed\r\nhint: without it the tokens are lost; to give them up: git credential-bitbucket erase NAME, and then rm -r ~/.config/git-credential-bitbucket/encrypted")
	p.wantExit(1)

	p = onTerminal(t, env, "git", "credential-bitbucket", "unlock", "--for", "30m")
	p.next(oldPassphrase)
	p.typeIn("wrong\n")
	p.next("that is not the passphrase")
	p.unlock("some words")
	p.next("the encrypted store is unlocked until ")
	p.wantExit(0)

	for key, said := range map[string]string{"\x04": "cancelled, nothing was changed", "\n": "no passphrase was given"} {
		Lock(t, env)
		p = onTerminal(t, env, "git", "credential-bitbucket", "unlock")
		p.next(oldPassphrase)
		p.typeIn(key)
		p.next(said)
		p.wantExit(1)
		if strings.Contains(p.seen.String(), "in the environment") {
			t.Errorf("a hint that does not help:\n%s", p.seen.String())
		}
	}
	p = onTerminal(t, env, "git-credential-bitbucket", "unlock")
	p.next(oldPassphrase)
	p.typeIn("\x03")
	p.wantExit(128 + int(syscall.SIGINT))
	if !p.echoes() {
		t.Error("the terminal was left without echo")
	}
}

func TestUnlockMakesTheStore(t *testing.T) {
	env, _, _ := overSSH(t)
	p := onTerminal(t, env, "git", "credential-bitbucket", "unlock")
	p.next(newPassphrase)
	p.typeIn("\n")
	p.next("no passphrase was given\r\nhint: git credential-bitbucket store --in encrypted (or file, or 'command:…')\r\nhint: or export BITBUCKET_TOKEN=…")
	p.wantExit(1)
	p = onTerminal(t, env, "git", "credential-bitbucket", "unlock")
	for range 3 {
		p.next(newPassphrase)
		p.typeIn("some words\n")
		p.next(onceMore)
		p.typeIn("\n")
	}
	p.next("no passphrase was given")
	p.wantExit(1)
	if _, err := os.Stat(encryptedFolder(home(env))); err == nil {
		t.Error("something was made")
	}
}

func TestChangePassphraseByHand(t *testing.T) {
	env, _, _ := overSSH(t)
	if err := storetest.MakeEncrypted(encryptedFolder(home(env)), storetest.Words); err != nil {
		t.Fatal(err)
	}
	identity := filepath.Join(encryptedFolder(home(env)), "identity.age")
	before, err := os.ReadFile(identity)
	if err != nil {
		t.Fatal(err)
	}
	p := onTerminal(t, env, "git", "credential-bitbucket", "passphrase")
	for range 3 {
		p.next(oldPassphrase)
		p.typeIn("wrong\n")
	}
	p.next("wrong passphrase, 3 times; nothing was changed")
	p.wantExit(1)
	p = onTerminal(t, env, "git", "credential-bitbucket", "passphrase")
	p.unlock("some words")
	p.next(newPassphrase)
	p.typeIn("\n")
	p.next("no passphrase was given; nothing was changed")
	p.wantExit(1)
	if after, err := os.ReadFile(identity); err != nil || string(after) != string(before) {
		t.Errorf("changed: %v", err)
	}
	p = onTerminal(t, env, "git", "credential-bitbucket", "passphrase")
	p.unlock("some words")
	p.choose("other words")
	p.next("the encrypted store has a new passphrase")
	p.wantExit(0)
	p = onTerminal(t, env, "git", "credential-bitbucket", "unlock")
	p.unlock("some words")
	p.unlock("other words")
	p.next("is unlocked until")
	p.wantExit(0)
}

// Where the kernel's keyring is refused, git keeps a person waiting for the
// passphrase, and it is said why.
func TestGetAsksForThePassphrase(t *testing.T) {
	env, _, token := overSSH(t)
	if err := storetest.MakeEncrypted(encryptedFolder(home(env)), storetest.Words); err != nil {
		t.Fatal(err)
	}
	p := onTerminal(t, env, "without-kernel-keyring", "git", "credential-bitbucket", "store", "--in", "encrypted")
	p.next("the kernel's keyring cannot be used: operation not permitted, so the passphrase is asked for each time")
	p.unlock("some words")
	p.saveOver(token)
	p.next(`saved the token "brandon" in the encrypted store`)
	p.wantExit(0)

	p = onTerminal(t, env, "without-kernel-keyring", "sh", "-c", lsRemote)
	p.next("the kernel's keyring cannot be used: operation not permitted, so the passphrase is asked for each time\r\n" + oldPassphrase)
	p.typeIn("wrong\n")
	p.next("that is not the passphrase")
	p.unlock("some words")
	p.next("refs/heads/main")
	p.wantExit(0)

	for _, key := range []string{"wrong\nwrong\nwrong\n", "\n", "\x04"} {
		p = onTerminal(t, env, "without-kernel-keyring", "sh", "-c", lsRemote)
		p.next(oldPassphrase)
		p.typeIn(key)
		p.next(`the token "brandon" cannot be used: `)
		p.next(gitsQuestion)
	}
	// No question comes where none may, nor where unlock would do.
	p = onTerminal(t, append(env, "GIT_TERMINAL_PROMPT=0"), "without-kernel-keyring", "sh", "-c", lsRemote)
	p.next("the encrypted store is locked: the kernel's keyring cannot be used: operation not permitted")
	p.next("hint: run git on a terminal, or export GIT_CREDENTIAL_BITBUCKET_PASSPHRASE_FILE=FILE")
	p.wantExit(128)
	p = onTerminal(t, env, "sh", "-c", lsRemote)
	p.next(`the token "brandon" cannot be used: the encrypted store is locked`)
	p.next("hint: git credential-bitbucket unlock")
	p.next(gitsQuestion)
	if strings.Contains(p.seen.String(), oldPassphrase) {
		t.Error("asked, where unlock would do")
	}
}

// A command that wants the encrypted store asks for the passphrase itself.
func TestMoveUnlocks(t *testing.T) {
	env, _, token := overSSH(t)
	if err := storetest.MakeEncrypted(encryptedFolder(home(env)), storetest.Words); err != nil {
		t.Fatal(err)
	}
	p := onTerminal(t, env, "git", "credential-bitbucket", "store", "--in", "file")
	p.saveOver(token)
	p.wantExit(0)
	p = onTerminal(t, env, "git", "credential-bitbucket", "move", "brandon", "--in", "encrypted")
	p.unlock("some words")
	p.next(`moved the token "brandon": it is now stored in the encrypted store`)
	p.wantExit(0)
	again := onTerminal(t, env, "sh", "-c", lsRemote)
	again.next("refs/heads/main")
	again.wantExit(0)
}

// savedEncrypted is overSSH with a token in the encrypted store, which is locked.
func savedEncrypted(t *testing.T, names ...string) (env []string) {
	t.Helper()
	env, _, _ = overSSH(t)
	if err := storetest.MakeEncrypted(encryptedFolder(home(env)), storetest.Words); err != nil {
		t.Fatal(err)
	}
	script(t, env, "some words\n", "unlock")
	for _, name := range names {
		script(t, env, storetest.APIToken()+"\n", "store", "--in", "encrypted", "--username", name, "--no-verify")
	}
	Lock(t, env)
	return env
}

// script runs the program without a terminal.
func script(t *testing.T, env []string, in string, args ...string) (out string) {
	t.Helper()
	cmd := exec.Command("git-credential-bitbucket", args...)
	cmd.Env, cmd.Stdin = env, strings.NewReader(in)
	all, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", args, err, all)
	}
	return string(all)
}

// Git says in its configuration that no question may come, wherever that is.
func TestNoPassphraseQuestion(t *testing.T) {
	env := savedEncrypted(t, "brandon")
	const line = "the encrypted store is locked: the kernel's keyring cannot be used: operation not permitted"
	p := onTerminal(t, append(env, "GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=credential.interactive", "GIT_CONFIG_VALUE_0=false"),
		"without-kernel-keyring", "sh", "-c", lsRemote)
	p.next(line)
	config := filepath.Join(home(env), ".gitconfig")
	if err := os.WriteFile(config, []byte(ours+"\tinteractive = never\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p = onTerminal(t, env, "without-kernel-keyring", "sh", "-c", lsRemote)
	p.next(line)
	if strings.Contains(p.seen.String(), oldPassphrase) {
		t.Error("asked")
	}
}

// Of two gets at one terminal, one asks, and then the other.
func TestOneQuestionAtATime(t *testing.T) {
	env := savedEncrypted(t, "brandon")
	request := filepath.Join(t.TempDir(), "request")
	if err := os.WriteFile(request, []byte("protocol=https\nhost=bitbucket.org\n\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	get := "git-credential-bitbucket get <" + request + " | sed -n s/^password=.*/GOT/p & "
	p := onTerminal(t, env, "without-kernel-keyring", "sh", "-c", get+get+"wait; echo all over")
	// The second may ask before what the first has got is on the screen.
	p.unlock("some words")
	p.unlock("some words")
	p.waitForAnother("GOT", 2)
	p.waitFor("all over")
	p.wantExit(0)
	if strings.Contains(p.seen.String(), "not the passphrase") {
		t.Errorf("the answers got mixed up:\n%s", p.seen.String())
	}
}

// A user who gives no passphrase to a check is not asked for each token.
func TestCheckAsksOnce(t *testing.T) {
	env := savedEncrypted(t, "brandon", "alice", "bob")
	p := onTerminal(t, env, "without-kernel-keyring", "git", "credential-bitbucket", "check", "--offline")
	p.next(oldPassphrase)
	p.typeIn("\x04")
	p.next(`the token "alice" cannot be read from the encrypted store`)
	p.next(`the token "bob" cannot be read from the encrypted store`)
	p.wantExit(1)
	if count := strings.Count(p.seen.String(), oldPassphrase); count != 1 {
		t.Errorf("asked %d times", count)
	}
	p = onTerminal(t, env, "without-kernel-keyring", "git", "credential-bitbucket", "check", "--offline", "--json")
	p.next("the encrypted store is locked: the kernel's keyring cannot be used")
	p.wantExit(1)
	if strings.Contains(p.seen.String(), oldPassphrase) {
		t.Error("a program that reads JSON is asked")
	}
}

// Git's store and erase ask no question: git is done then, or about to ask itself.
func TestStoreAndEraseDoNotAsk(t *testing.T) {
	env := savedEncrypted(t)
	credential := "protocol=https\nhost=bitbucket.org\nusername=alice\npassword=hunter2\n"
	keyed := append(env, "DBUS_SESSION_BUS_ADDRESS="+storetest.StartKeychain(t).Address())
	script(t, keyed, credential, "store")
	script(t, keyed, "some words\n", "unlock")
	script(t, keyed, "", "move", "alice", "--in", "encrypted")
	Lock(t, env)
	file := filepath.Join(t.TempDir(), "credential")
	if err := os.WriteFile(file, []byte(credential), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, word := range []string{"store", "erase"} {
		p := onTerminal(t, env, "without-kernel-keyring", "sh", "-c", "git-credential-bitbucket "+word+" <"+file)
		p.wantExit(1)
		if strings.Contains(p.seen.String(), oldPassphrase) {
			t.Errorf("%s asks", word)
		}
	}
}

// What a command leaves unlocked, or has made, it says.
func TestWhatStaysIsSaid(t *testing.T) {
	env := savedEncrypted(t, "brandon")
	p := onTerminal(t, env, "git", "credential-bitbucket", "move", "brandon", "--in", "file")
	p.unlock("some words")
	p.next("the encrypted store is unlocked now, for 12 hours at the most\r\nhint: to lock it before that: git credential-bitbucket lock")
	p.wantExit(0)

	script(t, env, "some words\n", "unlock")
	script(t, env, "", "move", "brandon", "--in", "encrypted")
	Lock(t, env)
	p = onTerminal(t, env, "without-kernel-keyring", "git", "credential-bitbucket", "move", "brandon", "--in", "file")
	p.unlock("some words")
	p.next("moved the token")
	p.wantExit(0)
	if strings.Contains(p.seen.String(), "is unlocked now") {
		t.Errorf("nothing is:\n%s", p.seen.String())
	}

	env, _, _ = overSSH(t)
	p = onTerminal(t, env, "git", "credential-bitbucket", "store", "--in", "encrypted")
	p.choose("some words")
	p.next("made the encrypted store in ")
	p.next(tokenQuestion)
	p.typeIn("\x04")
	p.next("nothing was saved")
	p.wantExit(1)
	if strings.Contains(p.seen.String(), "nothing was changed") {
		t.Errorf("that is not true:\n%s", p.seen.String())
	}
}

// Enter at the passphrase of a store that is there leads back to the other places;
// Ctrl-C ends all.
func TestOtherPlacesThanALockedStore(t *testing.T) {
	env := savedEncrypted(t, "brandon")
	p := onTerminal(t, env, "git-credential-bitbucket", "store")
	p.next(whichPlace)
	p.typeIn("\n")
	p.next(oldPassphrase)
	p.typeIn("\n")
	p.next("no passphrase was given\r\nwhere should the token be stored instead?")
	p.next(whichPlace)
	p.typeIn("3\n")
	p.next("the token is stored unencrypted in ")
	p.next(tokenQuestion)
	p.typeIn("\x03")
	p.wantExit(128 + int(syscall.SIGINT))

	for _, turns := range [][]string{{"--name", "brandon"}, {}} {
		p = onTerminal(t, env, append([]string{"git-credential-bitbucket", "store"}, turns...)...)
		if len(turns) == 0 {
			p.next(whichPlace)
			p.typeIn("\n")
		}
		p.next(oldPassphrase)
		p.typeIn("\x03")
		p.wantExit(128 + int(syscall.SIGINT))
		if strings.Count(p.seen.String(), whichPlace) != 1-len(turns)/2 {
			t.Errorf("asked once more after Ctrl-C:\n%s", p.seen.String())
		}
	}

	p = onTerminal(t, env, "git-credential-bitbucket", "store", "--in", "keychain")
	p.next("the keychain cannot be used: no D-Bus session")
	p.wantExit(1)
	if strings.Contains(p.seen.String(), whichPlace) {
		t.Error("asked for another place than the one that was chosen")
	}

	p = onTerminal(t, env, "without-kernel-keyring", "git-credential-bitbucket", "move", "brandon", "--in", "file")
	p.next(oldPassphrase)
	p.typeIn("some\x03")
	p.wantExit(128 + int(syscall.SIGINT))
	if !p.echoes() {
		t.Error("the terminal was left without echo")
	}
}

// A password manager's command may ask something at the terminal.
func TestCommandAtTheTerminal(t *testing.T) {
	env, _, token := firstTime(t, ours)
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	command := `command:sh -c "printf pin: >/dev/tty; read -r pin </dev/tty; cat ` + path + `"`
	p := onTerminal(t, env, "git", "credential-bitbucket", "store", "--in", command, "--username", "brandon", "--email", "", "--expires", "90d", "--no-verify")
	for range 2 { // to read the token, and to see that it is printed again
		p.next("pin:")
		p.typeIn("1234\n")
	}
	p.next(`saved no token, but where git gets "brandon" from: `)
	p.wantExit(0)
}

// A token that was typed is not thrown away because a command has its name.
func TestTypedInsteadOfACommand(t *testing.T) {
	env, _, token := firstTime(t, ours)
	path := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(path, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	script(t, env, "", "store", "--in", "command:cat "+path, "--username", "brandon", "--no-verify")
	for _, turn := range [][2]string{{"n", `token "brandon" comes from a command; nothing was saved`}, {"y", `saved the token "brandon" in the keychain`}} {
		p := onTerminal(t, env, "git", "credential-bitbucket", "store", "--no-verify")
		p.saveOver(storetest.APIToken())
		p.next(`a token named "brandon" was saved on `)
		p.next("replace it? [y/N]: ")
		p.typeIn("y\n")
		p.next(`the token "brandon" comes from the command `)
		p.next("store this one in the keychain instead? [y/N]: ")
		p.typeIn(turn[0] + "\n")
		p.next(turn[1])
	}
}
