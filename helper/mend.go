package helper

// How each step of check --fix is carried out.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

func (s saveToken) run(ctx context.Context, run *Run) error {
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	e, lost := s.entry(), store.ByToken(entries, s.found.token)
	if lost != nil && !run.holds(ctx, entries, s.found.token) {
		e = *lost // all but the secret is known
		e.Vault, e.Command = s.in.vault, nil
	} else {
		lost = nil
	}
	saved, err := run.Store.Save(ctx, e, tokens.Secret{Token: s.found.token}, lost)
	switch {
	case errors.Is(err, store.ErrAlreadySaved):
		return errDoneAlready
	case err == nil && saved.Name != s.name:
		run.UI.Sayf(`another token has got that name meanwhile; this one is "%s"`, saved.Name)
	}
	return run.withCure(err, toMend)
}

func (s addAlso) run(ctx context.Context, run *Run) error {
	_, err := run.Store.Edit(ctx, s.id, false, func(e *store.Entry) error {
		if !e.Knows(s.name) {
			e.Also = append(slices.Clip(e.Also), s.name)
		}
		return nil
	})
	return err
}

// errTokenWouldBeLost: a token is not taken from where it lies before it is saved.
var errTokenWouldBeLost = errors.New("the token in the URL is not safely saved, and would be lost")

// errMoved: a file is not where the plan says any more.
var errMoved = errors.New("it has become a link, or lies elsewhere now; nothing in it was changed")

