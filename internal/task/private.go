package task

import (
	"math"

	"github.com/yumen-data/yumen"
)

// The roles of class dp. The first sees data and gives a noisy table; the second sees that table only, so that whatever
// it does is post-processing of an answer that is private already.
const (
	Private Role = "private" // rows of versions → noisy totals
	Post    Role = "post"    // noisy totals → the answer
)

// InCells names the input of role Post: the noisy table, which its statement reads under the name CellsTable. OutNoisy
// is the stream on which role Private gives it, and role Wasm where WasmSpec.Private is set: the same columns k1 … and
// v1 …, so that the statement of role Post names them in either case.
const (
	InCells    = "cells"
	CellsTable = "_cells"
	OutNoisy   = "noisy"
)

// Question is a differentially private question as analysis fixed it: which rows are read, how much of them one privacy
// unit can move, what is measured. Nothing in it depends on data, and nothing of it says how the answer is presented,
// so that questions that differ only in presentation are equal.
type Question struct {
	Unit string `json:"unit"` // whose privacy is protected: a kind of unit, or "row:" and the dataset whose rows they are
	SQL  string `json:"sql"`  // gives the rows that Form describes; empty where Module does
	Form Form   `json:"form"`
	// Module is set where a module measures instead of SQL, in the forms Mapped and Blocked. Role Wasm answers such a
	// question.
	Module *Module `json:"module,omitempty"`

	Views    []View          `json:"views"`
	Keys     []GroupKey      `json:"keys,omitempty"`
	Inputs   []MeasuredInput `json:"inputs,omitempty"`
	Measures []Measure       `json:"measures"`
	// RowsPerUnit is how many rows of one unit count in a group; GroupsPerUnit, in how many groups a unit counts. Both
	// are at least 1. Where a unit has one row by construction both are 1.
	RowsPerUnit   int `json:"rows_per_unit"`
	GroupsPerUnit int `json:"groups_per_unit"`
	// Blocks is for a module in block mode; otherwise 0. Units are dealt into that many blocks, the rows are the
	// blocks' outputs, one each, and one unit can change the output of one block. There are no keys, and averages and
	// quantiles only.
	Blocks int `json:"blocks,omitempty"`
}

// Form is how a Question's rows come.
type Form string

// The forms.
const (
	// Clustered: columns u BIGINT, k1 …, a1 …. One row for each row read, the rows of one unit side by side as they are
	// stored.
	Clustered Form = "clustered"
	// Scattered: the same columns, in no order.
	Scattered Form = "scattered"
	// Summed: each row read was a unit of its own, and the engine has summed them. Columns k1 …, n BIGINT (rows), and
	// for each input i: c<i> BIGINT (values not null), s<i> HUGEINT (their sum) and, where a variance is asked for,
	// q<i> HUGEINT (the sum of the squared distances from Centre). Values are clamped and counted in units of
	// 10^-Scale.
	Summed Form = "summed"
	// Mapped: the module gives a group and a value of each input for each unit, whatever its rows.
	Mapped Form = "mapped"
	// Blocked: the module gives a value of each input for each of Blocks disjoint blocks of units.
	Blocked Form = "blocked"
)

// Module is what measures in the forms Mapped and Blocked.
type Module struct {
	Program yumen.Digest `json:"program"`
	Files   []WasmFile   `json:"files"` // of the Question's views
	Units   UnitsSpec    `json:"units"` // its coordinates have no names; there is an input of the Question for each
}

// GroupKey is a group key of a Question.
type GroupKey struct {
	Type yumen.Type `json:"type"`
	// Domain lists every value it may take, in order, written as internal/arrowio writes cells of Type: whole numbers
	// in digits, decimals with all digits of their scale, doubles as short as reads back the same (0 for −0), dates as
	// 2026-01-31, timestamps as 2026-01-31 12:00:00 with six more digits where they are not 0, booleans as true and
	// false. A row whose key is none of these lies in no group. Domain is empty for all keys of a question where that
	// of one is not public: then no group may be told of whose existence depends on few units.
	Domain []string `json:"domain,omitempty"`
	Null   bool     `json:"null,omitempty"` // the domain has NULL as well, last
}

