package api

import "github.com/yumen-data/yumen"

// Dataset is a catalog entry with what has become of it.
type Dataset struct {
	yumen.Dataset
	Digest    yumen.Digest    `json:"digest"` // of the catalog entry
	Published bool            `json:"published"`
	Versions  []yumen.Version `json:"versions,omitempty"`
}

// Ledger is what has left under a contract, added up as far as it can be.
type Ledger struct {
	Contract string       `json:"contract"`
	Budget   yumen.Budget `json:"budget"`
	Accounts []Balance    `json:"accounts"` // one for each kind of privacy unit
	// Unbounded are the releases of other classes. What they disclose of a unit has no bound: on their columns they
	// count as an infinite ε, beside whatever the accounts say.
	Unbounded []yumen.Release `json:"unbounded"`
	// Decisions are the jobs of other classes that were run. Whether a result leaves, is held or is refused depended on
	// data each time, and its submitter learns of it: about one bit a job, which no account bounds.
	Decisions int `json:"decisions"`
	// Unused are the granted columns that nothing which left was computed from: a contract grants what its purpose needs
	// and no more (最小必要).
	Unused []yumen.ColumnRef `json:"unused"`
	// Automatic are the results of class aggregate that left without people, of those that the contract allows.
	Automatic AutomaticReleases `json:"automatic"`
}

// AutomaticReleases are results of class aggregate that left without people.
type AutomaticReleases struct {
	Released int `json:"released"`
	Allowed  int `json:"allowed"`
}

// Balance is an account and what is left in it.
type Balance struct {
	Unit    string  `json:"unit"`
	Answers int     `json:"answers"` // paid for
	Spent   float64 `json:"spent"`   // ε of all answers together, at the budget's δ
	Left    float64 `json:"left"`    // largest ε of one more answer
	Used    Price   `json:"used"`
	Limit   Price   `json:"limit"`
}

// Price is what answers of class dp cost, as accounts add it up.
type Price struct {
	Rho   float64 `json:"rho"`   // zCDP
	Delta float64 `json:"delta"` // of telling of groups that are not public
}

// Job is a job as one person may see it. What is not shown to them is zero.
type Job struct {
	yumen.Job
	// Artifacts are the held results of all rounds with what the checks found, for reviewers and regulators.
	Artifacts []yumen.Artifact `json:"artifacts,omitempty"`
	// Fixes are those that the released file shows.
	Fixes []ReleasedFix `json:"fixes,omitempty"`
	// Privacy is what a job of class dp costs or has cost.
	Privacy *Cost `json:"privacy,omitempty"`
	// Notice is what its class leaves out of every result, whatever the data.
	Notice yumen.Text `json:"notice,omitzero"`
}

// ReleasedFix is a fix as the released file shows it.
type ReleasedFix struct {
	Technique yumen.Technique `json:"technique"`
	Cells     int             `json:"cells,omitempty"` // that it changed; not of rounding, where they cannot be seen
}

// Cost says what an answer of class dp promises and costs.
type Cost struct {
	Unit    string  `json:"unit"` // kind of privacy unit that is protected, and whose account pays
	Epsilon float64 `json:"epsilon"`
	Delta   float64 `json:"delta"` // of the contract, for all its answers together
	// Module is set where a module sees all rows of a unit, which counts once; otherwise what follows says how much
	// of it counts.
	Module        bool           `json:"module,omitempty"`
	RowsPerUnit   int            `json:"rows_per_unit"`
	GroupsPerUnit int            `json:"groups_per_unit"`
	Noise         Noise          `json:"noise"`
	Measures      []NoisyMeasure `json:"measures"`
	// Rows are those of a group, for NoisyMeasure.Share: published rows over public groups, or the least that are told
	// of.
	Rows     int64          `json:"rows"`
	Deadline yumen.Duration `json:"deadline"` // the answer is given at its end
	Answer   yumen.Digest   `json:"answer_key"`
	// Free says that nothing is to be paid: the same was asked and answered before, or is paid for already.
	Free       bool `json:"free"`
	Affordable bool `json:"affordable"` // so it is, or the account holds it
	Paid       bool `json:"paid"`       // this job paid for it
	// Left is the largest ε of an answer that the account can pay for, now and after this one.
	Left      float64 `json:"left"`
	LeftAfter float64 `json:"left_after"`
}

