package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox"
)

func (a *app) benchPrivacy() *cobra.Command {
	rows, runs, data := 20_000_000, 5, "../shared/data"
	c := &cobra.Command{Use: "privacy", Args: cli.Args(),
		Short: a.Say("classes dp and aggregate against the analyst's own query in plain DuckDB; error of differentially private answers on real data",
			"dp 类与 aggregate 类同分析员原始查询（DuckDB）对比；差分隐私结果在真实数据上的误差"),
		RunE: inTempDir(func(c *cobra.Command, dir string) error {
			got := privacyBench{}
			var err error
			if got.Speed, err = a.benchPrivateSpeed(c.Context(), dir, rows, runs); err != nil {
				return err
			}
			if got.Accuracy, err = a.benchAccuracy(c.Context(), dir, data); err != nil {
				return err
			}
			return a.Show(nil, got, func() { a.printPrivacyBench(got) })
		})}
	c.Flags().IntVar(&rows, "rows", rows, a.Say("rows of each generated table", "每个生成表的行数"))
	c.Flags().IntVar(&runs, "runs", runs, a.Say("runs of each query, each way", "每个查询每种方式的次数"))
	c.Flags().StringVar(&data, "data", data, a.Say("folder with the real data; without it, accuracy is left out",
		"真实数据目录；缺省时略去误差测量"))
	return c
}

type privacyBench struct {
	Speed    []measurement `json:"speed"`
	Accuracy []accuracy    `json:"accuracy,omitempty"`
}

func (a *app) printPrivacyBench(b privacyBench) {
	a.printMeasurements(b.Speed)
	fmt.Fprintln(a.Out)
	a.printAccuracy(b.Accuracy)
}

// Tables of the benchmark: in one each row is a unit, in the other every unit has ten rows, in groups of no order.
const (
	benchGroups   = 500
	benchRowUnits = "row_units"
	benchTenRows  = "ten_rows"
)

// benchTable generates a version as import stores it: clustered by unit, zstd, row groups of 122,880 rows.
func (a *app) benchTable(ctx context.Context, dir, name, unit string, rows int) (string, error) {
	file := filepath.Join(dir, name+".parquet")
	return file, a.plainChild(ctx,
		fmt.Sprintf(`COPY (SELECT %s AS _unit, 'group' || (hash(range) %% %d) AS g, ((hash(range + 1) %% 1000000) / 100)::DECIMAL(10,2) AS v, (hash(range + 2) %% 10)::BIGINT AS w
		FROM range(%d)) TO '%s' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880)`, unit, benchGroups, rows, file))
}

// benchScope lets the queries of the benchmark be analysed as those of a contract are.
func benchScope(class yumen.ReleaseClass) query.Scope {
	domain := make([]string, benchGroups)
	for i := range domain {
		domain[i] = fmt.Sprintf("group%d", i)
	}
	sum := yumen.Constraint{Use: yumen.UseAggregate, Functions: []string{"sum", "avg"}}
	uses := map[string][]yumen.Constraint{"person": {{Use: yumen.UseJoin},
		{Use: yumen.UseAggregate, Functions: []string{"count"}}}, "g": {{Use: yumen.UseGroup}}, "v": {sum},
		"w": {sum, {Use: yumen.UseFilter}}}
	columns := []yumen.Column{{Name: "g", Type: yumen.TypeText, Domain: domain},
		{Name: "v", Type: "decimal(10,2)", Bounds: &yumen.Bounds{Max: 10000}},
		{Name: "w", Type: yumen.TypeInteger, Bounds: &yumen.Bounds{Max: 9}}}
	person := yumen.Column{Name: "person", Type: yumen.TypeText, Role: yumen.ColumnRoleUnit}
	return query.Scope{Class: class, Classes: []yumen.ReleaseClass{class},
		Privacy: yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: 5, GroupsPerUnit: 5}, Tables: []query.Table{
			{Dataset: yumen.Dataset{Name: benchRowUnits, Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow},
				Columns: columns}, Uses: uses},
			{Dataset: yumen.Dataset{Name: benchTenRows, Unit: yumen.UnitSpec{Kind: "person", Column: "person"},
				Columns: append([]yumen.Column{person}, columns...)}, Uses: uses},
		}}
}

// benchBudget prices the answers of the benchmark.
var benchBudget = yumen.Budget{Epsilon: 10, Delta: 1e-6, PerQuery: 1}

// privateCase is a query with the table it reads.
type privateCase struct{ name, table, sql string }

