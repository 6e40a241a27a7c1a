package live

import (
	"fmt"
	"strings"
	"text/tabwriter"
)

// Table writes the rows for a person.
func Table(rows []Row) string {
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "QUESTION\tSTATUS\tAS docs/bitbucket.md SAYS\tWHAT SHOWED")
	for _, row := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%q\n", row.Name, row.Status, row.AsSaid, row.Shown)
	}
	w.Flush()
	return out.String()
}
