package duck

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
	"github.com/yumen-data/yumen/internal/task"
)

// candidates returns the pairs of columns to compare, strongest first: what the analysis knows, then same names, then
// columns found by their values, those with more distinct values before others.
func (m *matcher) candidates(ctx context.Context) ([]pair, error) {
	var known, alike []pair
	var unknown []int
	for i, c := range m.spec.Columns {
		switch {
		case c.Direct && (c.Kind == yumen.ColumnRow || c.Kind == yumen.ColumnKey):
			if v, ok := m.direct(c); ok {
				known = append(known, pair{i, v, named})
			}
		case c.Kind == yumen.ColumnOpaque || c.Kind == yumen.ColumnRow:
			if v, ok := m.sameName(i); ok {
				alike = append(alike, pair{i, v, named})
			} else {
				unknown = append(unknown, i)
			}
		}
	}
	similar, err := m.byValue(ctx, unknown)
	return slices.Concat(known, alike, similar), err
}

// direct returns the view column that a result column is, where it comes from this source.
func (m *matcher) direct(c yumen.ArtifactColumn) (task.ViewColumn, bool) {
	for _, s := range c.Sources {
		for _, v := range m.src.View.Columns {
			if s.Dataset == m.src.Dataset && strings.EqualFold(s.Column, v.Name) {
				return v, true
			}
		}
	}
	return task.ViewColumn{}, false
}

func (m *matcher) sameName(result int) (task.ViewColumn, bool) {
	for _, v := range m.src.View.Columns {
		if strings.EqualFold(v.Name, m.spec.Columns[result].Name) && m.sameFamily(result, v) {
			return v, true
		}
	}
	return task.ViewColumn{}, false
}

// sameFamily reports whether values of the two columns can be equal at all. Text can spell anything.
func (m *matcher) sameFamily(result int, v task.ViewColumn) bool {
	rt, _ := arrowio.TypeOf(m.h.schema.Field(result).Type)
	family := func(t yumen.Type) string {
		switch {
		case t.Numeric():
			return "number"
		case t == yumen.TypeDate || t == yumen.TypeTimestamp:
			return "time"
		}
		return string(t)
	}
	return rt == yumen.TypeText || v.Type == yumen.TypeText || family(rt) == family(v.Type)
}

// byValue finds, for columns that are opaque or computed, the input columns whose values they repeat.
func (m *matcher) byValue(ctx context.Context, results []int) ([]pair, error) {
	type scored struct {
		pair
		distinct int64
		overlap  float64
	}
	var found []scored
	for _, r := range results {
		for _, v := range m.src.View.Columns {
			if !m.sameFamily(r, v) {
				continue
			}
			p := pair{r, v, weak}
			distinct, hits, err := m.overlap(ctx, p)
			if err != nil {
				return nil, err
			}
			if distinct < 2 || float64(hits) < minOverlap*float64(distinct) {
				continue
			}
			if ok, err := m.informative(ctx, p); err != nil {
				return nil, err
			} else if ok {
				p.strength = telling
			}
			found = append(found, scored{p, distinct, float64(hits) / float64(distinct)})
		}
	}
	slices.SortStableFunc(found, func(a, b scored) int {
		return cmp.Or(cmp.Compare(a.strength, b.strength), cmp.Compare(b.distinct, a.distinct),
			cmp.Compare(b.overlap, a.overlap))
	})
	var pairs []pair
	for _, f := range found {
		pairs = append(pairs, f.pair)
	}
	return pairs, nil
}

// overlap counts the distinct values of the result column, and those of them that the input column has.
func (m *matcher) overlap(ctx context.Context, p pair) (distinct, hits int64, err error) {
	r, v := m.comparand(p)
	return m.e.twoCounts(ctx, fmt.Sprintf(`WITH d AS MATERIALIZED (SELECT DISTINCT %s AS x FROM held WHERE %s IS NOT NULL)
		SELECT (SELECT count(*) FROM d), (SELECT count(*) FROM d SEMI JOIN (SELECT %s AS x FROM %s) v ON d.x = v.x)`, r, r, v, m.view()))
}

// informative reports whether it means anything that the values of the result column occur in the input column: it has
// minDistinct distinct values, and where both are numbers, fewer than half of the whole numbers in the result's range
// are among them. Otherwise small counts would be taken for ages, or for the dense integers of units.
func (m *matcher) informative(ctx context.Context, p pair) (bool, error) {
	_, v := m.comparand(p)
	many, _, err := m.e.twoCounts(ctx,
		fmt.Sprintf("SELECT count(*), 0 FROM (SELECT DISTINCT %s AS x FROM %s WHERE x IS NOT NULL LIMIT %d)", v,
			m.view(), minDistinct))
	if err != nil || many < minDistinct {
		return false, err
	}
	rt, _ := arrowio.TypeOf(m.h.schema.Field(p.result).Type)
	if !rt.Numeric() || !p.input.Type.Numeric() {
		return true, nil
	}
	c, n := heldColumn(p.result), identifier(p.input.Name)
	whole, dense, err := m.e.twoCounts(ctx, fmt.Sprintf(`WITH r AS (SELECT min(CAST(%[1]s AS DOUBLE)) AS low, max(CAST(%[1]s AS DOUBLE)) AS high, bool_and(CAST(%[1]s AS DOUBLE) = floor(CAST(%[1]s AS DOUBLE))) AS whole FROM held)
		SELECT (SELECT whole::BIGINT FROM r), ((SELECT count(DISTINCT %[2]s) FROM %[3]s, r WHERE %[2]s BETWEEN low AND high AND %[2]s = floor(%[2]s)) * 2 >= (SELECT high - low + 1 FROM r))::BIGINT`, c, n, m.view()))
	return whole == 0 || dense == 0, err
}
