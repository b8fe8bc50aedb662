package yumen

import "time"

// Artifact is a held result. Its bytes are an Arrow IPC stream in quarantine under Digest; nobody but a check, a fix or
// a reviewer's preview reads them before release.
type Artifact struct {
	Digest Digest `json:"digest"`
	Job    string `json:"job"`
	Round  int    `json:"round"` // 0 as it came from the run, then one more for each fix and for the result made of cells
	// Cells says that this is the table of cells of class aggregate, which the result is made of once it is protected.
	Cells bool `json:"cells,omitempty"`
	// Figures says that it is not of the result, but of the figures that the statement compares rows with.
	Figures  bool             `json:"figures,omitempty"`
	Bytes    int64            `json:"bytes"`
	Rows     int64            `json:"rows"`
	Columns  []ArtifactColumn `json:"columns"`
	Evidence Digest           `json:"evidence,omitempty"` // what the engine measured behind each row, an Arrow IPC stream
	Parent   Digest           `json:"parent,omitempty"`   // the artifact this one was made from by Fixes
	// Labels say, of a table of cells, which privacy units count in which cell: an object that the ledger alone reads.
	Labels Digest `json:"labels,omitempty"`
	// History is, of a result of class aggregate, what it was compared with when it was checked last.
	History  *History        `json:"history,omitempty"`
	Fixes    []Fix           `json:"fixes,omitempty"`
	Findings []Finding       `json:"findings,omitempty"`
	Verdict  Verdict         `json:"verdict,omitempty"`
	Enclaves []EnclaveReport `json:"enclaves,omitempty"` // of the run or fix that made it, and of its check
	Held     time.Time       `json:"held"`
}

// History is what a result was compared with.
type History struct {
	Compared int `json:"compared"` // releases
	// UpTo is the log index from which releases were not there yet.
	UpTo   int64  `json:"up_to"`
	Labels Digest `json:"labels,omitempty"` // of the cells that are visible; empty where there is no unit in the result
}

// HistoryScope says which earlier releases a result is compared with.
type HistoryScope string

// The scopes.
const (
	HistoryDomain    HistoryScope = "domain"    // all of them: recipients may put together what they have
	HistoryApplicant HistoryScope = "applicant" // those of contracts with the same applicant
	HistoryContract  HistoryScope = "contract"  // those under the same contract
)

// ColumnKind says what a result column is.
type ColumnKind string

// The kinds of result columns.
const (
	ColumnKey       ColumnKind = "key"       // a group key
	ColumnAggregate ColumnKind = "aggregate" // computed over a group
	ColumnRow       ColumnKind = "row"       // a value of one row
	ColumnOpaque    ColumnKind = "opaque"    // not derivable
	ColumnStatus    ColumnKind = "status"    // says where the column Of is suppressed
	ColumnLevel     ColumnKind = "level"     // of a table of cells: which keys a row is a total over
)

