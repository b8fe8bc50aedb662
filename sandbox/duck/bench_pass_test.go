package duck

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// BenchmarkTenRowsAUnit reads units of ten rows in 500 groups: the pass of class dp with five groups of a unit, that of class
// aggregate, the engine handing over the rows alone, and the plain query.
func BenchmarkTenRowsAUnit(b *testing.B) {
	version := parquetOf(b, `SELECT range // 10 AS _unit, 'group' || (hash(range) % 500) AS g, ((hash(range + 1) % 1000000) / 100)::DECIMAL(10,2) AS v FROM range(4000000)`)
	view := task.View{Name: "visits", Input: "v1", Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.String}, {Name: "v", From: "v", Type: "decimal(10,2)"}}}
	key := task.GroupKey{Type: yumen.String}
	for i := range 500 {
		key.Domain = append(key.Domain, fmt.Sprintf("group%d", i))
	}
	q := &task.Question{Form: task.Clustered, RowsPerUnit: 5, GroupsPerUnit: 5, Views: []task.View{view}, SQL: "SELECT _unit AS u, g AS k1, v AS a1 FROM visits",
		Keys: []task.GroupKey{key}, Inputs: []task.MeasuredInput{{Type: "decimal(10,2)", Scale: 2, Hi: 1000000}}, Measures: []task.Measure{count(0), sumOf(1)}}
	g := &task.Grouping{SQL: q.SQL, Keys: []yumen.Type{yumen.String}, Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}}, Largest: 2}
	in := newInside(b, nil, map[string]string{"v1": version})
	v, err := openVectors(b.Context(), in, alone{in}, q.Views)
	if err != nil {
		b.Fatal(err)
	}
	defer v.close()
	for name, pass := range map[string]func() error{
		"dp":        func() error { _, err := v.passes(b.Context(), in, q, rowsSQL(q), nil); return err },
		"aggregate": func() error { _, _, err := v.tally(b.Context(), in, g, rowsSQL(q), nil); return err },
		"keys": func() error {
			r, err := newReader(q.Keys, q.Inputs, func([]privacy.Value) {})
			if err != nil {
				return err
			}
			r.to = func([]int64, []int32, []privacy.Column) error { return nil }
			return v.readAll(b.Context(), in, rowsSQL(q), nil, []*reader{r})
		},
		"cut": func() error {
			return v.scan(b.Context(), "FROM "+rowsSQL(q)+" WHERE u > -5 AND u <= 399990", func(chunk) error { return nil })
		},
		"rows": func() error { return v.scan(b.Context(), "FROM "+rowsSQL(q), func(chunk) error { return nil }) },
		"plain": func() error {
			_, err := Plain(b.Context(), 1, "SELECT g, count(*), sum(v) FROM read_parquet('"+version+"') GROUP BY g")
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			before := processorTime(b)
			for b.Loop() {
				if err := pass(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64((processorTime(b)-before).Milliseconds())/float64(b.N), "cpu-ms/op")
		})
	}
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
