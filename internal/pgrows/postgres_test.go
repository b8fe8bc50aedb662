package pgrows

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/yumen-data/yumen/internal/plainpg"
)

// postgres connects to a PostgreSQL 15 of the test's own, and skips the test where none is installed.
func postgres(t *testing.T) *pgconn.PgConn {
	t.Helper()
	dsn, stop, err := plainpg.Start("timezone=Etc/GMT-8", "fsync=off")
	if errors.Is(err, plainpg.ErrNone) {
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	conn, err := pgconn.Connect(context.Background(), dsn)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// TestAgainstPostgreSQL has PostgreSQL read what was written as text, and write it again in both formats: every byte
// has to be the same.
func TestAgainstPostgreSQL(t *testing.T) {
	conn := postgres(t)
	for _, batch := range []arrow.RecordBatch{everyType(t), randomNumbers(), edges(t)} {
		columns, err := Columns(batch.Schema())
		if err != nil {
			t.Fatal(err)
		}
		text, bin := encode(t, batch), encode(t, batch, Binary)
		for i, c := range columns {
			name := ask(t, conn, "SELECT $1::oid::regtype::text", []byte(strconv.FormatUint(uint64(c.OID), 10)), Text)
			sql := "SELECT $1::" + string(name)
			for r := range text {
				if text[r][i] == nil {
					continue
				}
				if got := ask(t, conn, sql, text[r][i], Text); !bytes.Equal(got, text[r][i]) {
					t.Errorf("%s: text %q, PostgreSQL %q", name, text[r][i], got)
				}
				if got := ask(t, conn, sql, text[r][i], Binary); !bytes.Equal(got, bin[r][i]) {
					t.Errorf("%s %q: binary %x, PostgreSQL %x", name, text[r][i], bin[r][i], got)
				}
			}
		}
	}
}

func ask(t *testing.T, conn *pgconn.PgConn, sql string, value []byte, format int16) []byte {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	res := conn.ExecParams(ctx, sql, [][]byte{value}, []uint32{oidText}, nil, []int16{format}).Read()
	if res.Err != nil {
		t.Fatalf("%s with %q: %v", sql, value, res.Err)
	}
	return bytes.Clone(res.Rows[0][0])
}

// randomNumbers are doubles and floats of all magnitudes, powers of two and ten among them.
func randomNumbers() arrow.RecordBatch {
	random := rand.New(rand.NewPCG(5, 6))
	doubles, floats := array.NewFloat64Builder(memory.DefaultAllocator),
		array.NewFloat32Builder(memory.DefaultAllocator)
	for i := range 1500 {
		switch i % 3 {
		case 0:
			doubles.Append(math.Float64frombits(random.Uint64() &^ (1 << 62)))
			floats.Append(math.Float32frombits(random.Uint32() &^ (1 << 30)))
		case 1:
			doubles.Append(math.Ldexp(1, i-750))
			floats.Append(float32(math.Ldexp(float64(1-2*(i%2)), i/12-60)))
		case 2:
			doubles.Append(float64(random.IntN(1e9)) / 100)
			floats.Append(float32(math.Pow10(i/25 - 30)))
		}
	}
	arrays := []arrow.Array{doubles.NewArray(), floats.NewArray()}
	return array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "f8", Type: arrow.PrimitiveTypes.Float64},
		{Name: "f4", Type: arrow.PrimitiveTypes.Float32}}, nil), arrays, int64(arrays[0].Len()))
}

// edges are the values of TestText and those at the ends of ranges.
func edges(t *testing.T) arrow.RecordBatch {
	return batchOf(t,
		column{"d", arrow.FixedWidthTypes.Date32, "", `[-719528,-2440588,2147483647,-2147483647,2932897]`},
		column{"ts", microseconds, "",
			`[-210866803200000000,9223372036854775807,-9223372036854775807,-62135596800000001,9223371331199999999]`},
		column{"tz", zoned, "", `[-210866803200000000,9223372036854775807,-62135596800000001,0,1767323045000100]`},
		column{"iv", arrow.FixedWidthTypes.MonthDayNanoInterval, "", `[{"months":-13,"days":2,"nanoseconds":-3600000000000},
			{"months":0,"days":0,"nanoseconds":0},{"months":0,"days":-1,"nanoseconds":1000},
			{"months":1,"days":1,"nanoseconds":9000000000000000000},{"months":2147483647,"days":-2147483648,"nanoseconds":0}]`},
		column{"ti", arrow.FixedWidthTypes.Time64us, "", `[86400000000,0,1,100000,86399999999]`},
		column{"a", arrow.ListOf(arrow.BinaryTypes.String), "",
			`[["null","\\","{}",",","\""],["\t"],["a\u000b"],["六 "],["",null]]`})
}
