// Package proof holds no code of the product, but what the product is held to
// under fault, load and attack: a corpus of hostile inputs, and tests that run the
// built program with real git and a real keychain. Each notes figures, which
// .ci/prove collects in a table:
//
//	go test ./proof          a short form
//	go test ./proof -long    what .ci/prove runs
package proof
