package duck

import (
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// BenchmarkTenRowsAUnit answers over units of ten rows in 500 groups: in class dp, where five groups of a unit count,
// in class aggregate, and as the plain query.
func BenchmarkTenRowsAUnit(b *testing.B) {
	version := parquetOf(b, `SELECT range // 10 AS _unit, 'group' || (hash(range) % 500) AS g, ((hash(range + 1) % 1000000) / 100)::DECIMAL(10,2) AS v,
		(hash(range + 2) % 10)::BIGINT AS w FROM range(4000000)`)
	view := task.View{Name: "visits", Input: "v1",
		Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeText},
			{Name: "v", From: "v", Type: "decimal(10,2)"},
			{Name: "w", From: "w", Type: yumen.TypeInteger}}}
	key := task.GroupKey{Type: yumen.TypeText}
	for i := range 500 {
		key.Domain = append(key.Domain, fmt.Sprintf("group%d", i))
	}
	q := &task.Question{Form: task.Clustered, RowsPerUnit: 5, GroupsPerUnit: 5, Views: []task.View{view},
		SQL:  "SELECT _unit AS u, g AS k1, v AS a1 FROM visits",
		Keys: []task.GroupKey{key}, Inputs: []task.MeasuredInput{{Type: "decimal(10,2)", Scale: 2, Hi: 1000000}},
		Measures: []task.Measure{count(0), sumOf(1)}}
	g := &task.Grouping{SQL: q.SQL, Keys: []yumen.Type{yumen.TypeText},
		Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}}, Largest: 2,
		K: 10, Measures: []task.UnitMeasure{{Count: true}, {Input: 1}}, Ratios: [][2]int{{2, 1}},
		Rest: "SELECT k1, rows, t1 FROM " + task.GroupsTable}
	parts := withParts(*g, 8)
	run := func(role task.Role, spec any) error {
		return newTestEnv(b, spec, map[string]string{"v1": version}).run(b, role)
	}
	for name, answer := range map[string]func() error{
		"dp": func() error {
			return run(task.Private, task.PrivateSpec{Question: *q, Noise: noiseOf(q, 1e-3), MaxRows: 5000})
		},
		"aggregate": func() error {
			return run(task.Query,
				task.QuerySpec{Views: q.Views, SQL: "SELECT the pass was not taken", MaxRows: 5000, Grouping: g})
		},
		"aggregate with 8 parts": func() error {
			return run(task.Query,
				task.QuerySpec{Views: q.Views, SQL: "SELECT the pass was not taken", MaxRows: 5000, Grouping: parts})
		},
		"plain": func() error {
			_, err := Plain(b.Context(), 2, "SELECT g, count(*), sum(v) FROM read_parquet('"+version+"') GROUP BY g")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				if err := answer(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// BenchmarkRowsAreUnits answers with eight parts where each row is a unit, row by row, and as if a unit might have
// several.
func BenchmarkRowsAreUnits(b *testing.B) {
	version := parquetOf(b, `SELECT range AS _unit, 'group' || (hash(range) % 500) AS g, ((hash(range + 1) % 1000000) / 100)::DECIMAL(10,2) AS v,
		(hash(range + 2) % 10)::BIGINT AS w FROM range(4000000)`)
	views := []task.View{{Name: "visits", Input: "v1",
		Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeText},
			{Name: "v", From: "v", Type: "decimal(10,2)"},
			{Name: "w", From: "w", Type: yumen.TypeInteger}}}}
	byUnit := withParts(task.Grouping{SQL: "SELECT _unit AS u, g AS k1, v AS a1 FROM visits",
		Keys:   []yumen.Type{yumen.TypeText},
		Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}}, Largest: 2, K: 10,
		Measures: []task.UnitMeasure{{Count: true}, {Input: 1}},
		Ratios:   [][2]int{{2, 1}}, Rest: "SELECT k1, rows, t1 FROM " + task.GroupsTable}, 8)
	byRow := *byUnit
	byRow.RowUnits = true
	for name, g := range map[string]*task.Grouping{"by unit": byUnit, "by row": &byRow} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				spec := task.QuerySpec{Views: views, SQL: "SELECT the pass was not taken", MaxRows: 5000, Grouping: g}
				if err := newTestEnv(b, spec, map[string]string{"v1": version}).run(b, task.Query); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
}

// withParts counts rows in so many parts beside.
func withParts(g task.Grouping, parts int) *task.Grouping {
	columns, mask := "v AS a1, w AS x1", "0"
	of := task.PartsOfValue{Type: yumen.TypeInteger, As: "visits(_n, w)"}
	for i := range parts {
		columns += fmt.Sprintf(", w = %d AS p%d", i, i+1)
		mask += fmt.Sprintf(" + CASE WHEN w = %d THEN %d ELSE 0 END", i, 1<<i)
		of.Parts = append(of.Parts, i+1)
		g.Inputs = append(g.Inputs, task.GroupedInput{Type: yumen.TypeBoolean, Part: i + 1})
		g.Measures = append(g.Measures, task.UnitMeasure{Input: len(g.Inputs), Count: true})
		for o := range len(g.Measures) - 1 {
			g.Ratios = append(g.Ratios, [2]int{len(g.Measures), o + 1})
		}
	}
	for i := range g.Measures {
		g.Vectors = append(g.Vectors, i+1)
	}
	g.Threshold, g.Looked = 10, 4*10*len(g.Vectors)
	of.Mask = "CAST(" + mask + " AS BIGINT)"
	g.Parts, g.Values, g.SQL = parts, []task.PartsOfValue{of}, strings.Replace(g.SQL, "v AS a1", columns, 1)
	g.Rest = strings.Replace(g.Rest, "t1", "t1, c2, r10_9, atoms", 1)
	return &g
}

// processorTime is what this process has used so far: on a busy machine it says more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
