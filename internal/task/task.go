// Package task is the language between the control plane and an enclave: what one run is asked to do, what it is given
// and what it answers. It holds data types only. The control plane sends a Task and moves the bytes that come back; it
// never reads a result itself. What carries a Task out is in sandbox (isolation and transport) and below it (engines).
package task

import (
	"encoding/json"
	"os"
	"strconv"
	"time"

	"github.com/yumen-data/yumen"
)

// Role names what an enclave does. Each role has its own handler and may be confined differently.
type Role string

// The roles.
const (
	Parse   Role = "parse"   // SQL text → parse tree; sees no data
	Import  Role = "import"  // a provider's file → a version and its unit dictionary
	Query   Role = "sql"     // emitted SQL over versions → result and evidence
	Inspect Role = "inspect" // a module → whether it can be run at all; sees no data
	Wasm    Role = "wasm"    // a module over projections of versions → result
	Check   Role = "check"   // a held result, its evidence and the versions → measurements
	Fix     Role = "fix"     // a held result → a desensitized result
	Preview Role = "preview" // a held result → some of its rows as text, for a reviewer
	Export  Role = "export"  // a held result → the file that leaves
	Catalog Role = "catalog" // a statement over PostgreSQL's catalog → its rows; sees no data
	Bind    Role = "bind"    // parameters that a client sent as Arrow → values; sees no data
	// Released answers a statement over what was released to a person, and over PostgreSQL's catalog beside it.
	Released Role = "released"
)

// Names of inputs and output streams that handlers and the control plane agree on. Versions are passed as inputs under
// the name that a View gives.
const (
	InSource  = "source"  // Import: the provider's file; further files are named by SourceName
	InUnits   = "units"   // Import: the dictionary so far; absent for the first import of a kind
	InEarlier = "earlier" // Import: the last version of the dataset, whose salt the new one takes over; absent for the first
	// Import: identifiers beside an earlier version, whose salt those of the new one take over; absent for the first.
	InEarlierIdentifiers = "earlier-identifiers"
	InModule             = "module"   // Inspect, Wasm: the module
	InCompiled           = "compiled" // Inspect, Wasm: machine code kept from an earlier inspection; absent the first time
	InArtifact           = "artifact" // Check, Fix, Preview, Export: the held result
	InEvidence           = "evidence" // Check, Fix: evidence beside it; absent where there is none

	OutVersion = "version" // Import: Parquet, what jobs may read
	// Import: Parquet, the columns that lie apart, row by row as in OutVersion; only where the dataset has such
	// columns.
	OutIdentifiers = "identifiers"
	OutUnits       = "units"    // Import: Parquet, the new dictionary
	OutResult      = "result"   // Query, Wasm, Fix: Arrow IPC stream
	OutEvidence    = "evidence" // Query, Fix: Arrow IPC stream
	OutCompiled    = "compiled" // Inspect: machine code of the module
	OutFile        = "file"     // Export
	OutRows        = "rows"     // Catalog, Released: rows of PostgreSQL's wire, as internal/pgrows frames them, or of Arrow
)

// EvidenceUnits is the evidence column with the number of distinct privacy units behind a row.
const EvidenceUnits = "_units"

// EvidenceTotal and EvidenceValues are the evidence columns that say how coarse a measure's figures are to be given;
// EvidenceOfMeasure are all of measure i. The number of the measure, from 1, is appended.
const (
	EvidenceTotal  = "_total_"
	EvidenceValues = "_values_"
)

// EvidenceOfMeasure lists the evidence columns of a measure.
var EvidenceOfMeasure = []string{"_units_", "_share_", "_p_", EvidenceTotal, EvidenceValues}

// Task is one run of an enclave.
type Task struct {
	Role    Role
	Spec    any // the role's spec, sent as JSON
	Inputs  []Input
	Program yumen.Digest // for the report
	Limits  yumen.Limits
	Tenant  Tenant // whose share of the host the run takes
	// Started, where not nil, is called when the run has got its share of the host and begins.
	Started func()
	// Progress, where not nil, is told how far a long run has come. Total is 0 where unknown.
	Progress func(done, total int64)
}

// Tenant is whose share of the host a run takes. Contracts that wait take turns; what belongs to none does by
// organisation.
type Tenant struct {
	Contract     string // "" where the run belongs to none
	Organisation string // that asked for the run
	// Quotas are what the contract says of its tenants' limits.
	Quotas yumen.TenantLimits
	// Ahead says that the task goes before others of its account that wait: it is brief, or continues a job that is under
	// way.
	Ahead bool
	// Keeps is how long the run keeps its share of the host and of its tenants' limits at least, however soon it ends:
	// where how long it takes depends on data, the next run must not begin at a moment that discloses it. An answer that
	// is later than that is lost, so such a run has processors to itself.
	Keeps time.Duration
}

// Input is a file that an enclave finds read-only under /in/Name. Whoever asks for the task opened it, and closes it
// when the task is over. It has a name on this machine, by which the enclave finds it; what took its place meanwhile is
// refused.
type Input struct {
	Name   string
	File   *os.File
	Digest yumen.Digest
}

