package ledger

import "slices"

// Shape is what the plan of a table says of its cells: by what they are grouped, and under which conditions units count.
type Shape struct {
	Keys       []string `json:"keys,omitempty"`
	Conditions []string `json:"conditions,omitempty"`
}

// Within reports whether by plan each cell of s lies in a cell of another table, of which s is a part or a refinement.
func (s Shape) Within(o Shape) bool {
	return subset(o.Keys, s.Keys) && subset(o.Conditions, s.Conditions) &&
		(len(o.Keys) < len(s.Keys) || len(o.Conditions) < len(s.Conditions))
}

// Same reports whether two tables have the same cells by plan.
func (s Shape) Same(o Shape) bool {
	return subset(s.Keys, o.Keys) && subset(o.Keys, s.Keys) && subset(s.Conditions, o.Conditions) &&
		subset(o.Conditions, s.Conditions)
}

func subset(a, b []string) bool {
	return !slices.ContainsFunc(a, func(x string) bool { return !slices.Contains(b, x) })
}

// Full returns the cells of t that hold exactly the units of a cell of s. Where by plan one lies within the other, their
// difference is empty: of everybody in the larger it is known that they are in the smaller (group disclosure).
func Full(t, s *Table) (cells []int) {
	g := newGraph(t, s)
	ours, theirs := t.CellUnits(), s.CellUnits()
	for e, n := range g.edges {
		if e[0] > 0 && e[1] > 0 && n == ours[e[0]-1] && n == theirs[e[1]-1] {
			cells = append(cells, int(e[0])-1)
		}
	}
	slices.Sort(cells)
	return slices.Compact(cells)
}