// ArtifactColumn is one column of a result and what is known of it without reading it.
type ArtifactColumn struct {
	Name     string     `json:"name"`
	Type     Type       `json:"type"`
	Kind     ColumnKind `json:"kind"`
	Function string     `json:"function,omitempty"` // count, count_units, sum, avg … for an aggregate
	Measure  int        `json:"measure,omitempty"`  // 1-based number of the measure whose evidence covers it; 0 for none
	Part     int        `json:"part,omitempty"`     // 1-based number of the part of the rows that it is over; 0 for all rows
	Adds     int        `json:"adds,omitempty"`     // 1-based number of what it adds up; figures of one number can be subtracted
	Squares  int        `json:"squares,omitempty"`  // of a variance or deviation: 1-based number of what the squares add up, 0 if values are 0 and 1
	Counted  bool       `json:"counted,omitempty"`  // of a sum, mean or variance: each row of its part has a value, so that it is known over how many it is
	Step     float64    `json:"step,omitempty"`     // of an average or ratio: the step of the values, 0 where they have none
	Bound    float64    `json:"bound,omitempty"`    // of an average or ratio: the most that one unit may add, 0 where that is not known
	// Repeats is set on a count of rows in which the statement has a hand, because it joins several tables of people,
	// say: such a count is a sum of what it gives to each person, and as coarse as one.
	Repeats bool `json:"repeats,omitempty"`
	// From names the cells that a derived cell is computed from, in the question: it is suppressed where one of them
	// is. Over is, of a ratio, what it is divided by.
	From    []string    `json:"from,omitempty"`
	Over    *Divisor    `json:"over,omitempty"`
	Sources []ColumnRef `json:"sources,omitempty"` // columns it is computed from
	Direct  bool        `json:"direct,omitempty"`  // it is the one source column unchanged
	// Chosen is set on a key if the text chooses, by alternatives over several columns, whom a combination of keys has:
	// then that nobody has it may be the text's doing.
	Chosen bool   `json:"chosen,omitempty"`
	Mask   string `json:"mask,omitempty"` // technique that must be applied before it may leave
	Of     string `json:"of,omitempty"`   // the column that a status column speaks of
	// Public is set on all columns of an aggregate result, or on none: it tells nothing of anybody that a row is there,
	// because there is no grouping, or a whole dataset is grouped by columns whose values the catalog publishes one by
	// one.
	Public bool `json:"public,omitempty"`
	// Levels are, of a column of kind level, what its values mean.
	Levels []Level `json:"levels,omitempty"`
}

// Level is a part of the rows of a table of cells: totals over some of the group keys, or, over none, the parts.
type Level struct {
	Name   string `json:"name"`             // what stands in the column: the keys that its rows have
	Totals uint64 `json:"totals,omitempty"` // bit n for group key n+1: its rows are totals over it
	Shown  bool   `json:"shown,omitempty"`  // the statement shows it; otherwise it is there to be judged alone
}

// Divisor describes the lower part of a ratio.
type Divisor struct {
	Measure int     `json:"measure"`          // its number
	Counts  bool    `json:"counts,omitempty"` // it counts rows or units
	Step    float64 `json:"step,omitempty"`   // the step of its values, 0 where they have none
	Bound   float64 `json:"bound,omitempty"`  // the most that one unit may add to it, 0 where that is not known
}

// ColumnRef names a column of a dataset.
type ColumnRef struct {
	Dataset string `json:"dataset"`
	Column  string `json:"column"`
}

// Verdict is what a check, or all of them together, concluded. From best to worst.
type Verdict string

// The verdicts.
const (
	VerdictPass   Verdict = "pass"
	VerdictReview Verdict = "review" // a person must look at it
	VerdictFail   Verdict = "fail"   // may not leave as it is; a fix is known
	VerdictBlock  Verdict = "block"  // may not leave
)

var verdictRank = map[Verdict]int{VerdictPass: 0, VerdictReview: 1, VerdictFail: 2, VerdictBlock: 3}

// Worse returns the worse of two verdicts. An unknown verdict counts as Block.
func (v Verdict) Worse(w Verdict) Verdict {
	if v.rank() >= w.rank() {
		return v
	}
	return w
}

func (v Verdict) rank() int {
	if r, ok := verdictRank[v]; ok {
		return r
	}
	return verdictRank[VerdictBlock]
}

// Rule names a check of egress. Names are stable: findings, receipts and docs/egress.md use them.
type Rule string

// The rules. Those about identifiers are RuleIdentifiers, a point and the type of identifier.
const (
	RuleClass                Rule = "class"
	RuleParametersMissing    Rule = "parameters.missing"
	RuleEvidenceMissing      Rule = "evidence.missing"
	RuleCapRows              Rule = "cap.rows"
	RuleCapBytes             Rule = "cap.bytes"
	RuleThresholdUnits       Rule = "threshold.units"
	RuleThresholdParts       Rule = "threshold.parts"
	RuleThresholdDerived     Rule = "threshold.derived"
	RuleCells                Rule = "cells"
	RuleDominanceNK          Rule = "dominance.nk"
	RuleDominanceP           Rule = "dominance.p"
	RuleSecondarySuppression Rule = "complement"
	RuleKeysSuppressed       Rule = "keys.suppressed"
	RuleRoundingCounts       Rule = "rounding.counts"
	RuleRoundingMagnitudes   Rule = "rounding.magnitudes"
	RuleRowsEqualInput       Rule = "rows.equal-input"
	RuleRowsExtract          Rule = "rows.extract"
	RuleMaskPending          Rule = "mask.pending"
	RuleLedgerDifference     Rule = "ledger.difference"
	RuleLedgerUnexamined     Rule = "ledger.unexamined"
	RuleLedgerMissing        Rule = "ledger.missing"
	RuleIdentifiers          Rule = "identifiers"
	RuleContentInvisible     Rule = "content.invisible"
	RuleContentCapacity      Rule = "content.capacity"
)

