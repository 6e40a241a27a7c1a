// Git-credential-bitbucket is a git credential helper for Bitbucket Cloud. It
// keeps API tokens in the operating system's keychain and gives git the right
// username and token for https://bitbucket.org.
package main

import (
	"os"

	"git-credential-bitbucket/helper"
)

// version is set at build time.
var version = "dev"

func main() {
	os.Exit(helper.Main(version, os.Args[1:]))
}
