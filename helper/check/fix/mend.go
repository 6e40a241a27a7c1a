package fix

// How each step of check --fix is carried out.

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"git-credential-bitbucket/helper/credential"
	"git-credential-bitbucket/helper/found"
	"git-credential-bitbucket/helper/git"
	"git-credential-bitbucket/helper/passwords"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/helper/setup"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/tokens"
)

func (s SaveToken) run(ctx context.Context, run *program.Run) error {
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	e, lost := s.Entry(), store.ByToken(entries, s.Found.Token)
	if lost != nil && !run.Holds(ctx, entries, s.Found.Token) {
		e = *lost // all but the secret is known
		e.Vault, e.Command = s.In.Vault, nil
	} else {
		lost = nil
	}
	saved, err := run.Store.Save(ctx, e, tokens.Secret{Token: s.Found.Token}, lost)
	switch {
	case errors.Is(err, store.ErrAlreadySaved):
		return errDoneAlready
	case err == nil && saved.Name != s.Name:
		run.UI.Sayf(`another token took that name meanwhile; this one is "%s"`, saved.Name)
	}
	return run.WithHint(err, program.ToMend)
}

func (s AddAlso) run(ctx context.Context, run *program.Run) error {
	_, err := run.Store.Edit(ctx, s.ID, false, func(e *store.Entry) error {
		switch {
		case e.Knows(s.Name):
		case s.Own && e.Username == "":
			e.Username = s.Name
		default:
			e.Also = append(slices.Clip(e.Also), s.Name)
		}
		return nil
	})
	return err
}

// errTokenWouldBeLost: a token is not taken from where it is before it is saved.
var errTokenWouldBeLost = errors.New("the token in the URL is not safely saved, and would be lost")

// errMoved: a file is not where the plan says any more.
var errMoved = errors.New("it is a link or in another place now; nothing in it was changed")