// Outcome is what came back beside the output streams.
type Outcome struct {
	Answer json.RawMessage // the role's answer
	Report yumen.EnclaveReport
}

// ParseSpec asks for the parse tree of SQL text.
type ParseSpec struct {
	SQL string `json:"sql"`
}

// ParseAnswer is the tree as DuckDB's json_serialize_sql gives it, syntax errors included (as its own error fields).
type ParseAnswer struct {
	Tree json.RawMessage `json:"tree"`
}

// View exposes columns of a version to a query or a module under a name. The unit's dense integer is always there as
// yumen.UnitColumn; nothing else of the file is.
type View struct {
	Name    string       `json:"name"`
	Input   string       `json:"input"` // name of the Task's Input that holds the version's Parquet
	Columns []ViewColumn `json:"columns"`
	// Identifiers names the input that holds the columns marked as Apart, row by row as in Input; "" where none is.
	Identifiers string `json:"identifiers,omitempty"`
	// Numbered are the units of rows that are units: their places in the file, which cost nothing to read.
	Numbered bool `json:"numbered,omitempty"`
}

// ViewColumn is a column of a View.
type ViewColumn struct {
	Name string `json:"name"`
	// From is the stored column it shows. The key of the privacy unit shows yumen.UnitColumn, so that identifiers never
	// meet a job.
	From string     `json:"from"`
	Type yumen.Type `json:"type"`
	// Mask is the preset under which a module gets the column; "" for as it is. Queries see columns as they are: where
	// a mask is due, their results are masked before they leave.
	Mask string `json:"mask,omitempty"`
	// Apart says that the column is in the view's Identifiers.
	Apart bool `json:"apart,omitempty"`
}

// QuerySpec asks for one emitted statement to be run. Its last Evidence columns go to OutEvidence, the others to
// OutResult.
type QuerySpec struct {
	Views    []View `json:"views"`
	SQL      string `json:"sql"`
	Evidence int    `json:"evidence"`
	MaxRows  int64  `json:"max_rows"` // more rows than this end the run with kind limit
	// Figures says that the input FiguresTable is there, which statements compare rows with.
	Figures bool `json:"figures,omitempty"`
	// Lookups are statements that must give no row, or SQL is not run. They read reference data alone.
	Lookups []string `json:"lookups,omitempty"`
	// Grouping, where there is one, gives the same rows sooner. SQL is run where it cannot.
	Grouping *Grouping `json:"grouping,omitempty"`
	// Labels, where they are asked for, go to OutLabels.
	Labels *LabelsSpec `json:"labels,omitempty"`
}

// ResultAnswer says what a run or a fix produced.
type ResultAnswer struct {
	Rows    int64                  `json:"rows"`
	Columns []yumen.ArtifactColumn `json:"columns"` // Query: names and types only
	Changed []int                  `json:"changed,omitempty"`
	Fixes   []yumen.Fix            `json:"fixes,omitempty"` // Fix: as applied, with cells and counts
	// Repeats is the number, from 1, of the first of Lookups that gave a row. Then there is no result.
	Repeats int `json:"repeats,omitempty"`
}

// WasmSpec asks for a module to be run.
type WasmSpec struct {
	Views   []View          `json:"views"`
	Files   []WasmFile      `json:"files"`
	Output  yumen.JobOutput `json:"output"`
	Args    []string        `json:"args"`
	MaxRows int64           `json:"max_rows"`
	Seed    int64           `json:"seed,omitempty"`  // of the random numbers of mode command
	Units   *UnitsSpec      `json:"units,omitempty"` // modes map and block; then there is no output file
	// Private is set for class dp: the noisy table that is asked for. Its question says what else stands here, which is
	// empty then.
	Private *PrivateSpec `json:"private,omitempty"`
}

// WasmFile is one file under /in: a View written in a format.
type WasmFile struct {
	Name   string           `json:"name"`
	View   string           `json:"view"`
	Format yumen.FileFormat `json:"format"`
}

// CheckSpec asks for the evidence about a held result.
type CheckSpec struct {
	Columns  []yumen.ArtifactColumn `json:"columns"`
	Sources  []Source               `json:"sources"`
	K        int                    `json:"k"`
	Rounding int                    `json:"rounding"`
	P        float64                `json:"p"`         // of the p-percent rule
	MaxCells int                    `json:"max_cells"` // places listed for each finding
	// Possible are the combinations of parts of Columns that a row can be in, nil for any.
	Possible []uint64 `json:"possible,omitempty"`
}

// Source is a version that a result was computed from, to be compared with it row by row.
type Source struct {
	View    View   `json:"view"`
	Dataset string `json:"dataset"`
}

// FixSpec asks for fixes to be applied in order.
type FixSpec struct {
	Columns []yumen.ArtifactColumn `json:"columns"`
	Fixes   []yumen.Fix            `json:"fixes"`
}

