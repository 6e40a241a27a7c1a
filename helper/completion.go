package helper

// What may follow on the command line, for a shell's completion. The scripts for
// the shells hold no word of the command table: they ask this program.

import (
	"bytes"
	"context"
	"embed"
	"flag"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/helper/program"
	"git-credential-bitbucket/store"
)

//go:embed completion/bash completion/zsh completion/fish
var completionScripts embed.FS

// completionShells are the shells that there is a script for.
var completionShells = []string{"bash", "zsh", "fish"}

// directories stands in place of candidates where a folder is wanted, which the
// shells know better how to complete.
const directories = ":directories"

// completion prints a shell's script or, for that script, the candidates for the
// last of the words behind "--".
func completion(_ context.Context, run *program.Run, args []string) error {
	if len(args) == 0 || !slices.Contains(completionShells, args[0]) || len(args) > 1 && args[1] != "--" {
		return console.Usagef("completion takes the name of a shell: %s", strings.Join(completionShells, ", "))
	}
	shell := args[0]
	if len(args) == 1 {
		script, err := completionScripts.ReadFile("completion/" + shell)
		if err != nil {
			return err
		}
		return run.UI.PrintRaw(script)
	}
	var out bytes.Buffer
	for _, c := range candidates(run, args[2:]) {
		out.WriteString(c.line(shell))
	}
	return run.UI.PrintRaw(out.Bytes())
}

// candidate is a word that may come next, and what it does.
type candidate struct {
	word, summary string
}

func (c candidate) line(shell string) string {
	switch {
	case c.summary == "" && shell != "zsh", shell == "bash":
		return c.word + "\n"
	case shell == "fish":
		return c.word + "\t" + c.summary + "\n"
	}
	// Of zsh's _describe, in which a colon ends the word.
	word := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(c.word)
	if c.word == directories {
		word = directories
	}
	return strings.TrimSuffix(word+":"+c.summary, ":") + "\n"
}

// candidates are what may stand in place of the last word.
func candidates(run *program.Run, words []string) []candidate {
	if len(words) == 0 {
		return nil
	}
	typed := words[len(words)-1]
	if len(words) == 1 {
		return startingWith(typed, commandCandidates())
	}
	for _, c := range commands() {
		if c.name == words[0] {
			return startingWith(typed, candidatesFor(run, c, words[1:len(words)-1], typed))
		}
	}
	return nil
}

func commandCandidates() []candidate {
	var all []candidate
	for _, c := range commands() {
		all = append(all, candidate{c.name, c.summary})
	}
	return all
}

// candidatesFor are what may follow a command and the words before the last one.
func candidatesFor(run *program.Run, c subcommand, before []string, typed string) []candidate {
	options := program.FlagSet(c.name, c.flags)
	if name, _, found := strings.Cut(typed, "="); found && strings.HasPrefix(typed, "-") {
		return prefixed(name+"=", valuesOf(options, name))
	}
	if slices.Contains(before, "--") {
		return arguments(run, c)
	}
	if len(before) > 0 {
		last := before[len(before)-1]
		if last == "=" && len(before) > 1 { // to bash a word of its own
			last = before[len(before)-2]
		}
		if takesValue(options.Lookup(strings.TrimLeft(last, "-"))) && strings.HasPrefix(last, "-") {
			return valuesOf(options, last)
		}
	}
	if strings.HasPrefix(typed, "-") {
		return optionCandidates(options, before)
	}
	return arguments(run, c)
}

// optionCandidates are the options that have not been given yet, or may be again.
func optionCandidates(options *flag.FlagSet, given []string) []candidate {
	var all []candidate
	options.VisitAll(func(f *flag.Flag) {
		_, repeats := f.Value.(*program.Names)
		if _, text := flag.UnquoteUsage(f); repeats || !slices.Contains(given, "--"+f.Name) {
			all = append(all, candidate{"--" + f.Name, text})
		}
	})
	return all
}

func takesValue(f *flag.Flag) bool {
	if f == nil {
		return false
	}
	isBool, ok := f.Value.(interface{ IsBoolFlag() bool })
	return !ok || !isBool.IsBoolFlag()
}

// valuesOf are the values that an option may have, as far as there is a list of them.
func valuesOf(options *flag.FlagSet, option string) []candidate {
	f := options.Lookup(strings.TrimLeft(option, "-"))
	if f == nil {
		return nil
	}
	switch value, usage := flag.UnquoteUsage(f); value {
	case "DIR":
		return []candidate{{directories, ""}}
	case "PLACE":
		places := asCandidates(store.KeychainVault, store.EncryptedVault, store.FileVault)
		if strings.Contains(usage, program.CommandPrefix) {
			places = append(places, candidate{program.CommandPrefix, "what a password manager's command prints"})
		}
		return places
	}
	return nil
}

// arguments are what may follow that is no option.
func arguments(run *program.Run, c subcommand) []candidate {
	switch argument, _, _ := strings.Cut(strings.Trim(c.args, "[]"), " "); strings.TrimRight(argument, ".]") {
	case "NAME":
		return nameCandidates(run)
	case "COMMAND":
		return commandCandidates()
	case "SHELL":
		return asCandidates(completionShells...)
	}
	return nil
}

// nameCandidates leaves out names that a shell could not show on one line.
func nameCandidates(run *program.Run) []candidate {
	entries, err := run.Store.Entries()
	if err != nil {
		return nil
	}
	var all []candidate
	for _, e := range entries {
		if strings.IndexFunc(e.Name, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
			all = append(all, candidate{e.Name, fmt.Sprintf("%s %s", e.Kind, program.PlaceOf(&e).Words())})
		}
	}
	return all
}

func asCandidates(words ...string) []candidate {
	var all []candidate
	for _, word := range words {
		all = append(all, candidate{word: word})
	}
	return all
}

// prefixed writes values behind what is typed of an option, such as --in=.
func prefixed(prefix string, values []candidate) []candidate {
	for i := range values {
		if values[i].word != directories {
			values[i].word = prefix + values[i].word
		}
	}
	return values
}

func startingWith(typed string, all []candidate) []candidate {
	if typed == "=" {
		typed = ""
	}
	return slices.DeleteFunc(all, func(c candidate) bool {
		return c.word != directories && !strings.HasPrefix(c.word, typed)
	})
}
