package api

import (
	"time"

	"github.com/yumen-data/yumen"
)

// Desensitization is one application of a profile to a table: the 脱敏记录 as it is stored with the log.
type Desensitization struct {
	ID        string       `json:"id"`
	Recipient string       `json:"recipient,omitempty"`
	Record    Record       `json:"record"`
	Side      yumen.Digest `json:"side,omitempty"` // of the second table
	LogIndex  int64        `json:"log_index"`
}

// Record is the 脱敏记录 of one application of a profile, as the enclave that applied it wrote it: what was done to which
// data, by whom, when. It holds names, parameters, digests and counts, and of keys only id and version.
type Record struct {
	Profile  string       `json:"profile"`
	Version  int          `json:"version"`
	Digest   yumen.Digest `json:"digest"` // of the profile file
	Steps    []RecordStep `json:"steps"`
	Model    *RecordModel `json:"model,omitempty"` // reached after the steps
	Input    yumen.Digest `json:"input,omitempty"`
	Output   yumen.Digest `json:"output"`
	RowsIn   int64        `json:"rows_in"`
	RowsOut  int64        `json:"rows_out"`
	Cells    int64        `json:"cells"` // changed, counted once for each step that changed them
	By       string       `json:"by"`
	Org      string       `json:"org,omitempty"`
	Started  time.Time    `json:"started"`
	Finished time.Time    `json:"finished"`
}

// RecordStep is what one step did.
type RecordStep struct {
	Technique string            `json:"technique"`
	Columns   []string          `json:"columns,omitempty"`
	Detectors []string          `json:"detectors,omitempty"`
	Params    map[string]string `json:"params,omitempty"`
	Keys      []KeyVersion      `json:"keys,omitempty"`
	Cells     int64             `json:"cells"`           // changed
	Unfit     int64             `json:"unfit,omitempty"` // of these, suppressed because the value did not have the form needed
	Rows      int64             `json:"rows,omitempty"`  // dropped
}

// RecordModel is what a run says of the anonymity model that it reached.
type RecordModel struct {
	Quasi   []string       `json:"quasi"`
	Levels  map[string]int `json:"levels,omitempty"` // of generalized columns
	Results []ModelResult  `json:"results"`
	Before  *Risk          `json:"before"` // after the steps, before generalization and suppression
	After   *Risk          `json:"after"`
	Utility *Utility       `json:"utility,omitempty"` // where columns were generalized
	Dropped int64          `json:"dropped"`           // records
}

// ModelResult is what one anonymity model measures on a table.
type ModelResult struct {
	Model    string  `json:"model"`
	Holds    bool    `json:"holds"`
	Least    float64 `json:"least"`    // measure over the classes: rows, values, distance or share, as the model says
	Greatest float64 `json:"greatest"` // +Inf is written as the largest float
	Classes  int     `json:"classes"`  // classes that fail
	Rows     int64   `json:"rows"`     // rows in them
}

// Risk is how likely rows are to be re-identified by somebody who knows the quasi-identifiers, under the three attacks
// of El Emam (Guide to the De-Identification of Personal Health Information, 2013); docs/anonymity.md has the formulas.
type Risk struct {
	Rows          int64   `json:"rows"`
	Classes       int64   `json:"classes"`
	Smallest      int64   `json:"smallest"`       // class
	Largest       int64   `json:"largest"`        // class
	AverageClass  float64 `json:"average_class"`  // rows ÷ classes
	SampleUniques int64   `json:"sample_uniques"` // rows alone in their class
	Uniqueness    float64 `json:"uniqueness"`     // their share of the rows
	Prosecutor    Attack  `json:"prosecutor"`     // of a target known to be in the release
	Journalist    Attack  `json:"journalist"`     // of a target known only to be in the population
	Marketer      float64 `json:"marketer"`       // share of rows that matching with the population gets right
}

// Attack sums up the risk of the rows under one attack.
type Attack struct {
	Highest float64 `json:"highest"` // of any row
	Average float64 `json:"average"` // over the rows
	AtRisk  float64 `json:"at_risk"` // share of rows whose risk exceeds the threshold
}

// Utility is what a generalization cost.
type Utility struct {
	Entropy           float64 `json:"entropy"`            // bits
	NormalizedEntropy float64 `json:"normalized_entropy"` // in [0,1]
	Loss              float64 `json:"loss"`               // in [0,1]
	Discernibility    float64 `json:"discernibility"`
	AverageClassSize  float64 `json:"average_class_size"`
}

// DryRun is what a profile would do: its record on the real table, of which nothing was stored, and made-up rows
// before and after.
type DryRun struct {
	Record  Record  `json:"record"`
	Preview Preview `json:"preview"`
}

// Preview is what a profile would do, shown on made-up rows.
type Preview struct {
	Columns []string   `json:"columns"`
	Before  [][]string `json:"before"` // the first rows; a null cell is ∅
	Result  []string   `json:"result"` // columns after
	After   [][]string `json:"after"`
	Record  *Record    `json:"record"`
	// Unreached says why the model was not reached on the made-up rows; they say little about real ones.
	Unreached *yumen.Error `json:"unreached,omitempty"`
}

// Trace is the evidence that a copy was marked for one recipient under one version of the key.
type Trace struct {
	Recipient  string  `json:"recipient"`
	Cells      int     `json:"cells"` // chosen cells found, each anchor and column once
	Agree      int     `json:"agree"` // of these, with the parity of the mark
	P          float64 `json:"p"`     // probability of so many or more in a table without the mark
	KeyVersion int     `json:"key_version"`
	Found      bool    `json:"found"`
}

// ColumnProposal is what the statistics of a column suggest for its catalog entry. It is for a person to confirm, and
// carries numbers only, no value.
type ColumnProposal struct {
	Column string           `json:"column"`
	Role   yumen.ColumnRole `json:"role"`
	Grade  int              `json:"grade"`
	// Preset is the mask to apply where rows leave; "" where none fits and the column should be generalized, aggregated
	// or left out.
	Preset string     `json:"preset,omitempty"`
	Type   string     `json:"type,omitempty"`  // the identifier it holds
	Share  float64    `json:"share,omitempty"` // of the cells with a value, those that hold it
	Split  string     `json:"split,omitempty"` // the column that holds the other part
	Inside []string   `json:"inside,omitempty"`
	Why    yumen.Text `json:"why"`

	Rows     int64 `json:"rows"`
	Nulls    int64 `json:"nulls"`
	Distinct int64 `json:"distinct"` // an estimate

	Stored yumen.Type `json:"column_type"`
}