// ReleasedSpec says which tables an enclave of role Released has. They are there for all of its statements, each of which
// is an api.CatalogSpec.
type ReleasedSpec struct {
	Tables []ReleasedTable `json:"tables"`
}

// ReleasedTable is a released result as a table of schema released.
type ReleasedTable struct {
	Input string   `json:"input"` // name of the Task's Input that holds the result
	Names []string `json:"names"` // what statements may call it
}

// PreviewSpec asks for some rows as text.
type PreviewSpec struct {
	Offset int64 `json:"offset"`
	Rows   int   `json:"rows"`
	// Columns are those of the artifact. With them a cell that is suppressed shows its status, and status columns are
	// none of their own.
	Columns []yumen.ArtifactColumn `json:"columns,omitempty"`
	// Suppressed is shown for null cells of aggregates. It is set for a table of cells, where they are the suppressed
	// ones.
	Suppressed string `json:"suppressed,omitempty"`
}

// PreviewAnswer is a page of a held result.
type PreviewAnswer struct {
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"` // a null cell is "∅", a suppressed one "c"
	Total   int64      `json:"total"`
}

// ExportSpec asks for a held result as a file.
type ExportSpec struct {
	Format yumen.FileFormat `json:"format,omitempty"`
	// Rows asks for a range of the rows, written for PostgreSQL's protocol, in place of a file.
	Rows *RowRange `json:"rows,omitempty"`
	// Messages asks for the rows as frames of Arrow messages, as arrowio.Messages writes them, in place of a file. The
	// schema is left out: it is that of Columns, and a result of another is refused.
	Messages bool `json:"messages,omitempty"`
	// Columns are those of the artifact. With them a CSV file shows the status of a suppressed cell in its place; other
	// formats keep null cells and status columns, so that types stay what they are.
	Columns []yumen.ArtifactColumn `json:"columns,omitempty"`
}

// ExportAnswer says what was written.
type ExportAnswer struct {
	Rows int64 `json:"rows"`
	More bool  `json:"more,omitempty"` // there are rows behind a range
}

// BindSpec asks for the values of parameters.
type BindSpec struct {
	// Stream is an Arrow stream as a client sent it, with one row and a column for each parameter.
	Stream []byte `json:"stream"`
}

// BindAnswer are the values of parameters, in PostgreSQL's text format, or why there are none.
type BindAnswer struct {
	Params  []BoundParam `json:"params,omitempty"`
	Refused yumen.Text   `json:"refused,omitzero"`
}

// BoundParam is one of them, with the type of PostgreSQL that its Arrow type stands for.
type BoundParam struct {
	OID  uint32  `json:"oid"`
	Text *string `json:"text"` // nil for NULL
}

// RowRange is a range of rows, and how their columns are written: 0 as text, 1 as binary; no format for all as text,
// one for all columns, or one for each.
type RowRange struct {
	From    int64   `json:"from"`
	Rows    int64   `json:"rows,omitempty"` // at most so many; 0 for all
	Formats []int16 `json:"formats,omitempty"`
	// Types are the object ids of the types that the columns have to have.
	Types []uint32 `json:"types"`
}

// ImportSpec asks for a provider's files to be checked and stored as one version: their rows in the order of the files.
// All of them are in one format and carry the same columns, under the names that Column.InFiles gives.
type ImportSpec struct {
	Dataset yumen.Dataset    `json:"dataset"`
	Files   int              `json:"files,omitempty"` // how many source files, inputs SourceName(1) to SourceName(Files). Defaults to 1
	Format  yumen.FileFormat `json:"format"`
	CSV     yumen.CSVOptions `json:"csv"`
	MaxBad  int              `json:"max_bad"` // bad rows listed before the import gives up
	// Stored says that the one source is a version that was stored before identifiers lay apart. It is written again as
	// it is stored now, under the salt that it has: units keep their numbers, rows their order, and the dictionary is
	// read only.
	Stored bool `json:"stored,omitempty"`
}

// SourceName returns the name of the input that holds the nth source file of an import, counted from 1: source,
// source2, source3 …
func SourceName(n int) string {
	if n <= 1 {
		return InSource
	}
	return InSource + strconv.Itoa(n)
}

// ImportAnswer says what was stored, or why nothing was.
type ImportAnswer struct {
	Rows     int64    `json:"rows"`
	Units    int64    `json:"units"`     // distinct units in this version
	NewUnits int64    `json:"new_units"` // of these, not in the dictionary before
	Bad      []BadRow `json:"bad,omitempty"`
	BadTotal int64    `json:"bad_total"`
}

// BadRow is one row that breaks the catalog entry. It never carries the value.
type BadRow struct {
	File   int        `json:"file,omitempty"` // which source file, from 1; left out where there is only one
	Line   int64      `json:"line"`           // line of the file, or row number for Parquet, from 1
	Column string     `json:"column,omitempty"`
	Rule   string     `json:"rule"` // type, domain, bounds, null, unit, columns, encoding, quote
	Msg    yumen.Text `json:"message"`
}
