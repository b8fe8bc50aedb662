package duck

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/linear"
	"github.com/yumen-data/yumen/internal/task"
)

// figures finds on how few units combinations of the figures of a group rest.
type figures struct {
	of       []task.Figure
	measures [][]int // of each, the places of the measures of all columns that it is shown by
	possible []uint64
	k        int64
}

func newFigures(spec task.CheckSpec) (f figures) {
	f.possible, f.k = spec.Possible, int64(spec.K)
	f.of = task.Figures(spec.Columns)
	for _, of := range f.of {
		var by []int
		for _, c := range spec.Columns {
			if of.In(c) && c.Measure >= 1 && !slices.Contains(by, c.Measure-1) {
				by = append(by, c.Measure-1)
			}
		}
		f.measures = append(f.measures, by)
	}
	return f
}

// tell goes through the figures of row i in order. A figure that, with those before that may be shown, has a
// combination that rests on fewer than k units tells of so many, and is left out. So is one that is suppressed because
// its own measure tells of fewer than k: what these few have must not decide whether others are shown.
func (f figures) tell(b arrow.RecordBatch, i int, measures []yumen.MeasureEvidence) {
	at := b.Schema().FieldIndices(task.EvidenceVectors)
	if len(at) != 1 {
		return
	}
	text, ok := b.Column(at[0]).(*array.String)
	kinds := map[string]vectorsOfKind{"": {}} // what cannot be read is nobody
	if ok && text.IsValid(i) {
		kinds = vectorsOf(text.Value(i), len(f.of))
	}
	var shown []int
	for n, by := range f.measures {
		if f.suppressed(by, measures) {
			continue
		}
		all := append(shown[:len(shown):len(shown)], n)
		if units := f.fewest(all, kinds); units < f.k {
			if f.of[n].Rows {
				continue
			}
			for _, m := range by {
				if m < len(measures) {
					measures[m].Units = min(measures[m].Units, units)
				}
			}
			continue
		}
		shown = all
	}
}

// suppressed reports whether each of some measures tells of fewer than k units.
func (f figures) suppressed(by []int, measures []yumen.MeasureEvidence) bool {
	return !slices.ContainsFunc(by, func(m int) bool { return m >= len(measures) || measures[m].Units >= f.k })
}

// fewest is how many units of some kind change a combination of some figures at least, k at most.
func (f figures) fewest(some []int, kinds map[string]vectorsOfKind) int64 {
	rank, least := f.rank(some), f.k
	for _, of := range kinds {
		exact, near := ofFigures(of.exact, some), ofFigures(of.near, some)
		for least > of.all && !(of.near == nil && linear.AtLeast(least, rank, exact) || of.near != nil &&
			linear.NearlyAtLeast(least, rank, near)) {
			least--
		}
	}
	return least
}

// ofFigures keeps what units add to some figures.
func ofFigures[N any](rows []linear.RowOf[[]N], some []int) []linear.RowOf[[]N] {
	seen := make([]linear.RowOf[[]N], len(rows))
	for i, r := range rows {
		seen[i].Units = r.Units
		for _, n := range some {
			seen[i].Adds = append(seen[i].Adds, r.Adds[n])
		}
	}
	return seen
}

// rank is how many of some figures are no combination of the others by what catalog and text tell: those that add up
// other values never are, and those of units only where the parts are the same.
func (f figures) rank(some []int) (rank int) {
	parts := map[int][]int{}
	for _, n := range some {
		parts[f.of[n].Adds] = append(parts[f.of[n].Adds], f.of[n].Part)
	}
	for adds, of := range parts {
		if adds == task.AddsUnits || f.possible == nil {
			rank += len(of)
			continue
		}
		var s linear.Span
		for _, mask := range f.possible {
			var in []int64
			for _, p := range of {
				in = append(in, int64((mask<<1|1)>>p&1)) // all rows are in part 0
			}
			s.Add(in)
		}
		rank += len(s)
	}
	return rank
}

// vectorsOfKind are what units of a kind add: residues or, where some are doubles, near numbers.
type vectorsOfKind struct {
	all   int64 // so many change every combination, whoever is listed
	exact []linear.Row
	near  []linear.NearRow
}

// vectorsOf reads a list of task.EvidenceVectors by kind of unit; nobody adds what cannot be read.
func vectorsOf(text string, figures int) map[string]vectorsOfKind {
	kinds, doubles := map[string]vectorsOfKind{}, strings.ContainsAny(text, ".e")
	for _, item := range strings.Fields(text) {
		fields := strings.Split(item, ":")
		if len(fields) != 3 {
			return map[string]vectorsOfKind{"": {}}
		}
		units, err := strconv.ParseInt(fields[2], 10, 64)
		of := kinds[fields[0]]
		if fields[1] == task.AllCombinations && err == nil {
			of.all = units
			kinds[fields[0]] = of
			continue
		}
		numbers := strings.Split(fields[1], ",")
		var bad error
		if doubles {
			row := linear.NearRow{Units: units}
			row.Adds, bad = nearNumbers(numbers)
			of.near = append(of.near, row)
		} else {
			row := linear.Row{Units: units}
			row.Adds, bad = residues(numbers)
			of.exact = append(of.exact, row)
		}
		if err != nil || bad != nil || len(numbers) != figures {
			return map[string]vectorsOfKind{"": {}}
		}
		kinds[fields[0]] = of
	}
	for _, of := range kinds {
		linear.Scale(of.near)
	}
	return kinds
}

func residues(numbers []string) (out []int64, err error) {
	for _, number := range numbers {
		x, e := strconv.ParseInt(number, 10, 64)
		out, err = append(out, task.Residue(x)), cmp.Or(err, e)
	}
	return out, err
}

func nearNumbers(numbers []string) (out []linear.Near, err error) {
	for _, number := range numbers {
		x, e := strconv.ParseFloat(number, 64)
		out, err = append(out, linear.Near{Value: x}), cmp.Or(err, e)
	}
	return out, err
}
