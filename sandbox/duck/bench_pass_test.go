package duck

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// BenchmarkTenRowsAUnit answers over units of ten rows in 500 groups: in class dp, where five groups of a unit count, in class
// aggregate, and as the plain query.
func BenchmarkTenRowsAUnit(b *testing.B) {
	version := parquetOf(b, `SELECT range // 10 AS _unit, 'group' || (hash(range) % 500) AS g, ((hash(range + 1) % 1000000) / 100)::DECIMAL(10,2) AS v FROM range(4000000)`)
	view := task.View{Name: "visits", Input: "v1", Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeText}, {Name: "v", From: "v", Type: "decimal(10,2)"}}}
	key := task.GroupKey{Type: yumen.TypeText}
	for i := range 500 {
		key.Domain = append(key.Domain, fmt.Sprintf("group%d", i))
	}
	q := &task.Question{Form: task.Clustered, RowsPerUnit: 5, GroupsPerUnit: 5, Views: []task.View{view}, SQL: "SELECT _unit AS u, g AS k1, v AS a1 FROM visits",
		Keys: []task.GroupKey{key}, Inputs: []task.MeasuredInput{{Type: "decimal(10,2)", Scale: 2, Hi: 1000000}}, Measures: []task.Measure{count(0), sumOf(1)}}
	g := &task.Grouping{SQL: q.SQL, Keys: []yumen.Type{yumen.TypeText}, Inputs: []task.GroupedInput{{Type: "decimal(10,2)", Sum: true}}, Largest: 2,
		Rest: "SELECT k1, rows, t1 FROM " + task.GroupsTable}
	run := func(role task.Role, spec any) error {
		return newTestEnv(b, spec, map[string]string{"v1": version}).run(b, role)
	}
	for name, answer := range map[string]func() error{
		"dp": func() error {
			return run(task.Private, task.PrivateSpec{Question: *q, Noise: noiseOf(q, 1e-3), MaxRows: 5000})
		},
		"aggregate": func() error {
			return run(task.Query, task.QuerySpec{Views: q.Views, SQL: "SELECT the pass was not taken", MaxRows: 5000, Grouping: g})
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

// processorTime is what this process has used so far: on a busy machine it says more than the clock.
func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
