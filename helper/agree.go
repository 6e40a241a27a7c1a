package helper

import "git-credential-bitbucket/helper/console"

// agreeTo asks for a yes, unless it was given already. A script cannot be asked:
// it is told how to say so. no is the error of who does not agree.
func (run *Run) agreeTo(yes bool, no error, question, hint string) error {
	if yes {
		return nil
	}
	if !console.IsTerminal(run.In) {
		return console.WithHintf(no, "%s", hint)
	}
	t, err := console.OpenTerminal()
	if err != nil {
		return err
	}
	defer t.Close()
	agreed, err := run.UI.Confirmf(t, "%s", question)
	if err == nil && !agreed {
		err = no
	}
	return err
}
