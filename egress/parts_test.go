package egress

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"github.com/yumen-data/yumen"
)

// population is a group of units with rows, and figures over parts of them that a statement asks for.
type population struct {
	rows    []personRow
	parts   []uint8 // of each, which of the eight kinds of rows are in it
	columns []yumen.ArtifactColumn
}

// personRow is a row of a unit: its kind, which all parts are functions of, and the values that sums add up.
type personRow struct {
	unit, kind int
	values     [2]int64
}

const (
	lawK      = 3
	firstSum  = 3 // the number of the first value that is added up
	lawFigure = 6
)

// in reports whether a row is in a part; 0 is the group.
func (p population) in(kind, part int) bool { return part == 0 || p.parts[part-1]>>kind&1 == 1 }

// mask is the combination of parts that a kind of rows is in.
func (p population) mask(kind int) (m uint64) {
	for i := range p.parts {
		if p.in(kind, i+1) {
			m |= 1 << i
		}
	}
	return m
}

// drawPopulation draws some units, most of whose rows are of one kind, with values that are often 0, parts that are
// often nearly the same, and figures over them.
func drawPopulation(t *rapid.T) population {
	var p population
	kinds := rapid.SliceOfN(rapid.IntRange(0, 7), 2, 5).Draw(t, "kinds")
	most := rapid.SampledFrom([]int{1, 1, 2, 4}).Draw(t, "most rows of a unit")
	usual := rapid.IntRange(0, 3).Draw(t, "of four rows so many are of the first kind")
	zeros := rapid.IntRange(0, 3).Draw(t, "of four values so many are 0")
	for u := range rapid.IntRange(lawK, 16).Draw(t, "units") {
		for range rapid.IntRange(1, most).Draw(t, "rows") {
			r := personRow{unit: u, kind: kinds[0]}
			if rapid.IntRange(0, 3).Draw(t, "unusual") >= usual {
				r.kind = rapid.SampledFrom(kinds).Draw(t, "kind")
			}
			for i := range r.values {
				if rapid.IntRange(0, 3).Draw(t, "is 0") >= zeros {
					r.values[i] = rapid.Int64Range(1, 1<<40).Draw(t, "value")
				}
			}
			p.rows = append(p.rows, r)
		}
	}
	p.parts = rapid.SliceOfN(rapid.Uint8(), 1, 4).Draw(t, "parts")
	type asked struct {
		fn          string
		value, part int
	}
	measures := map[asked]int{}
	functions := rapid.SampledFrom([][]string{{"count"}, {"sum"}, {"sum", "avg"}, {"count_units"},
		{"count", "count_units"},
		{"count", "sum", "avg", "count_units"}}).Draw(t, "functions")
	for i := range rapid.IntRange(2, lawFigure).Draw(t, "figures") {
		f := asked{rapid.SampledFrom(functions).Draw(t, "function"), 0,
			rapid.IntRange(0, len(p.parts)).Draw(t, "part")}
		c := yumen.ArtifactColumn{Name: fmt.Sprint("f", i), Kind: yumen.ColumnAggregate, Type: yumen.TypeDouble,
			Function: f.fn, Part: f.part, Adds: 1}
		switch f.fn {
		case "sum", "avg":
			f.fn, f.value = "sum", rapid.IntRange(0, 1).Draw(t, "of")
			c.Adds = firstSum + f.value
		case "count_units":
			c.Adds = 2
		}
		if measures[f] == 0 {
			measures[f] = len(measures) + 1
		}
		c.Measure = measures[f]
		p.columns = append(p.columns, c)
	}
	return p
}

// adds reports whether a row adds something to the values of a number; to rows and units each does.
func (r personRow) adds(to int) bool { return to < firstSum || r.values[to-firstSum] != 0 }