// run cleans what it finds now: an address that has changed since the plan was
// shown is left alone.
func (s cleanAddresses) run(ctx context.Context, run *Run) error {
	if git.RealPath(s.file) != s.file {
		return errMoved
	}
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	saved := func(token tokens.Token) bool { return run.holds(ctx, entries, token) }
	changed, err := git.EditConfig(ctx, s.file, func(e *git.Edit) error {
		variables := e.Variables()
		for i, v := range variables {
			if err := s.cleanVariable(saved, e, i, v); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil && !changed {
		return errDoneAlready
	}
	return setup.WithLock(err, s.file)
}

// cleanVariable changes one line, if the plan says so.
func (s cleanAddresses) cleanVariable(saved func(tokens.Token) bool, e *git.Edit, i int, v git.Variable) error {
	if sub, isRule := ruleAddress(v.Key); isRule {
		address, ok := git.ParseAddress(sub)
		change := s.changeOf(true, "", address)
		switch {
		case !ok || change == nil:
			return nil
		case change.to == v.Value:
			e.Remove(i) // a rule that leads from a place to itself
		}
		e.RenameHeading(e.Heading(i), change.to)
		return change.isSafe(saved)
	}
	if !git.IsAddressKey(v.Key) {
		return nil
	}
	address, ok := git.ParseAddress(v.Value)
	change := s.changeOf(false, v.Key, address)
	if !ok || change == nil || v.Value == change.to {
		return nil
	}
	e.Set(i, change.to)
	return change.isSafe(saved)
}

// ruleAddress returns the address in the key of a url.<address>.insteadOf.
func ruleAddress(key string) (address string, isRule bool) {
	section, address, name := git.SplitKey(key)
	return address, section == "url" && (name == "insteadof" || name == "pushinsteadof")
}

// changeOf finds what the plan says of an address. One with another secret than
// that which was judged is another address.
func (s cleanAddresses) changeOf(rule bool, key string, address git.Address) *addressChange {
	secret, _ := secretIn(address)
	for _, c := range s.changes {
		if c.rule == rule && c.from == shownAddress(address) && (rule || c.key == key) && c.secret.token == secret.token {
			return &c
		}
	}
	return nil
}

// isSafe makes sure that no token goes with the password of an address before the
// store has it.
func (c addressChange) isSafe(saved func(tokens.Token) bool) error {
	if !c.secret.isKeepable() || saved(c.secret.token) {
		return nil
	}
	return errTokenWouldBeLost
}

// noHelpError: a step was carried out, and did not do what it is for.
type noHelpError struct{ error }

func (s forgetInHelper) run(ctx context.Context, run *Run) error {
	// Some helpers erase whatever they hold for the name, so the secret must be the
	// one that was judged, at this very moment.
	f, ok := fillFrom(ctx, s.helper, s.found.user, "")
	if !ok || f.user != s.found.user || f.token != s.found.token {
		return errDoneAlready
	}
	for _, path := range strings.Fields(s.paths) {
		if other, ok := fillFrom(ctx, s.helper, s.found.user, path); ok && other.token != s.found.token {
			return fmt.Errorf("it holds another password for %s, which it might forget as well", path)
		}
	}
	c := credential.Credential{Protocol: "https", Host: store.GitHost, Username: f.user, Password: credential.NewSecret(f.token.Reveal())}
	var in bytes.Buffer
	if err := c.Write(&in); err != nil {
		return err
	}
	if err := s.helper.Reject(ctx, in.Bytes()); err != nil {
		return err
	}
	if again, ok := fillFrom(ctx, s.helper, s.found.user, ""); ok && again.token == s.found.token {
		return noHelpError{errors.New("it still holds it")}
	}
	return nil
}

func (s takeOut) run(ctx context.Context, run *Run) error {
	text, err := git.ReadFile(s.file)
	if err != nil {
		return err
	}
	var lines, others []git.PasswordLine
	for _, line := range s.parse(text) {
		if line.Host == store.GitHost && s.means(line) {
			lines = append(lines, line)
		} else {
			others = append(others, line)
		}
	}
	if len(lines) == 0 {
		return errDoneAlready
	}
	after := git.WithoutLines(text, lines)
	if !slices.EqualFunc(s.parse(after), others, git.PasswordLine.Same) {
		return errors.New("the file cannot be changed safely; take the lines out by hand")
	}
	return git.ReplaceFile(s.file, text, after, s.copy)
}

func (s takeOut) means(line git.PasswordLine) bool {
	return slices.ContainsFunc(s.secrets, func(f foundSecret) bool {
		return f.user == line.User && f.token == tokens.New(line.Password)
	})
}

func (s switchOn) run(ctx context.Context, run *Run) error {
	file := s.file
	if s.scope == git.Local && git.RealPath(file) != file {
		return errMoved
	}
	if s.scope != git.Local {
		var err error
		if file, err = git.ConfigFile(ctx, ".", s.scope); err != nil {
			return err
		}
	}
	changed, err := git.EditConfig(ctx, file, func(e *git.Edit) error {
		s.write(e)
		return nil
	})
	if err == nil && !changed {
		return errDoneAlready
	}
	return setup.WithLock(err, file)
}

// write changes the last line that says otherwise, or adds one. One that a line
// for all URLs overrules further down moves behind it.
func (s switchOn) write(e *git.Edit) {
	last, overruled := -1, false
	for i, v := range e.Variables() {
		section, sub, name := git.SplitKey(v.Key)
		if section != s.section || name != strings.ToLower(s.name) {
			continue
		}
		if overruled = sub != s.sub; !overruled {
			last = i
		}
	}
	if last >= 0 && !overruled {
		e.Set(last, s.value)
		return
	}
	if last >= 0 {
		e.Remove(last)
	}
	e.Append(s.section, s.sub, git.Variable{Key: s.name, Value: s.value})
}

func (setUp) run(ctx context.Context, run *Run) error {
	o := &setup.Options{}
	needsPath, err := needsPath(run)
	if err != nil {
		return err
	}
	file, lines, err := setup.Prepare(ctx, o, needsPath)
	if err == nil {
		err = setup.Write(ctx, file, lines)
	}
	if err != nil {
		return err
	}
	if err := setup.ReadBack(ctx, run.UI, o); err != nil {
		return noHelpError{err}
	}
	return nil
}
