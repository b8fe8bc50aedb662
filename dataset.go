package yumen

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Dataset is a catalog entry: what a provider says of a table before anyone may ask for it. Its fields follow
// 《政务信息资源目录编制指南》 and DCAT.
type Dataset struct {
	Name        string    `json:"name" yaml:"dataset"`
	Title       Text      `json:"title" yaml:"title"`
	Description Text      `json:"description,omitzero" yaml:"description"`
	Provider    string    `json:"provider" yaml:"provider"` // the organisation that answers for it
	Source      Source    `json:"source" yaml:"source"`
	Unit        UnitSpec  `json:"unit" yaml:"unit"`
	Columns     []Column  `json:"columns" yaml:"columns"`
	Sharing     Terms     `json:"sharing" yaml:"sharing"` // 共享属性
	Opening     Terms     `json:"opening" yaml:"opening"` // 开放属性
	Update      Frequency `json:"update" yaml:"update"`   // 更新周期
}

// Column returns the column of that name.
func (d *Dataset) Column(name string) (*Column, bool) {
	for i := range d.Columns {
		if d.Columns[i].Name == name {
			return &d.Columns[i], true
		}
	}
	return nil, false
}

// Layout returns the columns that a stored version holds for jobs, and those that lie apart from it. The key of the
// privacy unit is among neither: the dictionary of units has it, and UnitColumn stands in its place.
func (d *Dataset) Layout() (stored, apart []Column) {
	for _, c := range d.Columns {
		switch {
		case c.Name == d.Unit.Column && !d.Unit.ByRow():
		case c.LiesApart():
			apart = append(apart, c)
		default:
			stored = append(stored, c)
		}
	}
	return stored, apart
}

// Source says where the data comes from.
type Source struct {
	System string `json:"system" yaml:"system"`           // the system of record
	Basis  Text   `json:"basis,omitzero" yaml:"basis"`    // the duty or law it is collected under
	Method string `json:"method,omitempty" yaml:"method"` // how it arrives: exchange platform, file, survey
	URL    string `json:"url,omitempty" yaml:"url"`       // for public data: where anyone can get it
	Rights string `json:"rights,omitempty" yaml:"rights"` // licence or terms of the source
}

// UnitSpec names the privacy unit: the person or organisation that a row is about.
type UnitSpec struct {
	// Kind is the dictionary the units are numbered in: person, organisation, or a name of the domain's own. Datasets
	// of one kind join on it. The kind "row" makes each row its own unit, the kind "none" says that rows are about
	// nobody; neither has a column.
	Kind   string `json:"kind" yaml:"kind"`
	Column string `json:"column,omitempty" yaml:"column"`
	// Unique declares that a unit has one row at most, as a register of people has. Import refuses versions of which it
	// is not true.
	Unique bool `json:"unique,omitempty" yaml:"unique"`
}

// UnitKindRow is the kind of a dataset in which each row is its own privacy unit.
const UnitKindRow = "row"

// UnitKindNone is the kind of a dataset whose rows are about nobody: public reference data, such as a list of codes.
const UnitKindNone = "none"

// ByRow reports whether a stored version numbers its rows instead of units of a dictionary.
func (u UnitSpec) ByRow() bool { return u.Kind == UnitKindRow || u.Kind == UnitKindNone }

// RowsAreUnits reports whether no two rows are of one unit.
func (u UnitSpec) RowsAreUnits() bool { return u.Kind == UnitKindRow || u.Unique && !u.ByRow() }

// Reference reports whether the dataset is public reference data, whose rows are nobody's.
func (d *Dataset) Reference() bool { return d.Unit.Kind == UnitKindNone }

// UnitName says whose privacy is protected: the kind of unit, or where each row is its own, "row:" and the dataset's
// name. What is told of units of one name adds up. Reference data protects nobody and has no account.
func (d *Dataset) UnitName() string {
	if d.Unit.Kind == UnitKindRow {
		return UnitKindRow + ":" + d.Name
	}
	return d.Unit.Kind
}

// UnitColumn is the name under which a stored version carries the dense integer of its privacy unit.
const UnitColumn = "_unit"

