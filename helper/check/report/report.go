// Package report is what checks found, as lines for a person and as JSON for programs.
package report

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"git-credential-bitbucket/helper/check/fix"
	"git-credential-bitbucket/helper/console"
	"git-credential-bitbucket/store/hint"
)

// alwaysShown are the checks whose lines are shown even if they are ok and a person did not ask for all.
var alwaysShown = []string{"tokens", "answer"}

// brief leaves out lines that are ok, except those that say which token git gets. It returns how many.
func brief(report []Diagnosis) (short []Diagnosis, left int) {
	short = slices.DeleteFunc(slices.Clone(report), func(d Diagnosis) bool {
		return d.Result == OK && !slices.Contains(alwaysShown, d.check)
	})
	return short, len(report) - len(short)
}

// Show prints the lines as a table, with what to do below each: on a terminal what matters, or all if
// verbose; to a file or a pipe all.
func Show(ui *console.Console, report []Diagnosis, verbose bool) error {
	left := 0
	if ui.Width() > 0 && !verbose {
		report, left = brief(report)
	}
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	leftOut := fmt.Sprintf("%d more", left)
	result, check := 0, 0 // the widths of two columns
	if left > 0 {
		check = len(leftOut)
	}
	for _, d := range report {
		result, check = max(result, len(d.Result)), max(check, len(d.check))
	}
	before := result + check + len("    ")
	type kind struct {
		check  string
		result Result
	}
	shownOf := map[kind]int{}
	for _, d := range report {
		k := kind{d.check, d.Result}
		if shownOf[k]++; shownOf[k] > fix.MostLines {
			continue
		}
		fmt.Fprintf(table, "%s\t%s\t%s\n", d.Result, d.check, strings.ReplaceAll(ui.Fold(console.Escape(d.line()), before), "\n", "\n\t\t"))
		if d.Do != "" {
			fmt.Fprintf(table, "\t\tdo: %s\n", strings.ReplaceAll(string(d.Do), "\n", "\n\t\t"))
		}
	}
	for _, d := range report {
		k := kind{d.check, d.Result}
		if more := shownOf[k] - fix.MostLines; more > 0 {
			fmt.Fprintf(table, "%s\t%s\tand %d more; --json lists all\n", d.Result, d.check, more)
			delete(shownOf, k)
		}
	}
	if left > 0 {
		fmt.Fprintf(table, "%s\t%s\tto see them: git credential-bitbucket check --verbose\n", OK, leftOut)
	}
	table.Flush()
	return ui.PrintRaw(out.Bytes())
}

// line is what was found and where.
func (d Diagnosis) line() string {
	if place := d.Where.String(); place != "" {
		return d.Found + " (" + place + ")"
	}
	return d.Found
}

// ShowNextSteps prints the numbered list that ends a report.
func ShowNextSteps(ui *console.Console, report []Diagnosis, offline bool) error {
	steps := nextSteps(report)
	var out bytes.Buffer
	switch errors, warnings := CountOf(report, Error), CountOf(report, Warning); {
	case errors+warnings == 0 && offline:
		out.WriteString("\nnothing is wrong; Bitbucket was not asked (--offline)\n")
	case errors+warnings == 0:
		out.WriteString("\nnothing is wrong\n")
	case len(steps) == 0:
		fmt.Fprintf(&out, "\n%s\n", tally(errors, warnings))
	default:
		fmt.Fprintf(&out, "\n%s; next:\n", tally(errors, warnings))
	}
	for i, step := range steps {
		fmt.Fprintf(&out, "%d. %s", i+1, strings.ReplaceAll(string(step.do), "\n", "\n   "))
		if step.do == FixCommand {
			fmt.Fprintf(&out, "   (%s above)", Plural(step.count, "line"))
		}
		out.WriteString("\n")
	}
	return ui.PrintRaw(out.Bytes())
}

func tally(errors, warnings int) string {
	var words []string
	if errors > 0 {
		words = append(words, Plural(errors, "error"))
	}
	if warnings > 0 {
		words = append(words, Plural(warnings, "warning"))
	}
	return strings.Join(words, ", ")
}

func Plural(count int, word string) string {
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

func IsOrAre(count int) string {
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

// oneLine is what to type, with all ways behind each other.
func oneLine(do hint.Line) string {
	return strings.ReplaceAll(string(do), hint.Or, ", or ")
}

func ShowJSON(ui *console.Console, report []Diagnosis) error {
	all := jsonReport{Checks: []jsonDiagnosis{}, Next: []string{},
		Errors: CountOf(report, Error), Warnings: CountOf(report, Warning)}
	for _, d := range report {
		all.Checks = append(all.Checks, jsonDiagnosis{d.check, string(d.Result), d.Found, d.Where.Scope,
			d.Where.File, d.Where.Line, oneLine(d.Do), len(d.Steps) > 0})
	}
	for _, step := range nextSteps(report) {
		all.Next = append(all.Next, oneLine(step.do))
	}
	return ui.PrintJSON(all)
}
