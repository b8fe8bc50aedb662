package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/cmd/internal/cli"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/query"
	"github.com/yumen-data/yumen/sandbox"
)

// accuracy is how far differentially private answers to a query lie from the true ones, at ε = 1.
type accuracy struct {
	Data   string `json:"data"`
	Query  string `json:"query"`
	Groups int    `json:"groups"` // in the true answer
	Told   int    `json:"told"`   // of these, in the private one (the first run)
	// Median is the median over runs, groups and measures of |answer − truth| / |truth|, everything included: noise,
	// clamping, caps.
	Median float64 `json:"median_relative_error"`
	// Noise is the same median for the declared noise alone: 0.6745 σ / |truth|. For a mean σ is taken for its worst
	// case.
	Noise float64 `json:"noise_relative_error"`
}

// accuracyCase is a query, and how much of a unit counts in its answer. Keys come first, then n, the number of rows.
type accuracyCase struct {
	table, sql   string
	rows, groups int
}

var accuracyCases = []accuracyCase{
	{"adult", "SELECT sex, count(*) AS n FROM adult GROUP BY sex", 1, 1},
	{"adult", "SELECT education, count(*) AS n FROM adult GROUP BY education", 1, 1},
	{"adult", "SELECT race, count(*) AS n FROM adult GROUP BY race", 1, 1},
	{"adult", "SELECT salary_class, sex, count(*) AS n FROM adult GROUP BY salary_class, sex", 1, 1},
	{"adult", "SELECT occupation, count(*) AS n FROM adult GROUP BY occupation", 1, 1},
	{"adult", "SELECT native_country, count(*) AS n FROM adult GROUP BY native_country", 1, 1},
	{"adult", "SELECT count(*) AS n, avg(age) AS age FROM adult", 1, 1},
	{"adult", "SELECT sex, count(*) AS n, avg(age) AS age FROM adult GROUP BY sex", 1, 1},
	{"adult", "SELECT education, count(*) AS n, avg(age) AS age FROM adult GROUP BY education", 1, 1},
	{"adult", "SELECT education, count(*) AS n FROM adult WHERE salary_class = '>50K' GROUP BY education", 1, 1},
	{"flights", "SELECT count(*) AS n, count(DISTINCT member) AS members FROM flights", 72, 1},
	{"flights", "SELECT month, count(*) AS n FROM flights GROUP BY month", 6, 12},
	{"flights", "SELECT year, count(*) AS n FROM flights GROUP BY year", 36, 2},
	{"flights", "SELECT month, count(*) AS n, sum(distance) AS km FROM flights GROUP BY month", 6, 12},
	{"flights", "SELECT month, count(*) AS n, sum(total_flights) AS flights FROM flights WHERE year = 2018 GROUP BY month",
		2, 12},
	{"flights", "SELECT year, count(*) AS n, avg(total_flights) AS flights FROM flights GROUP BY year", 36, 2},
	{"flights", "SELECT year, month, count(*) AS n FROM flights WHERE total_flights > 0 GROUP BY year, month", 2, 24},
	{"flights", "SELECT count(*) AS n, sum(points_redeemed) AS points FROM flights WHERE points_redeemed > 0", 12, 1},
	{"flights",
		"SELECT month, count(*) AS n, count(DISTINCT member) AS members FROM flights WHERE distance > 0 GROUP BY month",
		6, 12},
	{"flights",
		"SELECT year, count(*) AS n, count(DISTINCT member) AS members FROM flights WHERE total_flights > 10 GROUP BY year",
		12, 2},
}

// accuracyRuns is how often each query is answered.
const accuracyRuns = 5

// accuracyScope says what is known of the two tables beforehand.
func accuracyScope() query.Scope {
	all := []yumen.Constraint{{Use: yumen.UseFilter}, {Use: yumen.UseGroup}, {Use: yumen.UseJoin},
		{Use: yumen.UseAggregate, Functions: []string{"count", "sum", "avg"}}}
	table := func(name string, unit yumen.UnitSpec, columns []yumen.Column) query.Table {
		uses := map[string][]yumen.Constraint{}
		for _, c := range columns {
			uses[c.Name] = all
		}
		return query.Table{Dataset: yumen.Dataset{Name: name, Unit: unit, Columns: columns}, Uses: uses}
	}
	text := func(name string, domain ...string) yumen.Column {
		return yumen.Column{Name: name, Type: yumen.TypeText, Domain: domain}
	}
	number := func(name string, lo, hi float64, domain ...string) yumen.Column {
		return yumen.Column{Name: name, Type: yumen.TypeInteger, Bounds: &yumen.Bounds{Min: lo, Max: hi},
			Domain: domain}
	}
	return query.Scope{Class: yumen.ClassDP, Classes: []yumen.ReleaseClass{yumen.ClassDP},
		Privacy: yumen.PrivacySpec{NoErrors: true}, Tables: []query.Table{
			table("adult", yumen.UnitSpec{Kind: yumen.UnitKindRow},
				[]yumen.Column{text("sex", "Male", "Female"), number("age", 0, 120),
					text("race", "White", "Asian-Pac-Islander", "Amer-Indian-Eskimo", "Other", "Black"),
					text("education", "Bachelors", "Some-college", "11th", "HS-grad", "Prof-school", "Assoc-acdm",
						"Assoc-voc",
						"9th", "7th-8th", "12th", "Masters", "1st-4th", "10th", "Doctorate", "5th-6th", "Preschool"),
					text("native_country"), text("occupation"), text("salary_class", "<=50K", ">50K")}),
			table("flights", yumen.UnitSpec{Kind: "member", Column: "member"},
				[]yumen.Column{{Name: "member", Type: yumen.TypeText, Role: yumen.ColumnRoleUnit},
					number("year", 2000, 2030, "2017", "2018"),
					number("month", 1, 12, "1", "2", "3", "4", "5", "6", "7",
						"8", "9", "10", "11", "12"),
					number("total_flights", 0, 60), number("distance", 0, 10000), number("points_redeemed", 0, 1000)}),
		}}
}