var privateCases = []privateCase{
	{"each row a unit, stored measure", benchRowUnits,
		"SELECT g, count(*) AS n, sum(v) AS total FROM row_units GROUP BY g"},
	{"each row a unit, computed measure", benchRowUnits,
		"SELECT g, count(*) AS n, sum(v * w) AS total FROM row_units GROUP BY g"},
	{"ten rows a unit", benchTenRows, "SELECT g, count(*) AS n, sum(v) AS total FROM ten_rows GROUP BY g"},
}

// eightParts is a statement with eight aggregates more, each over a part of the rows.
func eightParts(c privateCase) privateCase {
	var parts strings.Builder
	for i := range 8 {
		fmt.Fprintf(&parts, ", count(*) FILTER (WHERE w = %d) AS n%d", i, i)
	}
	return privateCase{c.name + ", 8 parts", c.table, strings.Replace(c.sql, " FROM ", parts.String()+" FROM ", 1)}
}

// partedCases are statements that are asked with eight parts, in class aggregate and in plain DuckDB, and without.
var partedCases = []privateCase{privateCases[0], privateCases[2]}

// Statements that an engine without the pass would need for ten rows a unit.
var withoutPass = []privateCase{
	{"ten rows a unit, DuckDB's count(distinct unit)", benchTenRows,
		"SELECT g, count(*) AS n, sum(v) AS total, count(DISTINCT _unit) AS units FROM ten_rows GROUP BY g"},
	{"ten rows a unit, rows bounded by per-unit aggregation in SQL, groups not", benchTenRows,
		"SELECT g, sum(least(n, 5)) AS n, sum(least(s, 50000)) AS total FROM (SELECT _unit, g, count(*) AS n, sum(v) AS s FROM ten_rows GROUP BY ALL) GROUP BY g"},
}

// benchPrivateSpeed times each query as analysed for classes dp and aggregate in an enclave, and as the analyst wrote
// it in plain DuckDB over the same files, by turns, each run in a process of its own.
func (a *app) benchPrivateSpeed(ctx context.Context, dir string, rows, runs int) ([]measurement, error) {
	files := map[string]string{}
	for name, unit := range map[string]string{benchRowUnits: "range", benchTenRows: "range // 10"} {
		file, err := a.benchTable(ctx, dir, name, unit, rows)
		if err != nil {
			return nil, err
		}
		files[name] = file
	}
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	b := &privateBench{app: a, host: host, files: files, rows: rows, runs: runs,
		progress: a.Progress("running queries:", "运行查询：")}
	defer a.EndProgress(b.progress)
	var ms []measurement
	for _, c := range privateCases {
		for _, class := range []yumen.ReleaseClass{yumen.ClassDP, yumen.ClassAggregate} {
			m, err := b.compare(ctx, c, class)
			if err != nil {
				return nil, err
			}
			ms = append(ms, m)
		}
	}
	for _, c := range partedCases {
		own, err := b.compare(ctx, eightParts(c), yumen.ClassAggregate)
		if err != nil {
			return nil, err
		}
		m, err := b.compareParts(ctx, c)
		if err != nil {
			return nil, err
		}
		ms = append(ms, own, m)
	}
	for _, c := range withoutPass {
		m, err := b.compareSQL(ctx, c)
		if err != nil {
			return nil, err
		}
		ms = append(ms, m)
	}
	stored, err := b.compareSealed(ctx, dir)
	if err != nil {
		return nil, err
	}
	start, err := b.starting(ctx)
	return append(append(ms, stored...), start), err
}

// privateBench is what the runs share.
type privateBench struct {
	*app
	host       *sandbox.Host
	files      map[string]string
	rows, runs int
	done       int64
	progress   func(done, total int64)
}

func (b *privateBench) step() {
	if b.done++; b.progress != nil {
		b.progress(b.done, int64(b.runs*(4*len(privateCases)+2*len(partedCases)+len(withoutPass)+1)))
	}
}

// plainText is a statement over the file instead of the table.
func (b *privateBench) plainText(c privateCase) string {
	return strings.Replace(c.sql, "FROM "+c.table, "FROM read_parquet('"+b.files[c.table]+"')", 1)
}

func (b *privateBench) compare(ctx context.Context, c privateCase, class yumen.ReleaseClass) (measurement, error) {
	t, out, err := b.task(ctx, c, class)
	if err != nil {
		return measurement{}, err
	}
	name := fmt.Sprintf("class %s, %s, %d rows", class, c.name, b.rows)
	return b.byTurns(name, func() error {
		return b.run(ctx, c, t, out)
	}, "the query in plain DuckDB", func() error { return b.plainChild(ctx, b.plainText(c)) })
}

// run runs a task over the table of a case.
func (b *privateBench) run(ctx context.Context, c privateCase, t task.Task, out string) error {
	_, err := runOn(ctx, b.host, t, map[string]string{c.table: b.files[c.table]},
		map[string]io.Writer{out: io.Discard, task.OutEvidence: io.Discard})
	return err
}