// Finding is the result of one check.
type Finding struct {
	Rule      Rule    `json:"rule"`
	Parameter string  `json:"parameter"`       // what the contract asks for, such as "k = 10"
	Value     string  `json:"value"`           // what was found, such as "least 3 units"; never a data value
	Cells     []Cell  `json:"cells,omitempty"` // the first cells concerned
	Count     int     `json:"count"`           // all cells concerned
	Evidence  string  `json:"evidence"`        // how it was measured
	Verdict   Verdict `json:"verdict"`
	Msg       Text    `json:"message"`
	Fix       *Fix    `json:"fix,omitempty"` // what would repair it
}

// Cell is a place in a result: its row, counted from 1, and its column. An empty column means the whole row.
type Cell struct {
	Row    int    `json:"row"`
	Column string `json:"column,omitempty"`
}

// Technique is how a fix changes an artifact.
type Technique string

// The techniques of fixes.
const (
	TechniqueSuppress Technique = "suppress" // cells → null
	TechniqueMask     Technique = "mask"     // texts → params preset, whole or where=embedded
	TechniqueRound    Technique = "round"    // numbers → a multiple of params base
	TechniqueDrop     Technique = "drop"     // rows all of whose aggregate cells are null → taken out
)

// Fix is one desensitization step on an artifact.
type Fix struct {
	Technique Technique         `json:"technique"`
	Columns   []string          `json:"columns,omitempty"` // the columns concerned; all that apply if empty
	Params    map[string]string `json:"params,omitempty"`  // such as base = 5, preset = mobile, rule = threshold.units
	Cells     []Cell            `json:"cells,omitempty"`   // for suppress: what was suppressed, all of it
	Changed   int               `json:"changed,omitempty"` // cells changed when it was applied; for drop, rows taken out
}

// Vote is one reviewer's word on an artifact.
type Vote struct {
	Job      string    `json:"job"`
	Artifact Digest    `json:"artifact"`
	Voter    Actor     `json:"voter"`
	Decision Decision  `json:"decision"`
	Reason   string    `json:"reason"` // mandatory
	At       time.Time `json:"at"`
	LogIndex int64     `json:"log_index"` // of its entry, which says the same
	// Struck says that the vote counts no more: its voter may not review the job any longer, and the review was opened
	// again.
	Struck bool `json:"struck,omitempty"`
}

// Decision is what a reviewer decides.
type Decision string

// The decisions.
const (
	DecisionApprove Decision = "approve"
	DecisionReturn  Decision = "return"
	DecisionReject  Decision = "reject"
)

// Release is a result that left.
type Release struct {
	Name     string     `json:"name"`
	Job      string     `json:"job"`
	Contract string     `json:"contract"`
	Artifact Digest     `json:"artifact"`
	File     Digest     `json:"file"` // of the released file
	Format   FileFormat `json:"format"`
	Bytes    int64      `json:"bytes"`
	Rows     int64      `json:"rows"`
	By       string     `json:"by"`
	At       time.Time  `json:"at"`
	// Class says what was promised. Columns are those of datasets that the result was computed from, those that only
	// chose rows included: unless the class is dp,
	// whoever adds up what is known of a unit has to count an infinite ε on them.
	Class   ReleaseClass `json:"class,omitempty"`
	Columns []ColumnRef  `json:"columns,omitempty"`
}