// benchAccuracy answers each query some times and compares with the truth.
func (a *app) benchAccuracy(ctx context.Context, dir, data string) ([]accuracy, error) {
	if _, err := os.Stat(data); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(a.Errs, a.Say("accuracy is left out: there is no folder "+data, "略去误差测量：没有目录 "+data))
		return nil, nil
	}
	files := map[string]string{"adult": filepath.Join(dir, "adult.parquet"),
		"flights": filepath.Join(dir, "flights.parquet")}
	for name, sql := range map[string]string{
		"adult": fmt.Sprintf(`SELECT row_number() OVER () - 1 AS _unit, sex, age::BIGINT AS age, race, education, "native-country" AS native_country, occupation, "salary-class" AS salary_class
			FROM read_csv('%s', delim = ';', header = true, all_varchar = true)`, filepath.Join(data, "adult", "adult.csv")),
		"flights": fmt.Sprintf(`SELECT dense_rank() OVER (ORDER BY loyalty_number) - 1 AS _unit, year::BIGINT AS year, month::BIGINT AS month, total_flights::BIGINT AS total_flights,
			distance::BIGINT AS distance, points_redeemed::BIGINT AS points_redeemed FROM read_parquet('%s') ORDER BY _unit`, filepath.Join(data, "airline", "flight_history_*.parquet")),
	} {
		if err := a.plainChild(ctx,
			"COPY ("+sql+") TO '"+files[name]+"' (FORMAT parquet, COMPRESSION zstd)"); err != nil {
			return nil, err
		}
	}
	host, err := a.host(dir, 0)
	if err != nil {
		return nil, err
	}
	show := a.Progress("measuring errors:", "测量误差：")
	defer a.EndProgress(show)
	var out []accuracy
	for i, c := range accuracyCases {
		got, err := (&accuracyRun{host, dir, files[c.table]}).measure(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.sql, err)
		}
		out = append(out, got)
		if show != nil {
			show(int64(i+1), int64(len(accuracyCases)))
		}
	}
	return out, nil
}

// accuracyRun runs the roles of one query.
type accuracyRun struct {
	host *sandbox.Host
	dir  string
	file string
}

func (r *accuracyRun) measure(ctx context.Context, c accuracyCase) (accuracy, error) {
	scope := accuracyScope()
	scope.Privacy = yumen.PrivacySpec{Epsilon: 1, RowsPerUnit: c.rows, GroupsPerUnit: c.groups}
	plan, err := analyseIn(ctx, r.host, c.sql, scope)
	if err != nil {
		return accuracy{}, err
	}
	noise, err := privacy.Price(plan.Private, 1, benchBudget, plan.K)
	if err != nil {
		return accuracy{}, err
	}
	keys := 0
	for _, col := range plan.Columns {
		if col.Kind == yumen.ColumnKey {
			keys++
		}
	}
	truth, names, err := r.ask(ctx, task.Task{Role: task.Query, Spec: task.QuerySpec{SQL: strings.Replace(c.sql,
		"DISTINCT member", "DISTINCT _unit", 1), MaxRows: 5000, Views: plan.Private.Views}},
		r.version(plan), task.OutResult, keys)
	if err != nil {
		return accuracy{}, err
	}
	got := accuracy{Data: c.table, Query: c.sql, Groups: len(truth)}
	var errs, expected []float64
	for run := range accuracyRuns {
		answer, err := r.private(ctx, plan, noise, keys)
		if err != nil {
			return got, err
		}
		if run == 0 {
			got.Told = len(answer)
		}
		for key, want := range truth {
			if row, ok := answer[key]; ok {
				errs = append(errs, relative(row, want)...)
			}
		}
	}
	for _, want := range truth {
		expected = append(expected, fromNoise(c, plan, noise, names, want)...)
	}
	got.Median, got.Noise = median(errs), median(expected)
	return got, nil
}

// version is the file that a plan reads, by the name of its input.
func (r *accuracyRun) version(plan *query.Plan) map[string]string {
	return map[string]string{plan.Private.Views[0].Input: r.file}
}

