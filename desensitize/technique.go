package desensitize

import (
	"github.com/yumen-data/yumen"
)

// technique is a way of changing data, with its parameters. Each is a field of Step, which is the one table of them.
type technique interface {
	about() About
	// bind checks the parameters against the columns and makes the stage. It sees no data.
	bind(b *binding) (stage, error)
}

// About describes a technique: the terms of the standards, what it works on, and what it does to risk and use.
type About struct {
	Name       string // the key in a profile
	Title      yumen.Text
	Term       yumen.Text // GB/T 37964 and ISO/IEC 20889
	Types      string     // column types it takes
	Scope      Scope
	Inside     bool // can be applied inside texts, to what detectors find
	Reversible yumen.Text
	Preserves  yumen.Text
	Leaks      yumen.Text
	Params     []Param
}

// Param describes a parameter of a technique.
type Param struct {
	Name string
	Msg  yumen.Text
}

// Scope says how much of a table a technique must have seen before it can change the first cell.
type Scope string

// The scopes. Techniques of the first two stream in memory of a batch. The others take one more pass over the table, kept
// meanwhile in a spool file, and hold in memory what is named.
const (
	CellScope   Scope = "cell"   // one cell
	RecordScope Scope = "record" // one record
	StatScope   Scope = "two passes"
	ColumnScope Scope = "whole columns" // the values of its columns, of the whole table
)