// Terms say to whom a dataset is shared or open, and under which conditions: the sharing and the opening attribute.
type Terms struct {
	Attribute  Attribute `json:"attribute" yaml:"attribute"`
	Conditions Text      `json:"conditions,omitzero" yaml:"conditions"`
}

// Attribute says to whom a dataset is open: 无条件, 有条件, 不予.
type Attribute string

// The attributes.
const (
	AttributeUnconditional Attribute = "unconditional"
	AttributeConditional   Attribute = "conditional"
	AttributeNever         Attribute = "never"
)

// Frequency is how often a dataset is brought up to date.
type Frequency string

// The update cycles.
const (
	FrequencyRealtime  Frequency = "realtime"
	FrequencyDaily     Frequency = "daily"
	FrequencyWeekly    Frequency = "weekly"
	FrequencyMonthly   Frequency = "monthly"
	FrequencyQuarterly Frequency = "quarterly"
	FrequencyYearly    Frequency = "yearly"
	FrequencyIrregular Frequency = "irregular"
)

// Column is one 信息项 of a dataset.
type Column struct {
	Name string `json:"name" yaml:"name"`
	// Header is what the column is called in the provider's files, where that is not its name: a header such as 姓名 or
	// marital-status cannot be a name in SQL.
	Header   string     `json:"header,omitempty" yaml:"header"`
	Title    Text       `json:"title" yaml:"title"`
	Type     Type       `json:"type" yaml:"type"`
	Role     ColumnRole `json:"role" yaml:"role"`
	Grade    int        `json:"grade" yaml:"grade"` // 1 (public) to 4 (most sensitive)
	Nullable bool       `json:"nullable,omitempty" yaml:"nullable"`
	// Constraints say who may use the column how; several may stand together, none means deny. They are the ceiling of
	// what any contract can grant.
	Constraints []Constraint `json:"constraints,omitempty" yaml:"constraints"`
	Bounds      *Bounds      `json:"bounds,omitempty" yaml:"bounds"` // clamp bounds of a measure, public
	Domain      []string     `json:"domain,omitempty" yaml:"domain"` // every value it may take, public
}

// LiesApart reports whether no job may read the column as it is: a direct identifier that may be masked at most.
func (c *Column) LiesApart() bool {
	readable := func(u Constraint) bool { return u.Use != UseMask && u.Use != UseDeny }
	return c.Role == ColumnRoleIdentifier && !slices.ContainsFunc(c.Constraints, readable)
}

// InFiles returns what the column is called in the provider's files.
func (c *Column) InFiles() string {
	if c.Header != "" {
		return c.Header
	}
	return c.Name
}

// Bounds are the least and greatest value of a measure, both included. They are declared, never read off the data.
type Bounds struct {
	Min float64 `json:"min" yaml:"min"`
	Max float64 `json:"max" yaml:"max"`
}

// Type is a column type: boolean, integer (64 bits), double, decimal(p,s), date, timestamp or text.
type Type string

// The types without parameters; a decimal is written "decimal(p,s)".
const (
	TypeBoolean   Type = "boolean"
	TypeInteger   Type = "integer"
	TypeDouble    Type = "double"
	TypeDate      Type = "date"
	TypeTimestamp Type = "timestamp"
	TypeText      Type = "text"
)

// ColumnRole says what a column is for disclosure control.
type ColumnRole string

// The column roles.
const (
	ColumnRoleIdentifier ColumnRole = "identifier" // 直接标识符
	ColumnRoleUnit       ColumnRole = "unit"       // the key of the privacy unit
	ColumnRoleQuasi      ColumnRole = "quasi"      // 准标识符
	ColumnRoleSensitive  ColumnRole = "sensitive"  // 敏感属性
	ColumnRoleMeasure    ColumnRole = "measure"
	ColumnRolePlain      ColumnRole = "plain"
	ColumnRoleText       ColumnRole = "text"
)

// Use is a way of using a column.
type Use string

// The uses that a constraint can allow; UseDeny allows nothing, whatever stands beside it.
const (
	UseFilter    Use = "filter"    // in WHERE and ON, and in the condition of FILTER or CASE
	UseJoin      Use = "join"      // in an equality between tables
	UseGroup     Use = "group"     // as a key of GROUP BY, over at least MinK units
	UseAggregate Use = "aggregate" // inside the named functions
	UseBucket    Use = "bucket"    // as a group key in intervals of Width
	UseCalendar  Use = "calendar"  // as a group key that tells no more than Parts of the calendar
	UseMask      Use = "mask"      // in row-level output, masked by Technique
	UsePlain     Use = "plain"     // in row-level output, as it is
	UseDeny      Use = "deny"
)