// run cleans what it finds now: an address that has changed since the plan was
// shown is left alone.
func (s CleanAddresses) run(ctx context.Context, run *program.Run) error {
	if git.RealPath(s.File) != s.File {
		return errMoved
	}
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	saved := func(token tokens.Token) bool { return run.Holds(ctx, entries, token) }
	changed, err := git.EditConfig(ctx, s.File, func(e *git.Edit) error {
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
	return setup.WithLock(err, s.File)
}

// cleanVariable changes one line, if the plan says so.
func (s CleanAddresses) cleanVariable(saved func(tokens.Token) bool, e *git.Edit, i int, v git.Variable) error {
	if sub, isRule := ruleAddress(v.Key); isRule {
		address, ok := git.ParseAddress(sub)
		change := s.changeOf(true, "", address)
		switch {
		case !ok || change == nil:
			return nil
		case change.To == v.Value:
			e.Remove(i) // a rule that leads from a place to itself
		}
		e.RenameHeading(e.Heading(i), change.To)
		return change.isSafe(saved)
	}
	if !git.IsAddressKey(v.Key) {
		return nil
	}
	address, ok := git.ParseAddress(v.Value)
	change := s.changeOf(false, v.Key, address)
	if !ok || change == nil || v.Value == change.To {
		return nil
	}
	e.Set(i, change.To)
	return change.isSafe(saved)
}

// ruleAddress returns the address in the key of a url.<address>.insteadOf.
func ruleAddress(key string) (address string, isRule bool) {
	section, address, name := git.SplitKey(key)
	return address, section == "url" && (name == "insteadof" || name == "pushinsteadof")
}

// changeOf finds what the plan says of an address. One with another secret than
// that which was judged is another address.
func (s CleanAddresses) changeOf(rule bool, key string, address git.Address) *AddressChange {
	secret, _ := found.SecretIn(address)
	for _, c := range s.Changes {
		if c.Rule == rule && c.From == found.ShownAddress(address) && (rule || c.Key == key) && c.Secret.Token == secret.Token {
			return &c
		}
	}
	return nil
}

// isSafe checks that no token goes with the password of an address before the
// store has it.
func (c AddressChange) isSafe(saved func(tokens.Token) bool) error {
	if !c.Secret.IsKeepable() || saved(c.Secret.Token) {
		return nil
	}
	return errTokenWouldBeLost
}

// noHelpError: a step was carried out, and did not do what it is for.
type noHelpError struct{ error }

func (s ForgetInHelper) run(ctx context.Context, run *program.Run) error {
	// Some helpers erase whatever they hold for the name, so the secret must be the
	// one that was judged, at this very moment.
	f, ok := found.Held(ctx, s.Helper, s.Found.User, "")
	if !ok || f.User != s.Found.User || f.Token != s.Found.Token {
		return errDoneAlready
	}
	for _, path := range strings.Fields(s.Paths) {
		if other, ok := found.Held(ctx, s.Helper, s.Found.User, path); ok && other.Token != s.Found.Token {
			return fmt.Errorf("it holds another password for %s, which it might forget as well", path)
		}
	}
	c := credential.Credential{Protocol: "https", Host: store.GitHost, Username: f.User, Password: credential.NewSecret(f.Token.Reveal())}
	var in bytes.Buffer
	if err := c.Write(&in); err != nil {
		return err
	}
	if err := s.Helper.Reject(ctx, in.Bytes()); err != nil {
		return err
	}
	if again, ok := found.Held(ctx, s.Helper, s.Found.User, ""); ok && again.Token == s.Found.Token {
		return noHelpError{errors.New("it still holds it")}
	}
	return nil
}

func (s TakeOut) run(ctx context.Context, run *program.Run) error {
	text, err := git.ReadFile(s.File)
	if err != nil {
		return err
	}
	var lines, others []passwords.Line
	for _, line := range s.parse(text) {
		if line.Host == store.GitHost && s.Means(line) {
			lines = append(lines, line)
		} else {
			others = append(others, line)
		}
	}
	if len(lines) == 0 {
		return errDoneAlready
	}
	after := passwords.WithoutLines(text, lines)
	if !slices.EqualFunc(s.parse(after), others, passwords.Line.Same) {
		return errors.New("the file cannot be changed safely; remove the lines by hand")
	}
	return git.ReplaceFile(s.File, text, after, s.Copy)
}

func (s TakeOut) Means(line passwords.Line) bool {
	return slices.ContainsFunc(s.Secrets, func(f found.Secret) bool {
		return f.User == line.User && f.Token == tokens.New(line.Password)
	})
}

func (s SwitchOn) run(ctx context.Context, run *program.Run) error {
	file := s.File
	if s.Scope == git.Local && git.RealPath(file) != file {
		return errMoved
	}
	if s.Scope != git.Local {
		var err error
		if file, err = git.ConfigFile(ctx, ".", s.Scope); err != nil {
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
func (s SwitchOn) write(e *git.Edit) {
	last, overruled := -1, false
	for i, v := range e.Variables() {
		section, sub, name := git.SplitKey(v.Key)
		if section != s.Section || name != strings.ToLower(s.Name) {
			continue
		}
		if overruled = sub != s.Sub; !overruled {
			last = i
		}
	}
	if last >= 0 && !overruled {
		e.Set(last, s.Value)
		return
	}
	if last >= 0 {
		e.Remove(last)
	}
	e.Append(s.Section, s.Sub, git.Variable{Key: s.Name, Value: s.Value})
}

func (s SetUp) run(ctx context.Context, run *program.Run) error {
	o := &setup.Options{}
	if s.Clone {
		o = setup.ForClone()
	}
	needsPath, err := run.Store.NeedsPath()
	if err != nil {
		return err
	}
	file, sections, err := setup.Prepare(ctx, o, needsPath)
	if err == nil {
		err = setup.Write(ctx, file, sections)
	}
	if err != nil {
		return err
	}
	if err := setup.ReadBack(ctx, run.UI, o); err != nil {
		return noHelpError{err}
	}
	return nil
}
