package keychain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"git-credential-bitbucket/store/tokens"
)

// items are a keychain's, each a text under an id; delete and get end with tokens.ErrNotFound
// where there is none.
type items struct {
	set    func(id, text string) error
	get    func(id string) (string, error)
	delete func(id string) error
}

// partsMark begins the item of a secret that is in parts; no token and no password that git
// hands over does. Behind it stand how many they are, and the hash of the whole.
const partsMark = "\x01parts "

// partID is that of one part, from 1.
func partID(id string, n int) string { return id + "-part-" + strconv.Itoa(n) }

// put saves a text, in parts of at most that many bytes where one item would not hold it. The
// item that names them is written last: until then the old text is whole, or there is none.
func (k items) put(id, text string, most int) error {
	if len(text) <= most {
		return k.set(id, text)
	}
	count := (len(text) + most - 1) / most
	for n := range count {
		if err := k.set(partID(id, n+1), text[n*most:min(len(text), (n+1)*most)]); err != nil {
			return errors.Join(err, k.drop(id))
		}
	}
	return k.set(id, fmt.Sprintf("%s%d %x", partsMark, count, sha256.Sum256([]byte(text))))
}

// take returns a text that put saved.
func (k items) take(id string) (string, error) {
	head, err := k.get(id)
	rest, inParts := strings.CutPrefix(head, partsMark)
	if err != nil || !inParts {
		return head, err
	}
	words, hash, _ := strings.Cut(rest, " ")
	count, err := strconv.Atoi(words)
	if err != nil || count < 1 || count > tokens.MaxSecret {
		return "", tokens.ErrDamaged
	}
	var text strings.Builder
	for n := range count {
		part, err := k.get(partID(id, n+1))
		if errors.Is(err, tokens.ErrNotFound) || text.Len() > tokens.MaxSecret {
			return "", tokens.ErrDamaged
		}
		if err != nil {
			return "", err
		}
		text.WriteString(part)
	}
	if fmt.Sprintf("%x", sha256.Sum256([]byte(text.String()))) != hash {
		return "", tokens.ErrDamaged // another program replaced a part
	}
	return text.String(), nil
}

// remove deletes a text that put saved, the item that names its parts first.
func (k items) remove(id string) error {
	err := k.delete(id)
	if err != nil && !errors.Is(err, tokens.ErrNotFound) {
		return err
	}
	return errors.Join(err, k.drop(id))
}

// drop deletes the parts under an id, also those of a put that did not come to its end.
func (k items) drop(id string) error {
	count := 0
	for {
		_, err := k.get(partID(id, count+1))
		if errors.Is(err, tokens.ErrNotFound) {
			break
		}
		if err != nil {
			return err
		}
		count++
	}
	for ; count > 0; count-- { // the last first, so that those left after an interruption are found again
		if err := k.delete(partID(id, count)); err != nil && !errors.Is(err, tokens.ErrNotFound) {
			return err
		}
	}
	return nil
}
