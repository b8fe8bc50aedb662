package task

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/linear"
)

// EvidenceVectors is the evidence column that says what single units add to the figures of a group, as far as pairs of
// figures do not say it all: "kind:x1,x2,…:units", a list in one text, with what each of so many units of a kind adds to
// each of Figures, modulo linear.Prime. Decimals are taken without their point; where a figure adds up doubles, which are written with a
// point or an exponent, all are what they are. Of a group with more units, those are looked at whose numbers are lowest. "kind:all:units" in
// place of a list says that every combination of the figures changes with so many of them. Only a check reads it, in its enclave.
const EvidenceVectors = "_vectors"

// AllCombinations stands in EvidenceVectors in place of what single units add.
const AllCombinations = "all"

// AddsUnits is the number of what counts of units add up, where they are not counts of rows.
const AddsUnits = 2

// Figure is what a column of cells adds up, and over which part of the rows.
type Figure struct{ Adds, Part int }

// FigureOf returns what a column adds up; false for keys, for values that do not add up and for what is computed from other
// cells.
func FigureOf(c yumen.ArtifactColumn) (Figure, bool) {
	adds := c.Kind == yumen.ColumnAggregate && len(c.From) == 0 && c.Function != "count_distinct"
	return Figure{c.Adds, c.Part}, adds
}

// Figures lists the different figures of a table of cells, by the place of the first column of each.
func Figures(columns []yumen.ArtifactColumn) (at []int) {
	var known []Figure
	for i, c := range columns {
		if f, ok := FigureOf(c); ok && !slices.Contains(known, f) {
			known, at = append(known, f), append(at, i)
		}
	}
	return at
}

// Residue is a number modulo linear.Prime, from 0 on.
func Residue(x int64) int64 { return (x%linear.Prime + linear.Prime) % linear.Prime }