// compareParts times a statement of class aggregate with eight parts against the same without.
func (b *privateBench) compareParts(ctx context.Context, c privateCase) (measurement, error) {
	parts := eightParts(c)
	var run [2]func() error
	for i, c := range []privateCase{parts, c} {
		t, out, err := b.task(ctx, c, yumen.ClassAggregate)
		if err != nil {
			return measurement{}, err
		}
		run[i] = func() error {
			return b.run(ctx, c, t, out)
		}
	}
	return b.byTurns("class aggregate, "+parts.name, run[0], "the same without parts", run[1])
}

func (b *privateBench) compareSQL(ctx context.Context, c privateCase) (measurement, error) {
	base := privateCases[slices.IndexFunc(privateCases, func(p privateCase) bool { return p.table == c.table })]
	return b.byTurns(c.name, func() error { return b.plainChild(ctx, b.plainText(c)) }, "the query in plain DuckDB",
		func() error { return b.plainChild(ctx, b.plainText(base)) })
}

// starting times what a run costs beside the query: a process, an engine, walls and a session of its own.
func (b *privateBench) starting(ctx context.Context) (measurement, error) {
	t := task.Task{Role: task.Query, Limits: yumen.Limits{Threads: 2},
		Spec: task.QuerySpec{SQL: "SELECT 1 AS one", MaxRows: 1}}
	return b.byTurns("starting and ending an enclave (part of each line above but those of plain DuckDB)",
		func() error {
			_, err := b.host.Run(ctx, t, map[string]io.Writer{task.OutResult: io.Discard})
			return err
		}, "starting plain DuckDB", func() error { return b.plainChild(ctx, "SELECT 1") })
}

func (b *privateBench) byTurns(name string, ours func() error, baseline string, theirs func() error,
) (measurement, error) {
	var in, out, inUse, outUse []time.Duration
	for range b.runs {
		before := childrensTime()
		x, err := timed(ours)
		between := childrensTime()
		y, err2 := timed(theirs)
		if err := errors.Join(err, err2); err != nil {
			return measurement{}, fmt.Errorf("%s: %w", name, err)
		}
		in, out = append(in, x), append(out, y)
		inUse, outUse = append(inUse, between-before), append(outUse, childrensTime()-between)
		b.step()
	}
	x, y := ms(percentile(in, 50)), ms(percentile(out, 50))
	own, base := ms(percentile(inUse, 50)), ms(percentile(outUse, 50))
	return measurement{Name: name, Value: x, Baseline: baseline, Base: y, Ratio: x / y, Runs: b.runs,
		Note: fmt.Sprintf("processor time %.0f ms and %.0f ms, ratio %.2f", own, base, own/base)}, nil
}

// childrensTime is the processor time of all processes that were started and have ended: where others use the machine,
// it says more than the clock.
func childrensTime() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_CHILDREN, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// task analyses a query and returns what an enclave is asked to run, and the name of its output.
func (b *privateBench) task(ctx context.Context, c privateCase, class yumen.ReleaseClass) (task.Task, string, error) {
	plan, err := analyseIn(ctx, b.host, c.sql, benchScope(class))
	if err != nil {
		return task.Task{}, "", err
	}
	t := task.Task{Limits: yumen.Limits{Wall: yumen.Duration(5 * time.Minute), Memory: 8 << 30, Threads: 2}}
	if class == yumen.ClassAggregate {
		t.Role, t.Spec = task.Query, task.QuerySpec{Views: plan.Views, SQL: plan.SQL, Evidence: plan.Evidence,
			MaxRows: 5000, Grouping: plan.Grouping}
		return t, task.OutResult, nil
	}
	noise, err := privacy.Price(plan.Private, 1, benchBudget, plan.K)
	t.Role, t.Spec = task.Private, task.PrivateSpec{Question: *plan.Private, Noise: noise, MaxRows: 5000}
	return t, task.OutNoisy, err
}

// analyseIn parses a statement in an enclave without data, as a job's is, and analyses it.
func analyseIn(ctx context.Context, host *sandbox.Host, sql string, sc query.Scope) (*query.Plan, error) {
	out, err := host.Run(ctx, task.Task{Role: task.Parse, Spec: task.ParseSpec{SQL: sql},
		Limits: yumen.Limits{Threads: 1}}, nil)
	if err != nil {
		return nil, err
	}
	var tree task.ParseAnswer
	if err := json.Unmarshal(out.Answer, &tree); err != nil {
		return nil, err
	}
	return query.Analyse(sql, tree.Tree, sc)
}
