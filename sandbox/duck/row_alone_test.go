package duck

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/yumen-data/yumen"
	analysis "github.com/yumen-data/yumen/query"
)

// rowCalls are calls of every function of one row, over columns of each type. Where a value is out of a function's
// domain, or leaves the type, it is tried.
var rowCalls = strings.Split(strings.TrimSpace(`
x = y
x <> y
n < k
n > k
m <= k
r >= m
x IS DISTINCT FROM y
x IS NOT DISTINCT FROM y
n BETWEEN k AND 100
x IN (y, 'b', 'é')
n NOT IN (1, k)
x IS NULL
x IS NOT NULL
b AND x = y
b OR x = y
NOT b
x LIKE 'a%'
x NOT ILIKE '%B_'
starts_with(x, 'a')
ends_with(x, '学')
contains(x, 'b')
coalesce(x, y, 'none')
nullif(x, y)
TRY(n * 2)
n + k
n - k
n * n
-n
m * m
m + n
r / k
n // k
n % k
abs(n)
sign(r)
round(m, 1)
round(r, -2)
floor(m)
ceil(r)
trunc(m)
sqrt(r)
ln(r)
log10(m)
log2(n)
exp(r)
power(r, 0.5)
power(r, -3)
power(n, 3)
greatest(x, y)
least(n, k, 3)
lower(x)
upper(x)
trim(x)
ltrim(x, 'a')
rtrim(x, 'b')
length(x)
strlen(x)
substr(x, 2, 3)
substr(x, -2147483647, 2147483647)
substr(x, 2147483647)
left(x, 2)
left(x, -1)
left(x, -2147483647)
right(x, 2)
right(x, 2147483647)
strpos(x, 'b')
split_part(x, '-', 2)
split_part(x, '-', -1)
lpad(x, 6, '0')
rpad(x, 3, '学-')
replace(x, 'a', 'bb')
regexp_matches(x, '^[a-z]+$')
regexp_matches(x, 'B', 'i')
regexp_full_match(x, '(.*)*学')
regexp_extract(x, '([a-z]+)-?([a-z0-9]*)', 2)
regexp_replace(x, '[a-z]', '<\0>', 'g')
x || y
concat_ws('-', x, n, d)
translate(x, 'abé', 'xy')
reverse(x)
repeat(x, 3)
ascii(x)
bar(r, 0, 100, 20)
format('{:>9}|{}', x, n)
format('{:.2f}', r)
printf('%5d %s', n, x)
pi() + r
degrees(r)
radians(r)
make_date(n, k, 3)
try_strptime(x, '%Y-%m-%d')
time_bucket(INTERVAL 15 MINUTE, s)
time_bucket(INTERVAL 1 MONTH, d)
concat(x, n, m, d, s, b)
date_part('week', d)
date_part('isoyear', s)
year(d)
date_trunc('month', s)
date_trunc('week', d)
date_diff('day', d, s)
date_diff('second', d, s)
date_sub('month', d, s)
last_day(d)
dayname(d)
monthname(s)
strftime(s, '%Y-%m-%d %H')
epoch(s)
d + n
d - k
d + INTERVAL 3 MONTH
s - INTERVAL 400000 YEAR
CASE WHEN b THEN n * n ELSE k END
CAST(x AS BIGINT)
CAST(x AS DATE)
TRY_CAST(x AS TIMESTAMP)
CAST(x AS BOOLEAN)
CAST(r AS BIGINT)
CAST(n AS DECIMAL(9,2))
CAST(m AS VARCHAR)
CAST(s AS DATE)
d < DATE '2026-01-31'
`), "\n")

// rowValues are rows that calls fail on, are NULL on or that are not short, with dates as import lets them in.
var rowValues = []string{
	"'abc', 'abc', 7, 3, 12.345, 2.5, DATE '2024-02-29', TIMESTAMP '2024-12-30 23:59:59', true",
	"'aB-c3-学', 'b', -9223372036854775808, -1, -9999999999999.999, -1.0, DATE '0001-01-01', TIMESTAMP '0001-01-01 00:00:00', false",
	"'', 'é', 9223372036854775807, 0, 0.000, 0.0, DATE '9999-12-31', TIMESTAMP '9999-12-31 23:59:59', true",
	"NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL",
	"'2024-05-06', 'a-b', 4000000000, 9223372036854775807, 9999999999999.999, 1e300, DATE '1970-01-01', TIMESTAMP '1970-01-01 00:00:00', NULL",
	"'学学学', '学', 0, NULL, 1.5, -1e300, DATE '9999-12-25', TIMESTAMP '0001-01-03 00:00:00', false",
	"repeat('ab', 20), 'x', 1, 1, 1.0, 1e-300, NULL, TIMESTAMP '2000-01-01 00:00:00', true",
}

