package plan

import (
	"slices"
	"time"

	"github.com/yumen-data/yumen"
)

// Table is a dataset that a query may name.
type Table struct {
	Dataset yumen.Dataset
	// Uses are the effective uses by column: what catalog and contract both grant, with the stricter parameter. A
	// column that is absent is not granted.
	Uses map[string][]yumen.Constraint
}

// Scope is what a query is judged by.
type Scope struct {
	Tables  []Table
	Classes []yumen.ReleaseClass // what the contract allows
	Class   yumen.ReleaseClass   // asked for by the submitter; "" derives it
	Risk    yumen.Risk
	Privacy yumen.PrivacySpec // for class dp: how much of a unit counts, nothing left zero
	Today   time.Time         // the day that current_date means; zero refuses it
	Params  []yumen.Param     // the values of $1, $2 … and $name
}

// Private reports whether aggregates are answered in class dp: where it is asked for, or the contract allows no other
// class for them.
func (sc *Scope) Private() bool {
	return sc.Class == yumen.ClassDP ||
		sc.Class == "" && slices.Contains(sc.Classes, yumen.ClassDP) &&
			!slices.Contains(sc.Classes, yumen.ClassAggregate)
}

// HasUse reports whether a use is among the constraints on a column.
func HasUse(uses []yumen.Constraint, u yumen.Use) bool {
	return slices.ContainsFunc(uses, func(c yumen.Constraint) bool { return c.Use == u })
}

// MaskOf returns the technique that a bare column must be masked with, or "" if it may be shown as it is or not at all.
// Of a union, a column that is masked on one side is masked on all; sides that want different techniques cannot be
// shown. Reference data is shown as it is.
func MaskOf(e *Expr) (technique string) {
	for _, c := range e.Directs(nil) {
		uses := c.Relation.Table.Uses[c.Base.Name]
		i := slices.IndexFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UseMask })
		switch {
		case HasUse(uses, yumen.UseDeny) || c.Relation.Reference():
			return ""
		case HasUse(uses, yumen.UsePlain):
		case i < 0 || technique != "" && technique != uses[i].Technique:
			return ""
		default:
			technique = uses[i].Technique
		}
	}
	return technique
}
