package duck

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
)

// passOver opens an engine over generated people whose connections have no threads of their own.
func passOver(t *testing.T) (*testEnv, *vectors) {
	t.Helper()
	in := newTestEnv(t, nil, map[string]string{"v1": parquetOf(t, peopleSQL)})
	v, err := openVectors(t.Context(), in, singleThreaded{in}, []task.View{peopleView()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.close)
	return in, v
}

// A key that only excluded rows have is in the dictionary of its column, and yet no group: it would disclose that there
// are such rows.
func TestValuesOfExcludedRowsAreNoGroups(t *testing.T) {
	file := parquetOf(t, peopleSQL)
	for _, where := range []string{"dept = '内科' AND age < 90", "age > 1000", "dept IS NULL"} {
		q := heldBack(task.Clustered)
		q.Keys, q.SQL = []task.GroupKey{{Type: "text"}}, q.SQL+" WHERE "+where
		q.RowsPerUnit, q.Inputs[0].Hi = 100, 1000
		got, err := readTotals(t, file, q)
		if err != nil {
			t.Fatal(err)
		}
		want := bySQL(t, file, `SELECT dept, count(DISTINCT _unit), count(*), coalesce(sum(cost * 100), 0)::BIGINT, count(cost)
			FROM people WHERE `+where+" GROUP BY dept", 1)
		if d := cmp.Diff(want, lines(got)); d != "" {
			t.Errorf("%s: %s", where, d)
		}
	}
}

// A function is called for each value of a dictionary once, and for each row where it is volatile.
func TestFunctionsSeeDictionariesOnce(t *testing.T) {
	_, v := passOver(t)
	calls, values := 0, 0
	key, err := v.register(false, []yumen.Type{yumen.TypeText}, codeType, func(in chunk, out vector) error {
		calls, values = calls+1, values+in.rows
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	seen := int64(0)
	rows, err := v.register(true, []yumen.Type{codeType, yumen.TypeInteger}, yumen.TypeBoolean,
		func(in chunk, _ vector) error {
			seen += int64(in.rows)
			return nil
		})
	if err != nil {
		t.Fatal(err)
	}
	n, err := v.show(t.Context(), rows, key.name+"(dept), age", "FROM people")
	if n != 15000 || seen != 15000 || err != nil {
		t.Errorf("%d rows, %d shown, error %v", n, seen, err)
	}
	if calls != 1 || values != 4 {
		t.Errorf("%d calls for %d values of a dictionary of three and NULL", calls, values)
	}
}

// An error of a function ends the statement and is what is returned; rows that were not shown are noticed.
func TestFunctionsFail(t *testing.T) {
	in, v := passOver(t)
	failure, shown := errors.New("too much"), 0
	f, err := v.register(true, []yumen.Type{yumen.TypeInteger}, yumen.TypeBoolean, func(chunk, vector) error {
		if shown++; shown == 3 {
			return failure
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = v.show(t.Context(), f, "age", "FROM people")
	if err = v.reason(err); !errors.Is(err, failure) || shown != 3 {
		t.Errorf("error %v after %d calls", err, shown)
	}
	if n, err := v.one(t.Context(), "SELECT 42 AS x"); err != nil {
		t.Errorf("the next statement: %v", err)
	} else {
		n.Release()
	}

	r := newReader(nil, []task.MeasuredInput{{Type: yumen.TypeInteger}}, func([]privacy.Value) {})
	r.to = func([]int64, []int32, []privacy.Column) error { r.rows--; return nil }
	from := "(SELECT _unit AS u, age AS a1 FROM people)"
	if err := v.readAll(t.Context(), in, from, nil, []*reader{r}); yumen.KindOf(err) != yumen.KindInternal {
		t.Errorf("rows that were not read: error %v", err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	r = newReader(nil, []task.MeasuredInput{{Type: yumen.TypeInteger}}, func([]privacy.Value) {})
	r.to = func([]int64, []int32, []privacy.Column) error { cancel(); return nil }
	from = "(SELECT _unit AS u, age AS a1 FROM people, range(1000))"
	if err := v.readAll(ctx, in, from, nil, []*reader{r}); !errors.Is(err, context.Canceled) {
		t.Errorf("a reading that was interrupted: error %v", err)
	}
}
