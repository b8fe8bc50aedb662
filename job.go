package yumen

import (
	"cmp"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Engine is what a job runs on.
type Engine string

// The engines.
const (
	EngineSQL  Engine = "sql"
	EngineWasm Engine = "wasm"
)

// State is where a job stands on its route; docs/states.md draws the chart.
type State string

// The states of a job.
const (
	StateSubmitted State = "submitted" // recorded, nothing checked yet
	StateAdmitted  State = "admitted"  // actor and contract allow it
	StatePlanned   State = "planned"   // the query is analysed; what will run is fixed
	StateRunning   State = "running"   // an enclave is at work
	StateHeld      State = "held"      // an artifact is in quarantine, unchecked
	StateFixing    State = "fixing"    // checks found something that desensitization can fix
	StateProtected State = "protected" // the cells may be shown; the result is made out of them
	StateInReview  State = "in_review" // checked; waits for people
	StateApproved  State = "approved"  // enough votes on this digest
	StateReleased  State = "released"  // out, with a receipt
	StateRejected  State = "rejected"  // refused by access, contract, analysis, checks or a reviewer
	StateReturned  State = "returned"  // a reviewer asks for changes; submit anew
	StateFailed    State = "failed"    // the run failed or was cut short
	StateCancelled State = "cancelled" // withdrawn by its submitter
)

// JobSpec is what a person submits.
type JobSpec struct {
	Name     string       `json:"name,omitempty" yaml:"job"`
	Contract string       `json:"contract" yaml:"contract"`
	Purpose  Text         `json:"purpose,omitzero" yaml:"purpose"` // what this output is for; reviewers read it
	Class    ReleaseClass `json:"class,omitempty" yaml:"class"`    // Defaults to what analysis derives; opaque for Wasm
	SQL      string       `json:"sql,omitempty" yaml:"sql"`        // the query, or the path of a .sql file beside the job file
	Params   []Param      `json:"params,omitempty" yaml:"params"`  // SQL only: what $1, $2 … or $name stand for
	Wasm     string       `json:"wasm,omitempty" yaml:"wasm"`      // path of the module beside the job file
	Args     []string     `json:"args,omitempty" yaml:"args"`      // arguments of the module
	Inputs   []JobInput   `json:"inputs,omitempty" yaml:"inputs"`  // Wasm only; SQL names its tables itself
	Output   JobOutput    `json:"output,omitzero" yaml:"output"`   // Wasm only, mode command
	Privacy  PrivacySpec  `json:"privacy,omitzero" yaml:"privacy"` // class dp only
	// Seed makes the random numbers that a module in mode command is given; they are not secret. Without one they are
	// those of seed 0.
	Seed int64 `json:"seed,omitempty" yaml:"seed"`
	// Mode is how a module is run. Defaults to command. What follows is for the modes map and block only.
	Mode        WasmMode     `json:"mode,omitempty" yaml:"mode"`
	Coordinates []Coordinate `json:"coordinates,omitempty" yaml:"coordinates"` // of what the module returns
	Groups      int          `json:"groups,omitempty" yaml:"groups"`           // map: units fall into groups 0 … groups−1. Defaults to 1
	Blocks      int          `json:"blocks,omitempty" yaml:"blocks"`           // block: how many. Required
	Steps       int64        `json:"steps,omitempty" yaml:"steps"`             // instructions for one call. Defaults to DefaultSteps
}

// Param is the value of a parameter of a query: $1 for the first, $2 for the second, or $ and its name.
type Param struct {
	Name  string `json:"name,omitempty" yaml:"name"`
	Type  Type   `json:"type" yaml:"type"`
	Value string `json:"value" yaml:"value"` // as SQL writes it, without quotes: 30, 12.50, true, 2026-01-31
}

// Program is what a query runs as, for its digest: the text and, where it has parameters, a comment line for each. A
// value is quoted, so that it stays on its line.
func (s *JobSpec) Program() []byte {
	var b strings.Builder
	b.WriteString(s.SQL)
	for i, p := range s.Params {
		fmt.Fprintf(&b, "\n-- $%s %s = %q", cmp.Or(p.Name, strconv.Itoa(i+1)), p.Type, p.Value)
	}
	return []byte(b.String())
}

// PrivacySpec says what an answer of class dp may cost and how much of one privacy unit counts in it. What is zero
// defaults to what the contract's budget says.
type PrivacySpec struct {
	Epsilon       float64 `json:"epsilon,omitempty" yaml:"epsilon"`                 // cost of the answer, at the contract's delta
	RowsPerUnit   int     `json:"rows_per_unit,omitempty" yaml:"rows_per_unit"`     // rows of a unit that count in one group
	GroupsPerUnit int     `json:"groups_per_unit,omitempty" yaml:"groups_per_unit"` // groups in which a unit counts
	// WideNoise asks for an answer whose noise is as wide as what is public of it, which is refused otherwise.
	WideNoise bool `json:"wide_noise,omitempty" yaml:"wide_noise"`
	// NoErrors leaves out the columns that say how far each figure may be off.
	NoErrors bool `json:"no_errors,omitempty" yaml:"no_errors"`
}

// WasmMode is how a module is run.
type WasmMode string

// The modes.
const (
	ModeCommand WasmMode = "command" // once, with files
	ModeMap     WasmMode = "map"     // for each privacy unit, in a fresh state; its results are summed
	ModeBlock   WasmMode = "block"   // for each of some disjoint blocks of units, in a fresh state; mean and median of its results
)

// DefaultSteps is how many instructions a module may use for one unit or block where a job does not say. In class dp,
// whose deadline must hold the steps of all calls, it is a tenth of that for a block and a hundredth for a unit.
const DefaultSteps = 10_000_000

// Coordinate is one number of what a module returns for a unit or block. It is declared, never read off the data.
type Coordinate struct {
	Name    string         `json:"name" yaml:"name"`
	Type    Type           `json:"type" yaml:"type"` // integer or double
	Min     float64        `json:"min" yaml:"min"`   // what lies outside is clamped
	Max     float64        `json:"max" yaml:"max"`
	Default float64        `json:"default" yaml:"default"`     // where the module traps, takes too many steps or returns no such number
	Take    CentralMeasure `json:"take,omitempty" yaml:"take"` // mode block, class dp: what is told of the blocks. Defaults to mean
}

// CentralMeasure is a measure of where values lie.
type CentralMeasure string

// The measures.
const (
	CentralMean   CentralMeasure = "mean"
	CentralMedian CentralMeasure = "median"
)

// JobInput is one file that a Wasm module finds under /in.
type JobInput struct {
	Name    string     `json:"name" yaml:"name"` // file name; its extension must match Format
	Dataset string     `json:"dataset" yaml:"dataset"`
	Columns []string   `json:"columns" yaml:"columns"`
	Format  FileFormat `json:"format,omitempty" yaml:"format"` // Defaults to the extension of Name
}

// JobOutput is the one file that a Wasm module writes under /out.
type JobOutput struct {
	Name    string         `json:"name" yaml:"name"`
	Format  FileFormat     `json:"format,omitempty" yaml:"format"`
	Columns []OutputColumn `json:"columns" yaml:"columns"`
}

// OutputColumn declares one column of a Wasm module's output.
type OutputColumn struct {
	Name string `json:"name" yaml:"name"`
	Type Type   `json:"type" yaml:"type"`
}

// FileFormat is a format of files that come in or go out.
type FileFormat string

// The file formats.
const (
	FormatCSV     FileFormat = "csv"
	FormatNDJSON  FileFormat = "ndjson"
	FormatParquet FileFormat = "parquet"
	FormatArrow   FileFormat = "arrow" // Arrow IPC stream
)

// Job is a submitted JobSpec on its route.
type Job struct {
	ID             string       `json:"id"`
	Spec           JobSpec      `json:"spec"`
	Engine         Engine       `json:"engine"`
	Class          ReleaseClass `json:"class,omitempty"`
	Program        Digest       `json:"program"` // of the SQL text or the module
	Submitter      Actor        `json:"submitter"`
	ContractDigest Digest       `json:"contract_digest,omitempty"`
	State          State        `json:"state"`
	// Plan is what query analysis decided: emitted SQL, output columns, tables. Its shape belongs to the pipeline.
	Plan     json.RawMessage `json:"plan,omitempty"`
	Versions []VersionRef    `json:"versions,omitempty"` // dataset versions the run reads, fixed when planned
	Artifact Digest          `json:"artifact,omitempty"` // the artifact that checks and votes are about now
	Rounds   int             `json:"rounds,omitempty"`   // fixes applied so far
	Error    *Error          `json:"error,omitempty"`    // why it was rejected or failed
	Attempts int             `json:"attempts,omitempty"` // runs started
	Figures  bool            `json:"figures,omitempty"`  // those that its statement compares rows with are protected
	Created  time.Time       `json:"created"`
	Updated  time.Time       `json:"updated"`
	Review   *ReviewSummary  `json:"review,omitempty"`  // once checks are done
	Release  string          `json:"release,omitempty"` // the release's name once released
	Recurs   string          `json:"recurs,omitempty"`  // the Recurrence that asked it
	// Independent says that its contract keeps reviewers of the submitter's organisation from it.
	Independent bool `json:"independent,omitempty"`
	// Shown is when those who are not shown what checks found are shown that they are done; zero where that is at once.
	Shown time.Time `json:"shown,omitzero"`
}

// ReviewSummary is what a list of waiting jobs shows of each. What is decided is decided by artifact and votes
// themselves.
type ReviewSummary struct {
	Artifact Digest   `json:"artifact"` // that it is about
	Rows     int64    `json:"rows"`
	Verdict  Verdict  `json:"verdict"`
	Needed   int      `json:"needed"`             // approvals
	Approved []string `json:"approved,omitempty"` // who voted for it
}

// VersionRef names the version of a dataset that a job reads.
type VersionRef struct {
	Dataset  string `json:"dataset"`
	Digest   Digest `json:"digest"`
	Seq      int    `json:"seq"`
	Acquired string `json:"acquired"`
	Provider string `json:"provider"`
	Source   Source `json:"source"`
}

// Recurrence is a released job that is asked again and again, each time as a job of its own over the newest versions,
// in the name of its submitter, until they end it, they may submit no more, or a job of it is not released.
type Recurrence struct {
	ID        string    `json:"id"` // of the job that was asked first
	Spec      JobSpec   `json:"spec"`
	Engine    Engine    `json:"engine"`
	Program   Digest    `json:"program"`
	Submitter Actor     `json:"submitter"`
	Every     Duration  `json:"every"`
	Due       time.Time `json:"due"`           // when it is asked next
	Last      string    `json:"last"`          // the job that was asked last
	Why       string    `json:"why,omitempty"` // it ended; "" while it goes on
}

// Ended reports whether it is asked no more.
func (r *Recurrence) Ended() bool { return r.Why != "" }
