package task

import (
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// Ledger is the role that compares the labels of a result with those of earlier releases.
const Ledger Role = "ledger"

// OutLabels is the stream of labels: which privacy unit counts in which cell. Role Query writes those of every cell,
// role Ledger those of the cells that are visible. InLabels is the input that Ledger reads them from; earlier ones are
// named by LabelsName.
const (
	OutLabels = "labels"
	InLabels  = "labels"
)

// LabelsSpec asks for labels beside a table of cells: of each kind of unit in it, a statement with a row for each cell
// and unit. Its columns are the number of the cell, which is that of its row of the table from 0, BIGINT; the number of
// its level, BIGINT; the unit, BIGINT; and of each layer what the unit adds, BIGINT, or DOUBLE in a sum.
type LabelsSpec struct {
	Kinds []LabeledKind `json:"kinds"`
}

// LabeledKind is what is asked for of one kind of unit.
type LabeledKind struct {
	Unit   string       `json:"unit"`
	SQL    string       `json:"sql"`
	Groups string       `json:"groups"` // one row, BIGINT: how many rows the table has
	Layers []LabelLayer `json:"layers"`
}

// LabelLayer is one measure of a table.
type LabelLayer struct {
	Columns []string `json:"columns"` // that show it
	// Sum is the digest of the expression that is added up; "" for a count.
	Sum yumen.Digest `json:"sum,omitempty"`
	// Keys and Conditions are digests of what the cells are grouped by and of what the units counted in them fulfil.
	Keys       []yumen.Digest `json:"keys,omitempty"`
	Conditions []yumen.Digest `json:"conditions,omitempty"`
}

// LabeledTable is what is known of the labels of a release without reading them.
type LabeledTable struct {
	Kinds []LabeledUnits `json:"kinds"`
	Cells int            `json:"cells"`
	K     int            `json:"k"`
	// Rounding is the base to which counts are rounded, 1 or less where they are not.
	Rounding int `json:"rounding"`
}

// LabeledUnits are the layers over one kind of unit.
type LabeledUnits struct {
	Unit string `json:"unit"`
	// Populations are the public numbers of units in the versions that were read.
	Populations []int64      `json:"populations,omitempty"`
	Layers      []LabelLayer `json:"layers"`
}

// Shares reports whether two releases have a kind of unit in common.
func (t *LabeledTable) Shares(o *LabeledTable) bool {
	return slices.ContainsFunc(t.Kinds, func(a LabeledUnits) bool {
		return slices.ContainsFunc(o.Kinds, func(b LabeledUnits) bool { return a.Unit == b.Unit })
	})
}

// LedgerSpec asks for a comparison. The input InLabels holds the labels of all cells, InArtifact the table of cells as it
// was before rows were dropped, whose null cells are not visible. Without InArtifact all labels are of visible cells.
type LedgerSpec struct {
	Columns []yumen.ArtifactColumn `json:"columns"`
	Table   LabeledTable           `json:"table"`
	P       float64                `json:"p"` // of the p-percent rule
	Earlier []LabeledTable         `json:"earlier"`
}

// LedgerAnswer says what the comparison found: numbers and places.
type LedgerAnswer struct {
	Visible int          `json:"visible"` // cells of the new table, one for each row and layer
	Found   []Difference `json:"found,omitempty"`
	Open    []Difference `json:"open,omitempty"` // what could not be decided
}

// Difference is a combination of cells that tells of few units.
type Difference struct {
	What DifferenceKind `json:"what"`
	// With are the numbers of the earlier tables, from 0; none where the public number of units is enough.
	With  []int `json:"with,omitempty"`
	Units int64 `json:"units"`
	// Cells of the new table that take part, and how many of each of With.
	Cells   []yumen.Cell `json:"cells,omitempty"`
	Earlier []int        `json:"earlier,omitempty"`
	Total   bool         `json:"total,omitempty"` // the public number of units takes part
	Sum     bool         `json:"sum,omitempty"`
}

// DifferenceKind is what a combination discloses.
type DifferenceKind string

// The kinds.
const (
	FewUnits  DifferenceKind = "few"  // a combination rests on few units, or on one above all
	FullCells DifferenceKind = "full" // everybody in a cell is in a smaller cell
)

// LabelsName names the input with the labels of the nth earlier release, from 0.
func LabelsName(n int) string { return "earlier-" + strconv.Itoa(n) }
