package helper

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"git-credential-bitbucket/helper/console"
)

// mostLines is how many lines of one check and result are shown to a person.
const mostLines = 20

// showReport prints the lines as a table, with what to do below each.
func showReport(run *Run, report []diagnosis) error {
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	type kind struct {
		check  string
		result result
	}
	shownOf := map[kind]int{}
	for _, d := range report {
		k := kind{d.check, d.result}
		if shownOf[k]++; shownOf[k] > mostLines {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", d.result, d.check, console.Escape(d.line()))
		if d.do != "" {
			fmt.Fprintf(table, "\t\tdo: %s\n", d.do)
		}
	}
	for _, d := range report {
		k := kind{d.check, d.result}
		if more := shownOf[k] - mostLines; more > 0 {
			fmt.Fprintf(table, "%s\t%s\tand %d more; --json lists all\n", d.result, d.check, more)
			delete(shownOf, k)
		}
	}
	table.Flush()
	return run.UI.PrintRaw(out.Bytes())
}

// line is what was found and where.
func (d diagnosis) line() string {
	if place := d.where.String(); place != "" {
		return d.found + " (" + place + ")"
	}
	return d.found
}

// showNextSteps prints the numbered list that ends a report.
func showNextSteps(run *Run, report []diagnosis, offline bool) error {
	steps := nextSteps(report)
	var out bytes.Buffer
	switch errors, warnings := countOf(report, resultError), countOf(report, resultWarning); {
	case errors+warnings == 0 && offline:
		out.WriteString("\nnothing is wrong, as far as can be told without asking Bitbucket\n")
	case errors+warnings == 0:
		out.WriteString("\nnothing is wrong\n")
	case len(steps) == 0:
		fmt.Fprintf(&out, "\n%s\n", tally(errors, warnings))
	default:
		fmt.Fprintf(&out, "\n%s; next:\n", tally(errors, warnings))
	}
	for i, step := range steps {
		fmt.Fprintf(&out, "%d. %s", i+1, step.do)
		if step.do == fixCommand {
			fmt.Fprintf(&out, "   (%s above)", plural(step.count, "line"))
		}
		out.WriteString("\n")
	}
	return run.UI.PrintRaw(out.Bytes())
}

func tally(errors, warnings int) string {
	var words []string
	if errors > 0 {
		words = append(words, plural(errors, "error"))
	}
	if warnings > 0 {
		words = append(words, plural(warnings, "warning"))
	}
	return strings.Join(words, ", ")
}

func plural(count int, word string) string {
	if count == 1 {
		return "1 " + word
	}
	switch last, found := strings.CutSuffix(word, "y"); {
	case strings.HasSuffix(word, "s"):
		word += "e"
	case found:
		word = last + "ie"
	}
	return fmt.Sprintf("%d %ss", count, word)
}

func isOrAre(count int) string {
	if count == 1 {
		return "is"
	}
	return "are"
}

// jsonReport is what check --json prints. Names and meanings stay; new ones may come.
type jsonReport struct {
	Checks   []jsonDiagnosis `json:"checks"`
	Next     []string        `json:"next"` // what to do, the most probable cause first
	Errors   int             `json:"errors"`
	Warnings int             `json:"warnings"`
}

type jsonDiagnosis struct {
	Name     string `json:"name"`
	Result   string `json:"result"` // ok, warning, error or skipped
	Found    string `json:"found"`
	Scope    string `json:"scope"`    // of git's configuration, or ""
	File     string `json:"file"`     // or ""
	Line     int    `json:"line"`     // or 0
	Do       string `json:"do"`       // what to type, or ""
	Mendable bool   `json:"mendable"` // check --fix does it
}

func showJSON(run *Run, report []diagnosis) error {
	all := jsonReport{Checks: []jsonDiagnosis{}, Next: []string{},
		Errors: countOf(report, resultError), Warnings: countOf(report, resultWarning)}
	for _, d := range report {
		all.Checks = append(all.Checks, jsonDiagnosis{d.check, string(d.result), d.found, d.where.Scope,
			d.where.File, d.where.Line, string(d.do), len(d.steps) > 0})
	}
	for _, step := range nextSteps(report) {
		all.Next = append(all.Next, string(step.do))
	}
	return run.UI.PrintJSON(all)
}
