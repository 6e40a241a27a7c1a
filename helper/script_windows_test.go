package helper_test

import (
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/danieljoos/wincred"
	"github.com/rogpeppe/go-internal/testscript"
)

// configFolder is where the program keeps its index.
func configFolder(home string) string {
	return filepath.Join(home, "AppData", "Roaming", "git-credential-bitbucket")
}

// systemVars are what this system alone has in the environment.
func systemVars(home string) []string {
	return []string{"USERPROFILE=" + home, "APPDATA=" + filepath.Dir(configFolder(home))}
}

// keychain is the user's Credential Manager, one for all scripts, which therefore run
// one after the other.
type keychain struct{}

const targetPrefix = "git-credential-bitbucket:"

// keychainCommand knows what can be done to Credential Manager, which cannot be
// locked or stopped:
//
//	keychain start        it holds nothing of ours
//	keychain empty        it loses all that it holds
//	keychain items N      it must hold that many
func keychainCommand(ts *testscript.TestScript, neg bool, args []string) {
	need(ts, args, 1, "keychain COMMAND")
	items, err := wincred.List()
	ts.Check(err)
	items = slices.DeleteFunc(items, func(c *wincred.Credential) bool { return !strings.HasPrefix(c.TargetName, targetPrefix) })
	switch args[0] {
	case "start", "empty":
		for _, item := range items {
			found, err := wincred.GetGenericCredential(item.TargetName)
			ts.Check(err)
			ts.Check(found.Delete())
		}
	case "items":
		need(ts, args, 2, "keychain items N")
		if strconv.Itoa(len(items)) != args[1] {
			ts.Fatalf("Credential Manager holds %d items, not %s", len(items), args[1])
		}
	default:
		ts.Fatalf("not on this system: keychain %s", args[0])
	}
}
