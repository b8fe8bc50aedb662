package task

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/linear"
)

// EvidenceVectors is the evidence column that says what single units add to the figures of a group, as far as pairs of
// figures do not say it all: "kind:x1,x2,…:units", a list in one text, with what each of so many units of a kind adds
// to each of Figures, modulo linear.Prime. Decimals are taken without their point; where a figure adds up doubles,
// which are written with a point or an exponent, all are what they are. Of a group with more units, those are looked at
// whose numbers are lowest. "kind:all:units" in place of a list says that every combination of the figures changes with
// so many of them. Only a check reads it, in its enclave.
const EvidenceVectors = "_vectors"

// AllCombinations stands in EvidenceVectors in place of what single units add.
const AllCombinations = "all"

// addsRows is the number of what counts of rows add up.
const addsRows = 1

// AddsUnits is the number of what counts of units add up, where they are not counts of rows.
const AddsUnits = 2

// Figure is what a column of cells adds up, and over which part of the rows.
type Figure struct {
	Adds, Part int
	Column     int  // the place of the first column that adds it up
	Squares    bool // the squares of what that column is the variance or deviation of
	Rows       bool // the rows that it is over, which are not shown but may be known
}

// In reports whether a column of cells shows a figure or what it is computed from.
func (f Figure) In(c yumen.ArtifactColumn) bool {
	return c.Kind == yumen.ColumnAggregate && len(c.From) == 0 && c.Part == f.Part &&
		(c.Adds == f.Adds || c.Squares > 0 && c.Squares == f.Adds || c.Counted && f.Adds == addsRows)
}

// Figures lists the different figures of a table of cells. Keys, values that do not add up and what is computed from
// other cells are none; a variance or deviation is of two. Where there are sums of several values, the rows that each
// is over are one, too.
func Figures(columns []yumen.ArtifactColumn) (out []Figure) {
	add := func(f Figure) {
		n := slices.IndexFunc(out, func(known Figure) bool { return known.Adds == f.Adds && known.Part == f.Part })
		if n < 0 {
			out = append(out, f)
		} else if out[n].Rows && !f.Rows {
			out[n] = f
		}
	}
	for i, c := range columns {
		if c.Kind != yumen.ColumnAggregate || len(c.From) > 0 || c.Function == "count_distinct" {
			continue
		}
		if c.Counted {
			add(Figure{Adds: addsRows, Part: c.Part, Column: i, Rows: true})
		}
		add(Figure{Adds: c.Adds, Part: c.Part, Column: i})
		if c.Squares > 0 {
			add(Figure{Adds: c.Squares, Part: c.Part, Column: i, Squares: true})
		}
	}
	values := map[int]bool{}
	for _, f := range out {
		if f.Adds > AddsUnits {
			values[f.Adds] = true
		}
	}
	return slices.DeleteFunc(out, func(f Figure) bool { return f.Rows && len(values) < 2 })
}

// Residue is a number modulo linear.Prime, from 0 on.
func Residue(x int64) int64 { return (x%linear.Prime + linear.Prime) % linear.Prime }