const rowColumns = "x, y, n, k, m, r, d, s, b"

// rowLayouts are ways in which equal rows reach the engine: as flat vectors, behind a filter, from a file whose cells
// are numbers of a dictionary, and as one constant.
var rowLayouts = []struct{ name, of string }{
	{"flat", "SELECT * FROM big"},
	{"filtered", "SELECT * FROM big WHERE place % 3 <> 1"},
	{"file", "SELECT * FROM read_parquet(%s)"},
	{"constant", "SELECT j, place, " + rowColumns + " FROM cells JOIN range(2100) AS t(place) ON true WHERE j = %d"},
}

// TestRowAlone holds that the result of every function for a row depends on that row alone: among thousands of equal
// rows, across the boundaries of vectors and beside rows that fail or are NULL, it is what it is for the row by itself.
func TestRowAlone(t *testing.T) {
	e := free(t)
	columns := "SELECT 0 AS j, NULL::VARCHAR AS x, NULL::VARCHAR AS y, NULL::BIGINT AS n, NULL::BIGINT AS k, NULL::DECIMAL(18,3) AS m, NULL::DOUBLE AS r, NULL::DATE AS d, NULL::TIMESTAMP AS s, NULL::BOOLEAN AS b LIMIT 0"
	mustExec(t, e, "CREATE TABLE cells AS "+columns)
	for j, row := range rowValues {
		mustExec(t, e, fmt.Sprintf("INSERT INTO cells VALUES (%d, %s)", j, row))
	}
	emitted := rowStatement(t, e, "SELECT j, "+strings.Join(rowCalls, ", ")+" FROM cells")
	alone := map[string][]string{}
	for j := range rowValues {
		for _, row := range distinctRows(t, e, emitted, fmt.Sprintf("SELECT * FROM cells WHERE j = %d", j)) {
			alone[row[0]] = row
		}
	}
	for j := range rowValues {
		// Row j everywhere but at the end of a vector, at the start of the next and in the middle.
		mustExec(t, e, fmt.Sprintf("CREATE OR REPLACE TABLE big AS SELECT place, c.* FROM range(4100) AS p(place) JOIN cells c ON c.j = CASE place WHEN 2047 THEN %d WHEN 2048 THEN %d WHEN 3000 THEN %d ELSE %d END ORDER BY place",
			(j+1)%len(rowValues), (j+2)%len(rowValues), 3, j))
		file := parquetFrom(t, e, "SELECT * FROM big")
		for i, layout := range rowLayouts {
			of := layout.of
			if i == j%2 || testing.Short() && j > 2 {
				continue // rows that fail are slow
			}
			switch layout.name {
			case "file":
				of = fmt.Sprintf(of, literal(file))
			case "constant":
				of = fmt.Sprintf(of, j)
			}
			for _, row := range distinctRows(t, e, emitted, of) {
				for c, want := range alone[row[0]] {
					if c > 0 && row[c] != want {
						t.Errorf("%s, among rows %d: row %s gives %.40q for %s, alone %.40q", layout.name, j, row[0],
							row[c], rowCalls[c-1], want)
					}
				}
			}
		}
	}
}

// TestRowAloneFails holds that the comparison above finds a call whose result changes at the boundary of a vector. The
// call's offset overflows, so the engine reads outside the text and may die of it: that happens in a process of its
// own, and tells as much.
func TestRowAloneFails(t *testing.T) {
	const inside = "YUMEN_TEST_ROW_ALONE"
	if os.Getenv(inside) == "" {
		c := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRowAloneFails$", "-test.v")
		c.Env = append(os.Environ(), inside+"=1")
		out, err := c.CombinedOutput()
		found, died := strings.Contains(string(out), "--- PASS: TestRowAloneFails"),
			strings.Contains(string(out), "SIGSEGV")
		if !found && !died {
			t.Errorf("%v\n%s", err, out)
		}
		return
	}
	e := free(t)
	mustExec(t, e, "CREATE TABLE big AS SELECT place, 'abc' AS x FROM range(5000) AS p(place)")
	file := parquetFrom(t, e, "SELECT * FROM big")
	hazard := `SELECT TRY(substr("x", -9223372036854775808, 9223372036854775807)) AS v FROM cells`
	if rows := distinctRows(t, e, hazard, fmt.Sprintf("SELECT * FROM read_parquet(%s)", literal(file))); len(rows) < 2 {
		t.Errorf("equal rows give one result, %v: offsets need no bound", rows)
	}
}

