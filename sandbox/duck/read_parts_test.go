package duck

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// partsSQL has a column of each type, with NULLs, extremes, and texts that differ in case, in spaces or in quotes.
const partsSQL = `SELECT i AS _unit, 'g' || (i % 3) AS g,
	CASE WHEN i % 7 = 0 THEN NULL WHEN i % 97 = 0 THEN 9223372036854775807 WHEN i % 89 = 0 THEN -9223372036854775807 ELSE i % 40 - 20 END AS n,
	CASE WHEN i % 11 = 0 THEN NULL ELSE (i % 50 - 25) / 4 END::DECIMAL(6,2) AS d, CASE WHEN i % 13 = 0 THEN NULL ELSE i % 30 END::DECIMAL(38,0) * 1000000000000000000000 AS wide,
	CASE WHEN i % 5 = 0 THEN NULL ELSE DATE '2024-01-01' + (i % 100)::INT END AS day, TIMESTAMP '2024-02-29 23:59:59.999999' + to_microseconds(i % 20) AS moment,
	CASE i % 9 WHEN 0 THEN NULL WHEN 1 THEN '' WHEN 2 THEN 'A' WHEN 3 THEN 'a' WHEN 4 THEN 'a ' WHEN 5 THEN 'it''s' WHEN 6 THEN '内科'
		WHEN 7 THEN 'longer than what is kept in place' ELSE 'longer than what is kept in plate' END AS s,
	CASE WHEN i % 4 = 0 THEN NULL ELSE i % 4 = 1 END AS b, CASE i % 8 WHEN 0 THEN NULL WHEN 1 THEN 'nan'::DOUBLE WHEN 2 THEN '-inf'::DOUBLE WHEN 3 THEN -0.0::DOUBLE ELSE i % 8 END AS x,
	hash(i) % 100000 AS many, repeat('x', 10000) || (i % 200) AS long FROM range(30000) t(i)`

// conditionsOn are conditions on one column each, of every form, and some on several.
var conditionsOn = map[string][]string{
	"n": {"n = 3", "n <> 3", "n < -5", "n <= 0", "n > 9223372036854775806", "n BETWEEN -3 AND 4",
		"n IN (1, 2, 9223372036854775807)", "n NOT IN (1, NULL)",
		"n IS NULL", "n % 2 = 0", "n = 3 OR n IS NULL", "NOT (n > 3 AND n < 10)", "n > 2.5", "n IS DISTINCT FROM 3"},
	"d":    {"d = 1.5", "d > -0.25", "d < 1e0", "d BETWEEN 0.1 AND 3", "d IS NOT NULL", "abs(d) > 3", "round(d) = 2"},
	"wide": {"wide > 5000000000000000000000", "wide IS NULL", "wide = 0"},
	"day": {"day > DATE '2024-02-28'", "day IS NULL", "day BETWEEN DATE '2024-01-31' AND DATE '2024-03-01'",
		"month(day) = 2", "dayofweek(day) IN (0, 6)"},
	"moment": {"moment >= TIMESTAMP '2024-03-01 00:00:00'", "moment = TIMESTAMP '2024-02-29 23:59:59.999999'",
		"moment::DATE = DATE '2024-02-29'"},
	"s": {"s = 'a'", "s < 'a'", "s >= 'a '", "s = ''", "s IS NULL", "s = 'it''s'", "s LIKE 'longer%e'", "s ILIKE 'A'",
		"s IN ('内科', 'A', NULL)",
		"length(s) > 2", "upper(s) = 'A'", "s > 'longer than what is kept in place'", "substr(s, 32, 1) = 'e'"},
	"b":    {"b", "NOT b", "b IS NULL", "b IS NOT TRUE", "b = false"},
	"many": {"many > 50000", "many = 7"},
	"x": {"x > 1", "x = 'nan'::DOUBLE", "x = 0", "x IS NULL", "x < '-inf'::DOUBLE OR x > 6", "n > x",
		"s = 'a' AND b"},
}

