// Pair is the least that a credential helper can be: it reads the request, as git expects, and answers a fixed pair.
package main

import (
	"fmt"
	"io"
	"os"
)

func main() {
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "pair: read the request:", err)
		os.Exit(1)
	}
	fmt.Print("username=somebody\npassword=something\n")
}
