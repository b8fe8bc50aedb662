package task

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/yumen-data/yumen"
)

// The roles around a provider's table before it is a version: changed by a profile, described, or searched for a mark.
const (
	Desensitize Role = "desensitize" // a table → the table a profile makes of it, and the record
	Describe    Role = "describe"    // a table → what each column seems to be; no value
	Trace       Role = "trace"       // a table and recipients → whose watermark it carries
)

// Names of inputs and output streams of these roles. The table's files are named by SourceName, hierarchies by
// HierarchyName.
const (
	InVault = "vault" // Desensitize: the token vault so far; absent for the first

	OutVault = "vault" // Desensitize: the token vault afterwards
	OutSide  = "side"  // Desensitize: the second table of a technique that splits one
)

// HierarchyName returns the name of the input that holds the nth hierarchy file, counted from 1.
func HierarchyName(n int) string { return "hierarchy" + strconv.Itoa(n) }

// Table says how the files of a table are written and what is known of its columns.
type Table struct {
	Files  int              `json:"files"`
	Format yumen.FileFormat `json:"format"` // csv, ndjson or parquet
	CSV    yumen.CSVOptions `json:"csv"`
	// Columns are those of a catalog entry. Without them, names are read off the files, and the type of a column is the
	// narrowest that all its cells have.
	Columns []yumen.Column `json:"columns,omitempty"`
	// Types are given for columns whose type would be found out.
	Types map[string]yumen.Type `json:"types,omitempty"`
	// Hints are types of columns that need not be there, where nothing else is said of them.
	Hints map[string]yumen.Type `json:"hints,omitempty"`
}

// Key is a key for one run. It prints as its name, whatever the verb, and reaches an enclave through its pipe alone.
type Key struct {
	ID      string `json:"id"`
	Version int    `json:"version"`
	Secret  []byte `json:"secret"`
}

// Format writes id and version.
func (k Key) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "%s/%d", k.ID, k.Version) }

// LogValue returns what a log may show.
func (k Key) LogValue() slog.Value { return slog.StringValue(fmt.Sprintf("%s/%d", k.ID, k.Version)) }

// DesensitizeSpec asks for a profile to be applied to a table.
type DesensitizeSpec struct {
	Table       Table            `json:"table"`
	File        string           `json:"file"`    // name of the profile's file, for messages
	Profile     string           `json:"profile"` // its text
	Keys        []Key            `json:"keys,omitempty"`
	VaultKey    *Key             `json:"vault_key,omitempty"`   // where the profile tokenizes
	Hierarchies []string         `json:"hierarchies,omitempty"` // the name of each file
	Recipient   string           `json:"recipient,omitempty"`   // for whom the copy is marked
	Format      yumen.FileFormat `json:"format"`                // of the output
	By          yumen.Actor      `json:"by"`
	Input       yumen.Digest     `json:"input"`
	// DryRun writes nothing: the profile is applied, so that risk and utility are known, and shown on made-up rows.
	DryRun bool `json:"dry_run,omitempty"`
	Show   int  `json:"show,omitempty"` // made-up rows shown
}

// DesensitizeAnswer is what was done.
type DesensitizeAnswer struct {
	Record  json.RawMessage `json:"record"`            // desensitize.Record
	Preview json.RawMessage `json:"preview,omitempty"` // desensitize.Preview, of a dry run
}

// DescribeSpec asks what the columns of a table seem to be.
type DescribeSpec struct {
	Table Table `json:"table"`
}

// DescribeAnswer says it, by statistics; no value is in it.
type DescribeAnswer struct {
	Types     []yumen.Type    `json:"types"`
	Proposals json.RawMessage `json:"proposals"` // []detect.Proposal
}

// TraceSpec asks whose mark a table carries. Each version of the key is tried.
type TraceSpec struct {
	Table      Table    `json:"table"`
	File       string   `json:"file"`
	Profile    string   `json:"profile"`
	Keys       []Key    `json:"keys"`
	Recipients []string `json:"recipients"`
}

// TraceAnswer is the evidence for each recipient and version of the key.
type TraceAnswer struct {
	Traces json.RawMessage `json:"traces"` // []desensitize.Trace
}
