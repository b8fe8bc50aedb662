package duck

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	analysis "github.com/yumen-data/yumen/query"
)

// publicBounds are those of the tables of publicData.
var publicBounds = map[string]yumen.Bounds{
	"residents.age": {Min: 0, Max: 89}, "residents.income": {Min: 0, Max: 9000}, "visits.cost": {Min: 0, Max: 1000},
	"visits.days":  {Min: 0, Max: 11},
	"visits.score": {Min: 0, Max: 16}, "enterprises.employees": {Min: 0, Max: 400},
	"enterprises.turnover": {Min: 0, Max: 12500},
	"census.age":           {Min: 18, Max: 77}, "census.hours": {Min: 0, Max: 59},
}

// publicDomains are some of their values, all there are.
var publicDomains = map[string]string{"residents.sex": "F M", "visits.department": "surgery medicine eyes",
	"census.education": "school bachelor master"}

// TestPrivateDifferential holds that a question of class dp, answered exactly and without limits on units, and what is
// made of the answer, together give the rows that the text gives in the engine.
func TestPrivateDifferential(t *testing.T) {
	plain, judged, scope := publicEngines(t)
	declarePublic(&scope)
	tally := tally{}
	for seed := uint64(1); tally["compared"] < *differential && seed < uint64(*differential)*40; seed++ {
		g := &grammar{Rand: rand.New(rand.NewPCG(seed, 11))}
		s := g.statement()
		tally["generated"]++
		plan, err := analysed(t, judged, s.sql, scope)
		if err != nil {
			for _, r := range yumen.AsError(err).Reasons {
				tally["refused by "+r.Rule]++
			}
			continue
		}
		want, err := answer(t, plain, s.sql, plan, 0)
		if err != nil {
			tally["fails as written"]++
			continue
		}
		if err := judged.exec(t.Context(), exactly(plan.Private)); err != nil {
			t.Fatalf("seed %d: what is emitted fails: %v\n%s\n%s", seed, err, s.sql, plan.Private.SQL)
		}
		got, err := answer(t, judged, plan.Post, plan, 0)
		if err != nil {
			t.Fatalf("seed %d: what is made of the answer fails: %v\n%s\n%s", seed, err, s.sql, plan.Post)
		}
		if len(want) == 0 && len(plan.Private.Keys) == 0 {
			tally["groups by constants that have no rows, and are answered"]++
			continue
		}
		tally["compared"]++
		tally["form "+string(plan.Private.Form)]++
		tally["rows"] += len(want)
		tally.constructs(s.sql)
		if missing, extra := compare(want, got, s.ordered); len(missing)+len(extra) > 0 {
			t.Errorf("seed %d:\n%s\n%s\n%s\nin the text's answer only: %q\nin ours only: %q", seed, s.sql,
				plan.Private.SQL, plan.Post, few(missing), few(extra))
			if tally["mismatches"]++; tally["mismatches"] > 5 {
				break
			}
		}
	}
	t.Log(map[string]int(tally))
	if tally["compared"] < *differential {
		t.Errorf("compared %d statements of %d", tally["compared"], *differential)
	}
}

func declarePublic(scope *analysis.Scope) {
	scope.Class, scope.Classes = yumen.ClassDP, append(scope.Classes, yumen.ClassDP)
	scope.Privacy = yumen.PrivacySpec{RowsPerUnit: 10000, GroupsPerUnit: 1000, NoErrors: true}
	for i := range scope.Tables {
		d := &scope.Tables[i].Dataset
		for j := range d.Columns {
			c := &d.Columns[j]
			name := d.Name + "." + c.Name
			if b, ok := publicBounds[name]; ok {
				c.Bounds = &b
			}
			c.Domain = strings.Fields(publicDomains[name])
			c.Nullable = c.Nullable || name == "residents.income"
		}
	}
}

// exactly writes the table that role private would give if it added no noise and cut nothing off.
func exactly(q *task.Question) string {
	var cols, keys []string
	for i := range q.Keys {
		keys = append(keys, fmt.Sprintf("k%d", i+1))
	}
	for i, m := range q.Measures {
		value := ofRows(q, m)
		if q.Form == task.Summed {
			value = ofSums(q, m)
		}
		cols = append(cols, fmt.Sprintf("%s AS v%d", value, i+1))
	}
	sql := "CREATE OR REPLACE TABLE " + task.CellsTable + " AS SELECT " + strings.Join(append(keys, cols...), ", ") +
		" FROM (" + q.SQL + ")"
	if len(keys) > 0 && q.Form != task.Summed {
		sql += " GROUP BY " + strings.Join(keys, ", ")
	}
	return sql
}

// ofRows is a measure over rows.
func ofRows(q *task.Question, m task.Measure) string {
	if m.Input == 0 {
		return map[task.MeasureFn]string{task.MeasureCount: "count(*)", task.MeasureUnits: "count(DISTINCT u)"}[m.Fn]
	}
	a := fmt.Sprintf("a%d", m.Input)
	if q.Inputs[m.Input-1].Type == yumen.TypeBoolean {
		a = "CAST(" + a + " AS BIGINT)"
	}
	switch m.Fn {
	case task.MeasureUnits:
		return "count(DISTINCT u) FILTER (WHERE " + a + " IS NOT NULL)"
	case task.MeasureDistinct:
		return "count(DISTINCT " + a + ")"
	case task.MeasureQuantile:
		return fmt.Sprintf("quantile_cont(CAST(%s AS DOUBLE), %v)", a, m.Q)
	}
	engine := map[task.MeasureFn]string{task.MeasureVar: "var_samp", task.MeasureStddev: "stddev_samp"}[m.Fn]
	if engine == "" {
		engine = string(m.Fn)
	}
	return engine + "(" + a + ")"
}

// ofSums is a measure over the sums of groups, of which each row is one. Nothing is summed up where no value was.
func ofSums(q *task.Question, m task.Measure) string {
	if m.Input == 0 {
		return "n"
	}
	in := q.Inputs[m.Input-1]
	c, s := fmt.Sprintf("c%d", m.Input), fmt.Sprintf("CAST(s%d AS DOUBLE)", m.Input)
	unit := fmt.Sprintf("1e%d", in.Scale)
	off := fmt.Sprintf("CAST(s%d - %d * %s AS HUGEINT)", m.Input, in.Centre(), c) // exact: little may be left of it
	squares := fmt.Sprintf("((CAST(q%d AS HUGEINT) * %s - %s * %s) / %s)", m.Input, c, off, off, c)
	value, least := "", 1
	switch m.Fn {
	case task.MeasureCount, task.MeasureUnits:
		return c
	case task.MeasureSum:
		value = s + " / " + unit
	case task.MeasureAvg:
		value = s + " / " + c + " / " + unit
	case task.MeasureVar, task.MeasureStddev:
		value, least = squares+" / ("+c+" - 1) / "+unit+" / "+unit, 2
	default:
		value = squares + " / " + c + " / " + unit + " / " + unit
	}
	if m.Fn == task.MeasureStddev || m.Fn == task.MeasureStddevPop {
		value = "sqrt(greatest(" + value + ", 0))"
	}
	return fmt.Sprintf("CASE WHEN %s >= %d THEN %s END", c, least, value)
}