// MeasuredInput is a number taken from each row. In units of 10^-Scale it lies in [Lo, Hi]; what does not is clamped. A
// row where it is null does not count.
type MeasuredInput struct {
	Type  yumen.Type `json:"type"`  // as the engine gives it: integer, decimal(p,s), double or boolean
	Scale int        `json:"scale"` // decimal digits kept; for integer and decimal those of the type
	Lo    int64      `json:"lo"`
	Hi    int64      `json:"hi"`
	// Held is set where import holds the stored column within [Lo, Hi], so that nothing need be clamped.
	Held bool `json:"held,omitempty"`
}

// Centre is the point that distances of averages and variances are measured from, in units of 10^-Scale.
func (m MeasuredInput) Centre() int64 { return m.Lo + (m.Hi-m.Lo)/2 }

// Value is the number that x units of 10^-Scale are.
func (m MeasuredInput) Value(x int64) float64 { return float64(x) * math.Pow10(-m.Scale) }

// Measure is one column of the noisy table.
type Measure struct {
	Fn    MeasureFn `json:"fn"`
	Input int       `json:"input"`       // 1-based; 0 for all rows (count, units)
	Q     float64   `json:"q,omitempty"` // of a quantile, in [0, 1]
}

// MeasureFn is what is measured.
type MeasureFn string

// The measures.
const (
	MeasureCount     MeasureFn = "count"      // rows, or rows where the input is not null
	MeasureUnits     MeasureFn = "units"      // distinct units, or those with a row where the input is not null
	MeasureDistinct  MeasureFn = "distinct"   // distinct values of the input, numbers below 2^52 that stand for them
	MeasureSum       MeasureFn = "sum"        // of the input
	MeasureAvg       MeasureFn = "avg"        // of the input
	MeasureVar       MeasureFn = "var"        // of a sample
	MeasureVarPop    MeasureFn = "var_pop"    // of a population
	MeasureStddev    MeasureFn = "stddev"     // of a sample
	MeasureStddevPop MeasureFn = "stddev_pop" // of a population
	MeasureQuantile  MeasureFn = "quantile"   // of the input
)

// Noise says how much of it is added to what. It is fixed before any data is touched.
type Noise struct {
	Rho        float64     `json:"rho"`             // zCDP cost of all components
	Delta      float64     `json:"delta,omitempty"` // cost of telling of groups that are not public
	Components []Component `json:"components"`
	// Where keys are not public, a group is told of only if its distinct units are at least MinUnits and, with noise,
	// at least Tau.
	MinUnits int     `json:"least,omitempty"`
	Tau      float64 `json:"tau,omitempty"`
}

// Component is a total that noise is added to; measures are computed from noisy components. Sums are in units of
// 10^-Scale of the input, sums of squares of 10^-2·Scale.
type Component struct {
	Kind  ComponentKind `json:"kind"`
	Input int           `json:"input"` // 1-based; 0 for all rows
	// Sensitivity is how far one unit can move the totals of all groups together, in the Euclidean norm.
	Sensitivity float64 `json:"sensitivity"`
	Sigma       float64 `json:"sigma"` // standard deviation of the noise
}

// ComponentKind is a sort of total.
type ComponentKind string

// The components. Rows beyond RowsPerUnit are held back as each says; n is the number of a unit's rows in a group
// (where the input is not null), c is RowsPerUnit.
const (
	TotalUnits    ComponentKind = "units"    // Σ 1 over units with n > 0
	TotalRows     ComponentKind = "rows"     // Σ min(n, c)
	TotalSum      ComponentKind = "sum"      // Σ of each unit's own sum, clamped to [c·min(Lo,0), c·max(Hi,0)]
	TotalCentred  ComponentKind = "centred"  // Σ of each unit's sum of (x − Centre), times min(1, c/n)
	TotalSquares  ComponentKind = "squares"  // Σ of each unit's sum of (x − Centre)², times min(1, c/n)
	TotalDistinct ComponentKind = "distinct" // distinct values; of a unit, c of its own
	TotalTree     ComponentKind = "tree"     // counts of values in each node of a tree of intervals; of a unit, its first c values
)

// PrivateSpec asks for the noisy table of a question: columns k1 … and v1 …, one row for each group that may be told
// of.
type PrivateSpec struct {
	Question Question `json:"question"`
	Noise    Noise    `json:"noise"`
	MaxRows  int64    `json:"max_rows"` // most groups
}

// PostSpec asks for one statement over the noisy table.
type PostSpec struct {
	SQL     string `json:"sql"`
	MaxRows int64  `json:"max_rows"`
}

// FiguresTable names the protected answer that a statement compares rows with: an input of one row, and the table that
// the statement reads it from.
const FiguresTable = "_figures"