// private answers once: the noisy table, and what is made of it.
func (r *accuracyRun) private(ctx context.Context, plan *query.Plan, noise task.Noise, keys int) (map[string][]float64,
	error) {
	noisy, err := r.run(ctx, task.Task{Role: task.Private,
		Spec: task.PrivateSpec{Question: *plan.Private, Noise: noise, MaxRows: 5000}},
		r.version(plan), task.OutNoisy)
	if err != nil {
		return nil, err
	}
	rows, _, err := r.ask(ctx, task.Task{Role: task.Post, Spec: task.PostSpec{SQL: plan.Post, MaxRows: 5000}},
		map[string]string{task.InCells: noisy}, task.OutResult, keys)
	return rows, err
}

// run runs a task over files and returns the path of what it put out.
func (r *accuracyRun) run(ctx context.Context, t task.Task, files map[string]string, stream string) (string, error) {
	var b bytes.Buffer
	t.Limits = yumen.Limits{Wall: yumen.Duration(time.Minute), Memory: 2 << 30, Threads: 2}
	if _, err := runOn(ctx, r.host, t, files, map[string]io.Writer{stream: &b}); err != nil {
		return "", err
	}
	path := filepath.Join(r.dir, "out-"+string(t.Role))
	return path, os.WriteFile(path, b.Bytes(), 0o600)
}

// ask runs a task and reads its rows: numbers by the text of their keys, which come first.
func (r *accuracyRun) ask(ctx context.Context, t task.Task, files map[string]string, stream string,
	keys int) (map[string][]float64, []string, error) {
	path, err := r.run(ctx, t, files, stream)
	if err != nil {
		return nil, nil, err
	}
	table, err := r.run(ctx, task.Task{Role: task.Export, Spec: task.ExportSpec{Format: yumen.FormatCSV}},
		map[string]string{task.InArtifact: path}, task.OutFile)
	if err != nil {
		return nil, nil, err
	}
	b, err := os.ReadFile(table)
	if err != nil {
		return nil, nil, err
	}
	lines, err := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(b, []byte("\ufeff")))).ReadAll()
	if err != nil || len(lines) == 0 {
		return nil, nil, errors.Join(errors.New("no table"), err)
	}
	rows := map[string][]float64{}
	for _, line := range lines[1:] {
		var numbers []float64
		for _, cell := range line[keys:] {
			x, err := strconv.ParseFloat(cell, 64)
			if err != nil {
				return nil, nil, err
			}
			numbers = append(numbers, x)
		}
		rows[strings.Join(line[:keys], "\x00")] = numbers
	}
	return rows, lines[0][keys:], nil
}

// relative returns the errors of a row's measures; a measure whose truth is 0 has none.
func relative(got, want []float64) (out []float64) {
	for i := range want {
		if want[i] != 0 {
			out = append(out, math.Abs(got[i]-want[i])/math.Abs(want[i]))
		}
	}
	return out
}

// fromNoise returns what the noise alone would make of them: the median of the absolute value of a normal variable is
// 0.6745 σ.
func fromNoise(c accuracyCase, plan *query.Plan, noise task.Noise, names []string, want []float64) (out []float64) {
	size := want[slices.Index(names, "n")]
	for i, e := range privacy.Expect(plan.Private, noise) {
		sigma := e.Stddev
		if e.Rows > 0 {
			sigma *= float64(e.Rows) / max(size, 1)
		}
		truth := want[slices.Index(names, measured(plan.Private.Measures[i], names))]
		if truth != 0 {
			out = append(out, 0.6745*sigma/math.Abs(truth))
		}
	}
	return out
}

// measured returns the result column that shows a measure: in these queries count(*) is n, units are members, and one
// more at most comes last.
func measured(m task.Measure, names []string) string {
	switch m.Fn {
	case task.MeasureCount:
		return "n"
	case task.MeasureUnits:
		return "members"
	}
	return names[len(names)-1]
}

func median(xs []float64) float64 {
	if len(xs) == 0 {
		return 0
	}
	slices.Sort(xs)
	return (xs[(len(xs)-1)/2] + xs[len(xs)/2]) / 2
}

func (a *app) printAccuracy(all []accuracy) {
	if len(all) == 0 {
		return
	}
	var rows [][]string
	for _, x := range all {
		rows = append(rows, []string{x.Data, fmt.Sprintf("%d/%d", x.Told, x.Groups), inPercent(x.Median),
			inPercent(x.Noise), x.Query})
	}
	cli.Table(a.Out, a.Header("DATA 数据", "TOLD 已答分组", "ERROR 相对误差中位数", "NOISE 噪声理论值", "QUERY 查询"), rows)
	medians := slices.Clone(all)
	slices.SortFunc(medians, func(x, y accuracy) int { return cmp.Compare(x.Median, y.Median) })
	fmt.Fprintf(a.Out, a.Say("median relative error over %d queries at ε = 1: %s\n", "%d 个查询在 ε = 1 下的相对误差中位数：%s\n"),
		len(all), inPercent(medians[len(all)/2].Median))
}

func inPercent(x float64) string { return strconv.FormatFloat(100*x, 'f', 3, 64) + " %" }
