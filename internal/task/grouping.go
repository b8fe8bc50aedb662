package task

import "github.com/yumen-data/yumen"

// GroupsTable is the table that a Grouping's statement reads.
const GroupsTable = "_groups"

// Grouping is another way to the rows of a statement that groups and counts units: one pass over rows that lie unit by
// unit in place of an aggregation by unit. The pass makes the table GroupsTable with a row for each group, from which
// Rest makes the rows. Its columns:
//
//	k1 …                       the keys
//	units, rows                BIGINT: distinct units, rows
//	l0, d0, b0                 DOUBLE: the most rows of a unit, the rows of the two and of the Largest units with most
//	c<i>, n<i>                 BIGINT, of input i: rows where it is not NULL, units that have any
//	x<i>, y<i>, w<i>           DOUBLE: as l0, d0 and b0, of the rows where it is not NULL
//	t<i>, m<i>                 of an input that is summed: the sum, DECIMAL(38,s), NULL where c<i> is 0; BIGINT: units
//	                           with a value other than 0
//	z<i>, l<i>, d<i>, b<i>     DOUBLE: the sum over units of the distance of their sum from 0; the largest, the two and
//	                           the Largest largest of these
//	h<i>                       BIGINT: units with a row in subset i
//	r<n>_<o>                   BIGINT, of each of Ratios: units whose ratio of what they add to measures n and o is
//	                           another than the most frequent one, K at most; units that add to neither do not count
//	atoms                      TEXT, where there are parts: the units with rows in each combination of parts that occurs,
//	                           "mask:units mask:units", in ascending order
//	unit_atoms                 TEXT, with UnitAtoms: likewise, of the parts that a unit has rows in at all
//	vectors                    TEXT, with Vectors: as EvidenceVectors, of Looked units at most
type Grouping struct {
	// SQL gives the rows: u BIGINT, the unit, which is in order; k1 …; a1 …, the inputs that are read, and after them
	// whether the row is in each subset; p1 …, whether it is in each part; and x1 …, the columns of Values.
	SQL       string         `json:"sql"`
	Keys      []yumen.Type   `json:"keys,omitempty"`
	Inputs    []GroupedInput `json:"inputs,omitempty"`
	Subsets   int            `json:"subsets,omitempty"`
	Parts     int            `json:"parts,omitempty"` // MaxPassedParts at most
	Values    []PartsOfValue `json:"values,omitempty"`
	UnitAtoms bool           `json:"unit_atoms,omitempty"`
	RowUnits  bool           `json:"row_units,omitempty"` // each row is a unit of its own
	Largest   int            `json:"largest"`
	K         int            `json:"k"`
	Measures  []UnitMeasure  `json:"measures,omitempty"`
	Ratios    [][2]int       `json:"ratios,omitempty"`  // numbers of measures, from 1
	Vectors   []int          `json:"vectors,omitempty"` // likewise, those of figures
	Looked    int            `json:"looked,omitempty"`
	Threshold int            `json:"threshold,omitempty"` // from how many units on nobody asks how many change a figure
	Rest      string         `json:"rest"`
}

// PartsOfValue are parts in which a row is or is not by the value of one stored column alone: they can be found once
// for each value in place of each row.
type PartsOfValue struct {
	Type  yumen.Type `json:"type"`
	Parts []int      `json:"parts"` // from 1
	Mask  string     `json:"mask"`  // SQL over a relation As, BIGINT: those of the parts that its row is in, bit n for part n+1
	As    string     `json:"as"`    // an alias with two columns: a number, and the value
}

// MaxPassedParts bounds the parts of a Grouping: a mask and the number of a group lie in one word of an index.
const MaxPassedParts = 24

// GroupedInput is an input of a Grouping: a number to be summed, an integer or a decimal of at most 18 digits; or,
// where Sum is not set, a boolean that says whether there is a value to count. An input with Part is not read: it
// counts the rows in that part.
type GroupedInput struct {
	Type yumen.Type `json:"type"`
	Sum  bool       `json:"sum,omitempty"`
	Part int        `json:"part,omitempty"`
}

// UnitMeasure is what a unit adds to a measure: the sum of an input; with Count, the rows where it is not NULL; with
// Once, 1 where there is such a row. Input is its number from 1; 0 are all rows, which are only counted.
type UnitMeasure struct {
	Input int  `json:"input,omitempty"`
	Count bool `json:"count,omitempty"`
	Once  bool `json:"once,omitempty"`
}