// subject is what the enclave measures of it. What combinations are possible, a plan may know or not. No other rule
// than those about units has anything against it, but some figures are suppressed besides.
func (p population) subject(t *rapid.T) Subject {
	g := yumen.GroupEvidence{Rows: int64(len(p.rows)), Measures: make([]yumen.MeasureEvidence, len(p.columns))}
	units := func(met func(personRow) bool) int64 {
		seen := map[int]bool{}
		for _, r := range p.rows {
			if met(r) {
				seen[r.unit] = true
			}
		}
		return int64(len(seen))
	}
	g.Units = units(func(personRow) bool { return true })
	for i := range g.Measures {
		g.Measures[i] = yumen.MeasureEvidence{Share: 0.2, P: 9}
	}
	for _, c := range p.columns {
		m := &g.Measures[c.Measure-1]
		m.Units = units(func(r personRow) bool { return p.in(r.kind, c.Part) && r.adds(c.Adds) })
		if rapid.IntRange(1, 8).Draw(t, "dominated") == 1 {
			m.Share = 1
		}
	}
	s := Subject{Class: yumen.ClassAggregate, Risk: risk, K: lawK, Columns: p.columns, Cells: true}
	s.Risk.K = lawK
	var masks []uint64
	for kind := range 8 {
		mask := p.mask(kind)
		if slices.Contains(masks, mask) {
			continue
		}
		masks = append(masks, mask)
		for _, adds := range []int{0, firstSum, firstSum + 1} {
			if n := units(func(r personRow) bool { return p.mask(r.kind) == mask && r.adds(adds) }); n > 0 {
				g.Atoms = append(g.Atoms, yumen.Atom{Parts: mask, Adds: adds, Units: n})
			}
		}
	}
	for mask, n := range p.unitMasks() {
		g.UnitAtoms = append(g.UnitAtoms, yumen.Atom{Parts: mask, Units: n})
	}
	if rapid.Bool().Draw(t, "the plan knows") {
		s.Possible = masks
	}
	s.Evidence = yumen.Evidence{Rows: 1, Bytes: 100, Groups: []yumen.GroupEvidence{g}}
	return s
}

// unitMasks counts the units by the parts that they have rows in.
func (p population) unitMasks() map[uint64]int64 {
	of := map[int]uint64{}
	for _, r := range p.rows {
		of[r.unit] |= p.mask(r.kind)
	}
	out := map[uint64]int64{}
	for _, m := range of {
		out[m]++
	}
	return out
}

// tally is a figure as a reader may add and subtract it.
type tally struct {
	of   int // the number of the values; 0 for rows
	part int
}

// readable are the figures that the visible columns are, and those that follow from them: a mean is taken for its
// sum, since its count may be known, and a sum and a mean over one part are a count of it.
func (p population) readable(visible func(yumen.ArtifactColumn) bool) (out []tally) {
	for i, c := range p.columns {
		if !visible(c) {
			continue
		}
		switch c.Function {
		case "count":
			out = append(out, tally{0, c.Part})
		case "count_units":
			out = append(out, tally{2, c.Part})
			if p.rowsAreUnits() {
				out = append(out, tally{0, c.Part})
			}
		default:
			out = append(out, tally{c.Adds, c.Part})
		}
		if slices.ContainsFunc(p.columns[:i], func(o yumen.ArtifactColumn) bool {
			return visible(o) && o.Adds == c.Adds && o.Part == c.Part && o.Function != c.Function
		}) {
			out = append(out, tally{0, c.Part})
		}
	}
	slices.SortStableFunc(out, func(a, b tally) int { return (b.of-a.of)*64 + a.part - b.part })
	return slices.Compact(out)
}

// rowsAreUnits reports whether each unit has one row.
func (p population) rowsAreUnits() bool { return p.rows[len(p.rows)-1].unit == len(p.rows)-1 }

// weigh is how often a combination of figures counts what is in some parts.
func weigh(mask uint64, weights map[int]int) (w int) {
	for part, by := range weights {
		if part == 0 || mask>>(part-1)&1 == 1 {
			w += by
		}
	}
	return w
}

// touched counts the units that a combination of figures of the same values discloses something of. Rows of a unit
// may add whatever they like, so it does if one of them counts. Units themselves are counted once each, whatever rows
// they have.
func (p population) touched(of int, weights map[int]int) (n int) {
	if of == 2 {
		for mask, units := range p.unitMasks() {
			if weigh(mask, weights) != 0 {
				n += int(units)
			}
		}
		return n
	}
	units := map[int]bool{}
	for _, r := range p.rows {
		if r.adds(of) && weigh(p.mask(r.kind), weights) != 0 {
			units[r.unit] = true
		}
	}
	return len(units)
}

// zero reports whether a combination of figures is 0 whatever rows there are. A unit may have rows wherever it likes.
func (p population) zero(of int, weights map[int]int) bool {
	for kind := range 8 {
		if weigh(p.mask(kind), weights) != 0 {
			return false
		}
	}
	if of != 2 {
		return true
	}
	for _, by := range weights {
		if by != 0 {
			return false
		}
	}
	return true
}