// groupingOf counts rows of partsSQL in parts; of such columns by value.
func groupingOf(conditions []string, column string, kind yumen.Type) *task.Grouping {
	g := &task.Grouping{Keys: []yumen.Type{yumen.TypeText}, Largest: 2, K: 5, Parts: len(conditions),
		Rest: "SELECT k1, atoms FROM " + task.GroupsTable + " ORDER BY k1"}
	cols, bits := "_unit AS u, g AS k1", []string{"0"}
	of := task.PartsOfValue{Type: kind, As: "t(_n, " + column + ")"}
	for i, c := range conditions {
		cols += fmt.Sprintf(", (%s) AS p%d", c, i+1)
		bits = append(bits, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", c, 1<<i))
		of.Parts = append(of.Parts, i+1)
	}
	of.Mask = "CAST(" + strings.Join(bits, " + ") + " AS BIGINT)"
	g.SQL = "SELECT " + cols + ", " + column + " AS x1 FROM t"
	if kind != yumen.TypeDouble {
		g.Values = []task.PartsOfValue{of}
	}
	return g
}

// The parts that are found once for each value, and those that are read as booleans, are those that the engine finds
// for each row, for conditions of every form on columns of every type.
func TestPartsAreTheEngines(t *testing.T) {
	file := parquetOf(t, partsSQL)
	kinds := map[string]yumen.Type{"n": yumen.TypeInteger, "d": "decimal(6,2)", "wide": "decimal(38,0)",
		"day": yumen.TypeDate, "moment": yumen.TypeTimestamp,
		"s": yumen.TypeText, "b": yumen.TypeBoolean, "many": yumen.TypeInteger, "x": yumen.TypeDouble}
	view := task.View{Name: "t", Input: "v1", Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeText}}}
	for name, kind := range kinds {
		view.Columns = append(view.Columns, task.ViewColumn{Name: name, From: name, Type: kind})
	}
	compared := 0
	for name, all := range conditionsOn {
		for conditions := range slices.Chunk(all, 11) {
			byValue := groupingOf(conditions, name, kinds[name])
			byRow, rowUnits := *byValue, *byValue
			byRow.Values, rowUnits.RowUnits = nil, true
			plain := fmt.Sprintf(`SELECT k1, string_agg(m || ':' || n, ' ' ORDER BY m) AS atoms
				FROM (SELECT k1, m, count(*) AS n FROM (SELECT g AS k1, %s AS m FROM t) GROUP BY ALL) GROUP BY k1 ORDER BY k1`, maskOf(conditions))
			want := answered(t, file, task.QuerySpec{Views: []task.View{view}, SQL: plain})
			for way, g := range map[string]*task.Grouping{"by value": byValue, "by row": &byRow,
				"rows as units": &rowUnits} {
				spec := task.QuerySpec{Views: []task.View{view}, SQL: "SELECT the pass was not taken", Grouping: g}
				if d := cmp.Diff(want, answered(t, file, spec)); d != "" {
					t.Errorf("%s, %q: %s", way, conditions, d)
				}
				compared++
			}
		}
	}
	if compared < 30 {
		t.Errorf("%d compared", compared)
	}
}

func maskOf(conditions []string) string {
	bits := []string{"0"}
	for i, c := range conditions {
		bits = append(bits, fmt.Sprintf("CASE WHEN %s THEN %d ELSE 0 END", c, 1<<i))
	}
	return strings.Join(bits, " + ")
}

func answered(t *testing.T, file string, spec task.QuerySpec) [][]string {
	t.Helper()
	in := newTestEnv(t, spec, map[string]string{"v1": file})
	if err := in.run(t, task.Query); err != nil {
		t.Fatal(err)
	}
	return rowsOf(t, in.Outputs[task.OutResult].Bytes())
}

// Where a column has many values, or one that is only in excluded rows has no parts, the parts are found for each row.
func TestPartsWithoutValues(t *testing.T) {
	in := newTestEnv(t, nil, map[string]string{"v1": parquetOf(t, partsSQL)})
	view := task.View{Name: "t", Input: "v1", Columns: []task.ViewColumn{{Name: "g", From: "g", Type: yumen.TypeText},
		{Name: "s", From: "s", Type: yumen.TypeText}, {Name: "many", From: "many", Type: yumen.TypeInteger},
		{Name: "long", From: "long", Type: yumen.TypeText}}}
	fails := groupingOf([]string{"CASE WHEN s = 'it''s' THEN error('no number') ELSE s = 'a' END"}, "s", yumen.TypeText)
	fails.SQL += " WHERE s <> 'it''s'"
	for name, g := range map[string]*task.Grouping{
		"many values":        groupingOf([]string{"many > 7"}, "many", yumen.TypeInteger),
		"long values":        groupingOf([]string{"long LIKE '%7'"}, "long", yumen.TypeText),
		"a value that fails": fails,
	} {
		v, err := openVectors(t.Context(), in, singleThreaded{in}, []task.View{view})
		if err != nil {
			t.Fatal(err)
		}
		p := &tallies{asked: g}
		if err := v.tallyInto(t.Context(), in, []task.View{view}, p, g.Values); !errors.Is(err, errManyValues) {
			t.Errorf("%s: by value there is error %v", name, err)
		}
		if all, _, err := v.tally(t.Context(), in,
			task.QuerySpec{Views: []task.View{view}, Grouping: g}); err != nil || len(all.met()) != 3 {
			t.Errorf("%s: groups %v, error %v", name, all.met(), err)
		}
		v.close()
	}
}