// Constraint allows one use of a column, with its parameters.
type Constraint struct {
	Use          Use      `json:"use"`
	Functions    []string `json:"functions,omitempty" yaml:"functions"`         // aggregate: which functions
	MinK         int      `json:"min_k,omitempty" yaml:"min_k"`                 // group, aggregate: at least so many units
	MaxDominance float64  `json:"max_dominance,omitempty" yaml:"max_dominance"` // aggregate: the largest unit's share at most
	Width        float64  `json:"width,omitempty" yaml:"width"`                 // bucket: interval width in the column's unit
	Technique    string   `json:"technique,omitempty" yaml:"technique"`         // mask: name of the desensitization technique
	Parts        []string `json:"parts,omitempty" yaml:"parts"`                 // calendar: which parts; "a+b" allows both in one statement
}

// Uses writes what constraints allow on one line, such as group(k≥10), aggregate(count sum).
func Uses(cs []Constraint) string {
	parts := make([]string, len(cs))
	for i, c := range cs {
		parts[i] = string(c.Use)
		switch {
		case c.MinK > 0:
			parts[i] += "(k≥" + strconv.Itoa(c.MinK) + ")"
		case len(c.Functions) > 0:
			parts[i] += "(" + strings.Join(c.Functions, " ") + ")"
		case len(c.Parts) > 0:
			parts[i] += "(" + strings.Join(c.Parts, " ") + ")"
		case c.Technique != "":
			parts[i] += "(" + c.Technique + ")"
		}
	}
	return strings.Join(parts, ", ")
}

// Version is an immutable snapshot of a dataset: an object with what jobs may read and, where the dataset has such
// columns, one with the identifiers that lie apart from it.
type Version struct {
	Dataset string `json:"dataset"`
	// Digest names the version: VersionDigest of its objects, or, of one that was stored before identifiers lay apart,
	// the digest of the one object that it was then.
	Digest Digest `json:"digest"`
	// Data is the object that jobs read. It is empty where the version is still stored as one object with identifiers
	// in it.
	Data          Digest    `json:"data,omitempty"`
	Identifiers   Digest    `json:"identifiers,omitempty"` // the object of columns that lie apart, row by row as in Data
	Seq           int       `json:"seq"`                   // 1 for the first version of the dataset
	Rows          int64     `json:"rows"`
	Units         int64     `json:"units"`
	Bytes         int64     `json:"bytes"`
	Source        Digest    `json:"source"`   // digest of the file it was imported from
	Acquired      string    `json:"acquired"` // date the provider got the data, YYYY-MM-DD
	Imported      time.Time `json:"imported"`
	ImportedBy    string    `json:"imported_by"`
	DatasetDigest Digest    `json:"dataset_digest"` // digest of the catalog entry it was checked against
	Published     bool      `json:"published"`
	// Desensitization is the id of the record of the profile that was applied before anything was stored, "" for none.
	Desensitization string `json:"desensitization,omitempty"`
}

// Object is the object that jobs read.
func (v *Version) Object() Digest { return cmp.Or(v.Data, v.Digest) }

// VersionDigest names a version by its two objects: that of the data alone where nothing lies apart.
func VersionDigest(data, identifiers Digest) Digest {
	if identifiers == "" {
		return data
	}
	return DigestOf(fmt.Appendf(nil, "yumen version v1\n%s\n%s\n", data, identifiers))
}

// CSVOptions say how a CSV file is written.
type CSVOptions struct {
	Delimiter string   `json:"delimiter"` // one character; "" finds it out from the header line
	Quote     string   `json:"quote"`     // one character. Defaults to "
	NoHeader  bool     `json:"no_header"` // columns come in the order of the catalog entry
	Encoding  string   `json:"encoding"`  // utf-8 or gb18030; also for NDJSON. Defaults to utf-8
	Null      []string `json:"null"`      // cells that mean null besides the empty one
}