// combinations calls do with the weights −2…2 of at most four of the figures.
func combinations(figures []tally, weights map[int]int, do func(map[int]int)) {
	if len(figures) == 0 {
		do(weights)
		return
	}
	for w := -2; w <= 2; w++ {
		if w != 0 && len(weights) == 4 {
			continue
		}
		if w != 0 {
			weights[figures[0].part] = w
		}
		combinations(figures[1:], weights, do)
		delete(weights, figures[0].part)
	}
}

// No sum of at most four visible figures, taken −2 to 2 times each, tells of some units that are fewer than k; nor of
// nobody, unless that was clear from the text. None of them is a figure that is suppressed.
func TestNoSumOfFiguresRestsOnFewUnits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := drawPopulation(t)
		s := p.subject(t)
		fs := Check(s)
		if Overall(fs) == yumen.VerdictBlock {
			t.Fatalf("blocked: %+v", fs)
		}
		s = apply(s, Remedy(fs))
		if f := finding(t, Check(s), yumen.RuleThresholdParts); f.Verdict != yumen.VerdictPass {
			t.Fatalf("after the fixes: %s", f.Value)
		}
		empty := s.Evidence.Groups[0].Empty
		shown := p.readable(func(c yumen.ArtifactColumn) bool { return !slices.Contains(empty, c.Name) })
		var gone []tally
		for _, c := range p.columns {
			if slices.Contains(empty, c.Name) && !slices.ContainsFunc(p.columns, func(o yumen.ArtifactColumn) bool {
				return o.Measure == c.Measure && !slices.Contains(empty, o.Name) // a mean, say, beside its sum
			}) {
				gone = append(gone, p.readable(func(o yumen.ArtifactColumn) bool { return o.Name == c.Name })[0])
			}
		}
		for of := range firstSum + 2 {
			same := slices.DeleteFunc(slices.Clone(shown), func(f tally) bool { return f.of != of })
			combinations(same, map[int]int{}, func(weights map[int]int) {
				if n := p.touched(of, weights); n < lawK && !p.zero(of, weights) {
					t.Fatalf("figures of %d with weights %v tell of %d units", of, weights, n)
				}
				for _, g := range gone {
					with := maps.Clone(weights)
					with[g.part]--
					if g.of == of && s.Possible != nil && p.zero(of, with) && !p.zero(of, map[int]int{g.part: 1}) {
						t.Fatalf("figures of %d with weights %v are the suppressed figure over part %d", of, weights,
							g.part)
					}
				}
			})
		}
	})
}

