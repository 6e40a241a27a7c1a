package token

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"git-credential-bitbucket/helper/advice"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/details"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
	"git-credential-bitbucket/store/hint"
	"git-credential-bitbucket/store/tokens"

	"github.com/spf13/cobra"
)

type listOptions struct{ json, names bool }

// ListCommand lists what is saved.
func ListCommand(run *program.Run) *cobra.Command {
	o := &listOptions{}
	c := run.Command("list [--json | --names]", "list what is saved, without any secret", "Lists what is saved, without any secret. No keychain is opened for it.",
		func(_ context.Context, args []string) error { return list(run, o, args) })
	c.Flags().BoolVar(&o.json, "json", false, "as JSON, an array of objects whose names and meanings stay")
	c.Flags().BoolVar(&o.names, "names", false, "only the names of what is saved, one a line")
	return c
}

// listed is an entry as list --json shows it. Names and meanings stay; new ones
// may come.
type listed struct {
	Name          string   `json:"name"`
	Kind          string   `json:"kind"`     // api-token, access-token or password
	For           string   `json:"for"`      // workspace or workspace/repository; "" is all of bitbucket.org
	Username      string   `json:"username"` // "" if not known
	Also          []string `json:"also"`
	Email         string   `json:"email"`
	Scopes        []string `json:"scopes"`          // as Bitbucket names them; empty if not known
	Expires       string   `json:"expires"`         // a time, RFC 3339 UTC, or ""
	ExpiryGuessed bool     `json:"expiry_guessed"`  // no person said so
	State         string   `json:"state"`           // ok, not-checked, expires-soon, expired or set-aside
	Reason        string   `json:"reason"`          // why it was set aside: refused, dead or forgotten
	Until         string   `json:"set_aside_until"` // a time, or "" for until restored
	Saved         string   `json:"saved"`           // a time
	Accepted      string   `json:"accepted"`        // a time, or "": when git last said that it worked
	Checked       string   `json:"checked"`         // a time, or "": when Bitbucket last said that it is alive
	Vault         string   `json:"vault"`           // keychain, encrypted, file, command or environment
	Command       []string `json:"command"`         // the program and its arguments, for command
}

// list prints what is saved. It asks no vault, so it works whatever state they are in.
func list(run *program.Run, o *listOptions, args []string) error {
	if len(args) > 0 {
		return console.Usagef("list takes no names")
	}
	if o.json && o.names {
		return console.Usagef("--json and --names do not go together")
	}
	entries, err := run.Store.Entries()
	if err != nil {
		return err
	}
	if o.names {
		return listNames(run, entries)
	}
	env, err := store.FromEnvironment(run.Getenv)
	if err != nil {
		advice.ExplainEnvironment(run, err, len(entries) > 0)
	}
	if env != nil {
		entries = append([]store.Entry{env.Entry}, entries...)
	}
	if o.json {
		return listJSON(run, entries)
	}
	if len(entries) == 0 {
		run.UI.Sayf("no token is saved")
		run.UI.Hintf("git credential-bitbucket store")
		return nil
	}
	if err := listTable(run, entries); err != nil {
		return err
	}
	for i := range entries {
		if e := &entries[i]; e.Kind.IsToken() && e.ExpiresSoon(time.Now()) && !e.IsSetAside(time.Now()) {
			run.UI.Sayf(`the token "%s" %s`, e.Name, advice.Expiry(e, time.Now()))
			run.UI.Hintf("%s", advice.RenewInTime(e))
		}
	}
	return nil
}

// listNames leaves out the environment's token, which is not saved and takes no command.
func listNames(run *program.Run, entries []store.Entry) error {
	for _, e := range entries {
		shown := any(e.Name)
		if details.CheckName(e.Name) == nil {
			shown = hint.Line(tokens.Redact(e.Name)) // as a command takes it, a backslash and all
		}
		if err := run.UI.Printf("%s\n", shown); err != nil {
			return err
		}
	}
	return nil
}

func listJSON(run *program.Run, entries []store.Entry) error {
	now := time.Now()
	all := []listed{}
	for i := range entries {
		e := &entries[i]
		item := listed{
			Name: e.Name, Kind: string(e.Kind), For: e.For, Username: console.SavedName(e.Username), Also: console.SavedNames(e.Also), Email: e.Email,
			Scopes: orEmpty(e.Scopes), Expires: stamp(e.Expires), ExpiryGuessed: e.Guessed, State: stateOf(e, now).word,
			Saved: stamp(e.Saved), Accepted: stamp(e.Accepted), Checked: stamp(e.Checked), Vault: e.Vault, Command: orEmpty(e.Command),
		}
		if e.IsSetAside(now) {
			item.Reason, item.Until = string(e.SetAside.Reason), stamp(e.SetAside.Until)
		}
		all = append(all, item)
	}
	return run.UI.PrintJSON(all)
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func listTable(run *program.Run, entries []store.Entry) error {
	now := time.Now()
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tKIND\tFOR\tUSERNAME\tSCOPES\tEXPIRES\tSTATE\tIN")
	for i := range entries {
		e := &entries[i]
		columns := []string{e.Name, string(e.Kind), cmp.Or(e.For, "all"), cmp.Or(console.SavedName(e.Username), "-"), advice.ScopeWords(e.Scopes),
			expiryColumn(e, now), stateOf(e, now).text, program.PlaceOf(e).Column()}
		for i, column := range columns {
			columns[i] = console.Escape(column)
		}
		fmt.Fprintln(table, strings.Join(columns, "\t"))
	}
	table.Flush()
	return run.UI.PrintRaw(out.Bytes())
}

func expiryColumn(e *store.Entry, now time.Time) string {
	if e.Expires.IsZero() {
		return "-"
	}
	text := e.Expires.Format(time.DateOnly)
	switch days := e.DaysLeft(now); {
	case days == 1:
		text += " (1 day)"
	case days >= 0:
		text += fmt.Sprintf(" (%d days)", days)
	}
	if e.Guessed {
		text = "~" + text
	}
	return text
}

// state is how an entry is doing, as a stable word and as a person reads it.
type state struct{ word, text string }

func stateOf(e *store.Entry, now time.Time) state {
	switch {
	case e.IsSetAside(now) && !e.SetAside.Until.IsZero():
		return state{"set-aside", "set aside until " + e.SetAside.Until.Local().Format(time.TimeOnly) + ": " + advice.SetAsideWords(e)}
	case e.IsSetAside(now):
		return state{"set-aside", "set aside: " + advice.SetAsideWords(e)}
	case e.IsExpired(now):
		return state{"expired", "expired"}
	case refusedPlaces(e, now) != "":
		return state{"refused", "refused for " + refusedPlaces(e, now)}
	case e.ExpiresSoon(now):
		return state{"expires-soon", "expires soon"}
	case e.Vault == store.EnvironmentName, !e.Accepted.IsZero(), !e.Checked.IsZero():
		return state{"ok", "ok"}
	}
	return state{"not-checked", "not checked"}
}

// refusedPlaces are the repositories for which an entry does not answer now, and until when.
func refusedPlaces(e *store.Entry, now time.Time) string {
	var places []string
	for _, r := range e.Refused {
		if e.RefusedAt(r.For, now) != nil {
			places = append(places, r.For+" until "+r.Until.Local().Format(time.TimeOnly))
		}
	}
	return strings.Join(places, ", ")
}
