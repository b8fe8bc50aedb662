package plan

import "slices"

// Answer reports whether the rows of r are groups of people, or made of such groups.
func (r *Relation) Answer() bool {
	if r.Parts != nil {
		return !slices.ContainsFunc(r.Parts, func(p *Relation) bool { return !p.Answer() })
	}
	return r.Inner != nil && r.Inner.Loose
}

// Answers reports whether all that is read is answers.
func (j *JoinTree) Answers() bool {
	return j != nil && !slices.ContainsFunc(j.Leaves(), func(r *Relation) bool { return !r.Answer() })
}

// Tables lists the tables of cells that a block is made of, each once.
func (b *Block) Tables() (out []*Block) {
	b.gatherTables(map[*Block]bool{}, &out)
	return out
}

func (b *Block) gatherTables(seen map[*Block]bool, out *[]*Block) {
	if seen[b] {
		return
	}
	seen[b] = true
	if !b.Post {
		*out = append(*out, b)
	}
	for _, r := range b.answersRead() {
		r.gatherTables(seen, out)
	}
}

func (r *Relation) gatherTables(seen map[*Block]bool, out *[]*Block) {
	if r.Inner != nil {
		r.Inner.gatherTables(seen, out)
	}
	for _, p := range r.Parts {
		p.gatherTables(seen, out)
	}
}

// answersRead lists the answers that a block reads.
func (b *Block) answersRead() (out []*Relation) {
	if b.Post && b.Joins != nil {
		out = b.Joins.Leaves()
	}
	return slices.Concat(out, b.Scalars)
}

// Protected reports whether a cell that e is computed from can be suppressed.
func (b *Block) Protected(e *Expr) (found bool) {
	e.Walk(func(x *Expr) bool {
		switch x.Op {
		case OpAgg:
			found = found || !b.Post && !b.Noisy || b.Protected(x.Aggregate.Arg) || b.Protected(x.Aggregate.Filter)
			return false
		case OpKey:
			found = found || b.Post && b.Protected(b.Keys[x.Key])
		case OpColumn:
			found = found || x.Column.Protected()
		}
		return !found
	})
	return found
}

// Protected reports whether a column of an answer is computed from cells that can be suppressed.
func (c *Column) Protected() bool {
	if c.Alts != nil {
		return slices.ContainsFunc(c.Alts, (*Column).Protected)
	}
	in := c.Relation.Inner
	return in != nil && in.Loose && in.Protected(in.Outs[c.Number].Expr)
}

// OneRow reports whether an answer has at most one row by construction.
func (r *Relation) OneRow() bool {
	b := r.Inner
	if r.List != nil {
		return len(r.List.Rows) <= 1
	}
	return b != nil && (b.Grouped && len(b.Keys) == 0 || b.Limit != nil && *b.Limit <= 1 || b.Joins == nil)
}
