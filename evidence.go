package yumen

// Evidence is what was measured behind a held result, inside an enclave: numbers and places, never data values. The
// egress checks judge it.
type Evidence struct {
	Rows  int64 `json:"rows"`
	Bytes int64 `json:"bytes"`
	// Groups has one element for each row of an aggregate result, in order; it is empty for other classes.
	Groups      []GroupEvidence  `json:"groups,omitempty"`
	Matches     []MatchEvidence  `json:"matches,omitempty"`
	Identifiers []IdentifierHits `json:"identifiers,omitempty"`
	Unrounded   []CellHits       `json:"unrounded,omitempty"` // counts that are not multiples of the rounding base
	// Exact are sums, means and other magnitudes given more exactly than counts rounded to the base are.
	Exact []CellHits `json:"exact,omitempty"`
	// Content has one element for each column that a module made, and each column of texts of an extract. Unsorted says
	// that rows that a module made do not stand in the order of their values.
	Content  []ContentEvidence `json:"content,omitempty"`
	Unsorted bool              `json:"unsorted,omitempty"`
}

// ContentEvidence is what a column could carry besides what it seems to. Of texts of an extract only Invisible is
// measured.
type ContentEvidence struct {
	Column    string   `json:"column"`
	Values    int64    `json:"values"`             // cells with a value
	Nulls     int64    `json:"nulls"`              // cells without
	Entropy   float64  `json:"entropy"`            // bits a value, by how often each occurs
	Longest   int      `json:"longest,omitempty"`  // characters of the longest text
	Digits    int      `json:"digits,omitempty"`   // most significant binary digits of a double in use, 53 for all
	Invisible CellHits `json:"invisible,omitzero"` // cells, row 0 for the name, with characters that nobody sees
}

// GroupEvidence is what lies behind one row of an aggregate result.
type GroupEvidence struct {
	// Keys number the values of the group keys in order of first appearance, so that rows sharing a key can be told
	// without knowing its value.
	Keys []int `json:"keys,omitempty"`
	// Totals says, in a table of several levels, over which keys the row is a total: bit n for key n+1.
	Totals   uint64            `json:"totals,omitempty"`
	Units    int64             `json:"units"` // distinct privacy units; over several kinds or tables, the fewest
	Rows     int64             `json:"rows"`  // input rows
	Measures []MeasureEvidence `json:"measures,omitempty"`
	// Atoms are the combinations of parts that rows are in, UnitAtoms those that units have rows in.
	Atoms     []Atom `json:"atoms,omitempty"`
	UnitAtoms []Atom `json:"unit_atoms,omitempty"`
	// Empty names the aggregate columns whose cell is null in this row, suppressed or without value: nothing is
	// disclosed there.
	Empty []string `json:"empty,omitempty"`
}

// Atom is a combination of the parts that the aggregates of a result are over, with the units found there.
type Atom struct {
	Parts uint64 `json:"parts"` // bit n for part n+1; 0 for rows that are in none
	// Adds is set where not all rows count, but those that add something to what columns of that number add up: a sum
	// of zeros and missing values over many units, and of one unit's value besides, is that value.
	Adds  int   `json:"adds,omitempty"`
	Units int64 `json:"units"`
}

// MeasureEvidence describes how the magnitude of one measure is spread over the units of a group.
type MeasureEvidence struct {
	// Units are those that the measure tells of: they add something to it, and where other measures of the row stand
	// before it, as many add in another ratio to one of them than most do, which are counted up to the threshold.
	Units int64 `json:"units"`
	// Values is how many values it takes in, Total the sum over units of the distance from 0 of what each adds.
	Values int64   `json:"values"`
	Total  float64 `json:"total"`
	// Share is the part of the total absolute magnitude that the n largest units make up, in [0,1]; −1 where the total
	// is 0.
	Share float64 `json:"share"`
	// P is (total − largest − second) ÷ largest, the quantity the p-percent rule bounds from below; −1 where the
	// largest is 0.
	P float64 `json:"p"`
}

// MatchEvidence counts result rows that equal rows of an input on the columns they have in common.
type MatchEvidence struct {
	Dataset string      `json:"dataset"`
	Columns []ColumnMap `json:"columns"` // the columns compared
	Rows    int64       `json:"rows"`    // result rows that equal an input row
	Rare    int64       `json:"rare"`    // of these, rows whose values belong to fewer than k distinct units
	Whole   bool        `json:"whole"`   // every column of the result was compared
	Cells   []Cell      `json:"cells,omitempty"`
}

// ColumnMap says that a result column was compared with an input column.
type ColumnMap struct {
	Result string `json:"result"`
	Input  string `json:"input"`
}

// CellHits counts cells of one column for one reason, with the first few places.
type CellHits struct {
	Column string `json:"column"`
	Count  int64  `json:"count"`
	Cells  []Cell `json:"cells,omitempty"`
}

// IdentifierHits are cells that hold a checksum-valid identifier.
type IdentifierHits struct {
	Type string `json:"type"` // resident_id, credit_code, bank_card, mobile
	CellHits
}
