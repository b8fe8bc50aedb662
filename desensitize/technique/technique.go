package technique

import (
	"reflect"

	"github.com/yumen-data/yumen"
)

// Technique is a way of changing data, with its parameters. All there are lie in this package.
type Technique interface {
	about() About
	bind(b *Binding) (Stage, error)
}

// Describe describes a technique under the name that it has in a profile. Its parameters are read off its fields: yaml
// names them, en and zh say what they mean.
func Describe(name string, t Technique) About {
	about := t.about()
	about.Name = name
	fields := reflect.TypeOf(t).Elem()
	for f := range fields.Fields() {
		tag := f.Tag
		about.Params = append(about.Params, Param{tag.Get("yaml"), yumen.Text{EN: tag.Get("en"), ZH: tag.Get("zh")}})
	}
	return about
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

// The scopes. Techniques of the first two stream in memory of a batch. The others take one more pass over the table,
// kept meanwhile in a spool file, and hold in memory what is named.
const (
	CellScope   Scope = "cell"          // one cell
	RecordScope Scope = "record"        // one record
	ColumnScope Scope = "whole columns" // the values of its columns, of the whole table
)