// TestRowCallsComplete holds that every function that docs/query.md lists is called above.
func TestRowCallsComplete(t *testing.T) {
	page := string(mustRead(t, "../../docs/query.md"))
	_, page, _ = strings.Cut(page, "### Functions of one row")
	page, _, _ = strings.Cut(page, "\n### ")
	calls, listed := strings.ToLower(strings.Join(rowCalls, "\n")), ""
	for _, row := range regexp.MustCompile(`(?m)^\| [a-zA-Z ]+ \| (.*?) \| `).FindAllStringSubmatch(page, -1) {
		listed += row[1]
	}
	names := regexp.MustCompile("`([a-z_0-9]+)`").FindAllStringSubmatch(listed, -1)
	if len(names) < 40 {
		t.Fatalf("found %d functions", len(names))
	}
	for _, m := range names {
		other := map[string]string{"ifnull": "coalesce", "if": "case", "month": "year", "current_date": "date '",
			"width_bucket": "floor("}[m[1]]
		if !strings.Contains(calls, m[1]+"(") && (other == "" || !strings.Contains(calls, other)) {
			t.Errorf("no call of %s", m[1])
		}
	}
}

// rowStatement is what is emitted for a row-level statement over the cells.
func rowStatement(t *testing.T, e *engine, sql string) string {
	t.Helper()
	uses := map[string][]yumen.Constraint{}
	d := yumen.Dataset{Name: "cells", Unit: yumen.UnitSpec{Kind: yumen.UnitKindRow}}
	types := []yumen.Type{yumen.TypeInteger, yumen.TypeText, yumen.TypeText, yumen.TypeInteger, yumen.TypeInteger,
		"decimal(18,3)", yumen.TypeDouble, yumen.TypeDate, yumen.TypeTimestamp, yumen.TypeBoolean}
	for i, name := range strings.Split("j, "+rowColumns, ", ") {
		uses[name] = []yumen.Constraint{{Use: yumen.UsePlain}, {Use: yumen.UseFilter}}
		d.Columns = append(d.Columns, yumen.Column{Name: name, Type: types[i], Nullable: true})
	}
	tree, ok := treeOf(t, e, sql).(interface{ MarshalJSON() ([]byte, error) })
	if !ok {
		t.Fatal("no tree")
	}
	text, err := tree.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	p, err := analysis.Analyse(sql, text,
		analysis.Scope{Classes: []yumen.ReleaseClass{yumen.ClassRows},
			Tables: []analysis.Table{{Dataset: d, Uses: uses}}})
	if err != nil {
		t.Fatal(err)
	}
	return p.SQL
}

// distinctRows are the distinct rows of a statement over cells laid out in some way, as text.
func distinctRows(t *testing.T, e *engine, sql, layout string) (out [][]string) {
	t.Helper()
	from, order := `FROM "cells" AS t1`, regexp.MustCompile(`(?s)\nORDER BY .*$`)
	sql = strings.NewReplacer(from, "FROM ("+layout+") AS t1", "FROM cells",
		"FROM ("+layout+")").Replace(order.ReplaceAllString(sql, ""))
	batch, err := e.one(t.Context(), "SELECT DISTINCT COLUMNS(*)::VARCHAR FROM ("+sql+")")
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	defer batch.Release()
	for i := range int(batch.NumRows()) {
		var row []string
		for c := range int(batch.NumCols()) {
			row = append(row, strings.Clone(batch.Column(c).ValueStr(i)))
		}
		out = append(out, row)
	}
	slices.SortFunc(out, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	return out
}

func parquetFrom(t *testing.T, e *engine, sql string) string {
	t.Helper()
	path := t.TempDir() + "/cells.parquet"
	mustExec(t, e, "COPY ("+sql+") TO "+literal(path)+" (FORMAT parquet)")
	return path
}

func mustExec(t *testing.T, e *engine, sql string) {
	t.Helper()
	if err := e.exec(t.Context(), sql); err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
}
