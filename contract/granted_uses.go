package contract

import (
	"slices"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/uses"
)

// Uses returns what a contract allows on a dataset: for each column the uses that stand in the catalog entry and in the
// contract, with the stricter parameter of the two: the greater min_k, the smaller max_dominance, the functions both
// name, the greater width, the coarser parts of the calendar. What the contract leaves out (functions, width, parts,
// technique) is as the catalog has it. A column on which either side writes deny, or on which no use is left, is not in
// the map. The result is never more than either side allows.
func Uses(c *yumen.Contract, d *yumen.Dataset) map[string][]yumen.Constraint {
	out := map[string][]yumen.Constraint{}
	granted, ok := c.Dataset(d.Name)
	if !ok {
		return out
	}
	for i := range d.Columns {
		column := &d.Columns[i]
		if grant, ok := granted.Column(column.Name); ok {
			if both := meetAll(column.Constraints, grant.Uses); len(both) > 0 {
				out[column.Name] = both
			}
		}
	}
	return out
}

func meetAll(catalog, contract []yumen.Constraint) []yumen.Constraint {
	var out []yumen.Constraint
	for _, u := range strictest(catalog) {
		switch {
		case u.Use == yumen.UseDeny:
			return nil
		case slices.ContainsFunc(catalog, func(c yumen.Constraint) bool { return c.Use == u.Use && !complete(c) }):
			continue
		}
		for _, g := range strictest(contract) {
			switch {
			case g.Use == yumen.UseDeny:
				return nil
			case g.Use == u.Use:
				if both, ok := meet(u, g); ok {
					out = append(out, both)
				}
			}
		}
	}
	return out
}

// complete reports whether a constraint of a catalog entry names what it must. One that does not was never checked, and
// allows nothing.
func complete(u yumen.Constraint) bool {
	switch u.Use {
	case yumen.UseAggregate:
		return len(u.Functions) > 0
	case yumen.UseBucket:
		return u.Width > 0
	case yumen.UseCalendar:
		return len(u.Parts) > 0
	case yumen.UseMask:
		return u.Technique != ""
	}
	return true
}

// strictest makes one constraint of those with the same use. Checked entries and contracts have no two; what was not
// checked must not become the laxer of them.
func strictest(list []yumen.Constraint) []yumen.Constraint {
	var out []yumen.Constraint
	for i, u := range list {
		if slices.ContainsFunc(list[:i], func(o yumen.Constraint) bool { return o.Use == u.Use }) {
			continue
		}
		possible := true
		for _, again := range list[i+1:] {
			if again.Use == u.Use && possible {
				u, possible = meet(u, again)
			}
		}
		if possible {
			out = append(out, u)
		}
	}
	return out
}

// commonParts returns what both sides allow of the calendar. A side that names no parts has no say.
func commonParts(a, b []string) []string {
	switch {
	case len(a) == 0:
		return b
	case len(b) == 0 || slices.Equal(a, b):
		return a
	}
	return uses.Common(a, b)
}

// meet returns what two constraints of one use both allow, and whether that is anything.
func meet(a, b yumen.Constraint) (yumen.Constraint, bool) {
	out := yumen.Constraint{Use: a.Use, MinK: max(a.MinK, b.MinK), Width: max(a.Width, b.Width), Technique: a.Technique,
		Functions: a.Functions}
	out.MaxDominance = a.MaxDominance
	if b.MaxDominance > 0 && (a.MaxDominance == 0 || b.MaxDominance < a.MaxDominance) {
		out.MaxDominance = b.MaxDominance
	}
	switch {
	case len(a.Functions) == 0:
		out.Functions = b.Functions
	case len(b.Functions) > 0:
		out.Functions = slices.DeleteFunc(slices.Clone(a.Functions),
			func(f string) bool { return !slices.Contains(b.Functions, f) })
		if len(out.Functions) == 0 {
			return yumen.Constraint{}, false
		}
	}
	if out.Parts = commonParts(a.Parts, b.Parts); len(out.Parts) == 0 && len(a.Parts)+len(b.Parts) > 0 {
		return yumen.Constraint{}, false
	}
	switch {
	case a.Technique == "":
		out.Technique = b.Technique
	case b.Technique != "" && b.Technique != a.Technique:
		return yumen.Constraint{}, false // neither is stricter
	}
	return out, true
}