// Noise says how much of it is added. It is fixed before any data is touched.
type Noise struct {
	Price
	// Where keys are not public, a group is told of only if its distinct units are at least MinUnits and, with noise,
	// at least Tau.
	MinUnits int     `json:"least,omitempty"`
	Tau      float64 `json:"tau,omitempty"`
}

// NoisyMeasure is a column of the noisy table with the error that noise causes in it.
type NoisyMeasure struct {
	Column string  `json:"column"` // v1 …
	Stddev float64 `json:"stddev"` // in the measure's own unit; for a quantile in Ranks
	Half   float64 `json:"half"`   // half the width of a 95 % interval
	// Rows is the size of group for which this holds: the error of a mean or a standard deviation shrinks in proportion
	// to 1/rows. 0 where it is the same for groups of all sizes.
	Rows int `json:"rows,omitempty"`
	// Ranks is set for a quantile: the error is that of the rank, as a part of the group's rows.
	Ranks bool    `json:"ranks,omitempty"`
	Fn    string  `json:"fn"`              // count, units, distinct, sum, avg, var, var_pop, stddev, stddev_pop, quantile
	Input int     `json:"input,omitempty"` // 1-based
	Lo    float64 `json:"lo"`              // what lies outside is clamped; both 0 where nothing is
	Hi    float64 `json:"hi"`
	// Share is Half beside what is public: the rows of a group, the largest sum that they can have, the bounds of a
	// mean, all ranks.
	Share float64 `json:"share"`
}

// MuchNoise is the Share from which on an explanation warns.
const MuchNoise = 0.1

// Explanation says what would become of a job, before it is submitted.
type Explanation struct {
	Class    yumen.ReleaseClass     `json:"class"`
	Columns  []yumen.ArtifactColumn `json:"columns"`
	Cells    []ExplainedCell        `json:"cells,omitempty"`   // of class aggregate: what the result is made of
	Lineage  []ColumnLineage        `json:"lineage,omitempty"` // of Columns, for SQL
	Datasets []yumen.VersionRef     `json:"datasets"`
	K        int                    `json:"k"`
	Risk     yumen.Risk             `json:"risk"`
	// Reviewers are the approvals that the result needs; where it is Automatic, if a check has something against it.
	Reviewers int    `json:"reviewers"`
	Automatic bool   `json:"automatic"` // it leaves without people where no check has anything against it
	Emitted   string `json:"emitted_sql"`
	// Withheld are the columns of the datasets read that the contract does not let any query use.
	Withheld []yumen.ColumnRef `json:"withheld"`
	Privacy  *Cost             `json:"privacy,omitempty"` // for class dp: what it costs
	// Post makes the result out of the protected cells or, in class dp, of the noisy table.
	Post   string       `json:"post_sql,omitempty"`
	Notice yumen.Text   `json:"notice,omitzero"` // what its class leaves out of every result
	Notes  []yumen.Text `json:"notes,omitempty"`
}

// ExplainedCell is a column of the table of cells as people read it. It quotes the analyst's text, so it is for the
// analyst.
type ExplainedCell struct {
	yumen.ArtifactColumn
	Expression string `json:"expression"`      // a group key or a plain aggregate, such as sum(fee)
	Where      string `json:"where,omitempty"` // which rows of a group the aggregate is over; "" for all
}

// ColumnLineage is what is known of a result column.
type ColumnLineage struct {
	Name    string            `json:"name"`
	Kind    yumen.ColumnKind  `json:"kind"`
	Sources []yumen.ColumnRef `json:"sources,omitempty"`
	// Units are the kinds of privacy units that the rows behind it depend on; "row:" and a dataset where rows are
	// units.
	Units []string `json:"units"`
	// RowsPerUnit is how many rows of one unit can count in a value at most; 0 where there is no limit.
	RowsPerUnit int `json:"rows_per_unit,omitempty"`
	// Least and Most enclose the value, written as the catalog writes it; "" where that end is not known.
	Least    string `json:"least,omitempty"`
	Most     string `json:"most,omitempty"`
	Nullable bool   `json:"nullable,omitempty"`
	// CanFail is set where some part could fail on data; it gives NULL instead.
	CanFail bool `json:"can_fail,omitempty"`
}