// What figures of one group disclose together, with k = 10.
func TestParts(t *testing.T) {
	count, sum, mean, units := "count", "sum", "avg", "count_units"
	second := "var" // a figure of other values
	type figure struct {
		fn   string
		part int
	}
	type at [2]int64 // a combination of parts and its units
	of := func(adds int, atoms ...at) (out []yumen.Atom) {
		for _, a := range atoms {
			out = append(out, yumen.Atom{Parts: uint64(a[0]), Adds: adds, Units: a[1]})
		}
		return out
	}
	for _, c := range []struct {
		name      string
		figures   []figure // named a, b, c …
		atoms     []yumen.Atom
		unitAtoms []yumen.Atom
		possible  []uint64
		gone      string // suppressed before
		want      string
	}{
		{name: "one part", figures: []figure{{count, 1}},
			atoms: of(0, at{0, 3}, at{1, 50})},
		{name: "the rest of a part", figures: []figure{{count, 0}, {count, 1}},
			atoms: of(0, at{0, 9}, at{1, 50}), want: "b"},
		{name: "a rest of k", figures: []figure{{count, 0}, {count, 1}},
			atoms: of(0, at{0, 10}, at{1, 50})},
		{name: "a rest of nobody", figures: []figure{{count, 0}, {count, 1}},
			atoms: of(0, at{1, 50}), want: "b"},
		{name: "a rest that cannot be", figures: []figure{{count, 0}, {count, 1}},
			atoms: of(0, at{1, 50}), possible: []uint64{1}},
		{name: "a rest that should not be", figures: []figure{{count, 0}, {count, 1}},
			atoms: of(0, at{0, 1}, at{1, 50}), possible: []uint64{1}, want: "ba"},
		{name: "A + B − (A or B), each two of which differ by k", figures: []figure{{count, 1}, {count, 2}, {count, 3}},
			atoms: of(0, at{0, 40}, at{5, 50}, at{6, 60}, at{7, 1}), possible: []uint64{0, 5, 6, 7}, want: "c"},
		{name: "the same, where many are in both", figures: []figure{{count, 1}, {count, 2}, {count, 3}},
			atoms: of(0, at{0, 40}, at{5, 50}, at{6, 60}, at{7, 10}), possible: []uint64{0, 5, 6, 7}},
		{name: "exclusive parts", figures: []figure{{count, 0}, {count, 1}, {count, 2}},
			atoms: of(0, at{1, 50}, at{2, 60}), possible: []uint64{1, 2}},
		{name: "the same units in each combination", figures: []figure{{count, 0}, {count, 1}, {sum, 2}},
			atoms: of(0, at{0, 6}, at{2, 6}, at{1, 50}, at{3, 50}), want: "b"},
		{name: "counts and sums are not added", figures: []figure{{count, 0}, {sum, 1}},
			atoms: of(0, at{0, 3}, at{1, 50})},
		{name: "one unit with a value among zeros", figures: []figure{{sum, 0}, {sum, 1}},
			atoms: slices.Concat(of(0, at{0, 50}, at{1, 50}), of(3, at{0, 1}, at{1, 50})), want: "b"},
		{name: "a mean is a sum", figures: []figure{{mean, 0}, {sum, 1}},
			atoms: slices.Concat(of(0, at{0, 50}, at{1, 50}), of(3, at{0, 1}, at{1, 50})), want: "b"},
		{name: "sum and mean are a count", figures: []figure{{count, 0}, {sum, 1}, {mean, 1}},
			atoms: slices.Concat(of(0, at{0, 1}, at{1, 50}), of(3, at{1, 50})), want: "c"},
		{name: "the count suppressed, sum and mean shown", figures: []figure{{count, 0}, {sum, 0}, {mean, 0}},
			atoms: of(0, at{0, 50}), gone: "a", want: "c"},
		{name: "rows and units are one where each has one", figures: []figure{{count, 0}, {units, 1}},
			atoms: of(0, at{0, 3}, at{1, 50}), unitAtoms: of(0, at{0, 3}, at{1, 50}), want: "b"},
		{name: "units with rows in both parts", figures: []figure{{units, 1}, {units, 2}, {units, 3}},
			possible: []uint64{5, 6},
			atoms:    of(0, at{5, 50}, at{6, 50}), unitAtoms: of(0, at{5, 40}, at{6, 40}, at{7, 3}), want: "c"},
		{name: "a dominated part", figures: []figure{{sum, 0}, {sum, 1}, {sum, 2}},
			atoms:    of(3, at{1, 50}, at{2, 50}),
			possible: []uint64{1, 2}, gone: "b", want: "c"},
		{name: "two values are not added", figures: []figure{{sum, 0}, {second, 1}},
			atoms: of(0, at{0, 1}, at{1, 50})},
		{name: "a suppressed part that nothing gives away", figures: []figure{{sum, 0}, {sum, 1}, {sum, 2}},
			atoms: of(3, at{0, 50}, at{1, 50}, at{2, 50}), possible: []uint64{0, 1, 2}, gone: "b"},
		{name: "no combinations counted", figures: []figure{{count, 0}, {count, 1}}, want: "b"},
	} {
		s := Subject{Class: yumen.ClassAggregate, Risk: risk, K: 10, Cells: true, Possible: c.possible, Round: 1}
		g := yumen.GroupEvidence{Units: 1000, Rows: 1000, Atoms: c.atoms, UnitAtoms: c.unitAtoms}
		for i, f := range c.figures {
			name := string(rune('a' + i))
			s.Columns = append(s.Columns,
				yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnAggregate, Type: yumen.TypeDouble, Function: f.fn,
					Part: f.part, Measure: i + 1,
					Adds: map[string]int{count: 1, units: 2, sum: 3, mean: 3, second: 4}[f.fn]})
			g.Measures = append(g.Measures, yumen.MeasureEvidence{Units: 1000, Share: 0.2, P: 9})
			if c.gone == name {
				s.Fixes = []yumen.Fix{{Technique: yumen.TechniqueSuppress, Changed: 1,
					Cells: []yumen.Cell{{Row: 1, Column: name}}}}
				g.Empty = []string{name}
			}
		}
		s.Evidence = yumen.Evidence{Rows: 1, Bytes: 100, Groups: []yumen.GroupEvidence{g}}
		f, got := finding(t, Check(s), yumen.RuleThresholdParts), ""
		if f.Fix != nil {
			for _, cell := range f.Fix.Cells {
				got += cell.Column
			}
		}
		if checkForm(t, f); got != c.want {
			t.Errorf("%s: suppressed %q, want %q", c.name, got, c.want)
		}
	}
}
