package lex

import (
	"slices"
	"sort"
	"strings"
)

// Edit puts a new text in place of the bytes [Start, End) of another.
type Edit struct {
	Start, End int
	New        string
}

// Map leads from places in a changed text to places in the one it was made of.
type Map struct {
	changes       []change
	before, after int // lengths of both texts
}

// change says that the bytes [start, end) of the changed text came in place of the bytes [from, to).
type change struct{ start, end, from, to int }

// Apply makes all edits at once; their offsets are those of the text as given, in any order. An edit that overlaps one
// before it or lies outside the text is left out.
func Apply(text string, edits []Edit) (string, Map) {
	sorted := slices.Clone(edits)
	slices.SortStableFunc(sorted, func(a, b Edit) int { return a.Start - b.Start })
	var b strings.Builder
	m := Map{before: len(text)}
	done := 0
	for _, e := range sorted {
		if e.Start < done || e.End < e.Start || e.End > len(text) {
			continue
		}
		b.WriteString(text[done:e.Start])
		start := b.Len()
		b.WriteString(e.New)
		m.changes = append(m.changes, change{start: start, end: b.Len(), from: e.Start, to: e.End})
		done = e.End
	}
	b.WriteString(text[done:])
	m.after = b.Len()
	return b.String(), m
}

// Back returns the offset in the text as given of an offset in the changed one. Inside what an edit put there, it is
// where the edit began. Offsets outside the changed text lead to the ends.
func (m Map) Back(pos int) int {
	if pos >= m.after {
		return m.before
	}
	i := sort.Search(len(m.changes), func(i int) bool { return m.changes[i].start > pos }) - 1
	if i < 0 {
		return max(pos, 0)
	}
	c := m.changes[i]
	if pos < c.end {
		return c.from
	}
	return c.to + pos - c.end
}
