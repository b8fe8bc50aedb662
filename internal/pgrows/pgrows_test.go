package pgrows

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/jackc/pgx/v5/pgtype"

	"github.com/yumen-data/yumen"
)

// column is a column of a test: its type, and its values as JSON for arrow-go's builders.
type column struct {
	name string
	typ  arrow.DataType
	oid  string // of its metadata, or ""
	json string
}

func batchOf(t testing.TB, columns ...column) arrow.RecordBatch {
	t.Helper()
	fields := make([]arrow.Field, len(columns))
	arrays := make([]arrow.Array, len(columns))
	rows := 0
	for i, c := range columns {
		fields[i] = arrow.Field{Name: c.name, Type: c.typ, Nullable: true}
		if c.oid != "" {
			fields[i].Metadata = arrow.NewMetadata([]string{OIDKey}, []string{c.oid})
		}
		b := array.NewBuilder(memory.DefaultAllocator, c.typ)
		if err := b.UnmarshalJSON([]byte(c.json)); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		arrays[i] = b.NewArray()
		rows = arrays[i].Len()
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, int64(rows))
}

// decode takes frames apart: rows of values, nil for NULL.
func decode(t testing.TB, frames []byte) [][][]byte {
	t.Helper()
	var rows [][][]byte
	for len(frames) > 0 {
		body := frames[4 : 4+binary.BigEndian.Uint32(frames)]
		frames = frames[4+len(body):]
		row := make([][]byte, binary.BigEndian.Uint16(body))
		body = body[2:]
		for i := range row {
			n := int32(binary.BigEndian.Uint32(body))
			body = body[4:]
			if n >= 0 {
				row[i] = body[:n:n]
				body = body[n:]
			}
		}
		if len(body) != 0 {
			t.Fatalf("%d bytes behind a row", len(body))
		}
		rows = append(rows, row)
	}
	return rows
}

func encode(t testing.TB, batch arrow.RecordBatch, formats ...int16) [][][]byte {
	t.Helper()
	e, err := NewEncoder(batch.Schema(), formats, time.FixedZone("", 8*3600))
	if err != nil {
		t.Fatal(err)
	}
	frames, err := e.Append(nil, batch, 0, int(batch.NumRows()))
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, frames)
}

var (
	microseconds = &arrow.TimestampType{Unit: arrow.Microsecond}
	zoned        = &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: "UTC"}
)

// TestText holds the text of values to what PostgreSQL 15 prints.
func TestText(t *testing.T) {
	for _, c := range []struct {
		column
		want []string
	}{
		{column{typ: arrow.FixedWidthTypes.Boolean, json: `[true,false]`}, []string{"t", "f"}},
		{column{typ: arrow.PrimitiveTypes.Int64, json: `[-9223372036854775808]`}, []string{"-9223372036854775808"}},
		{column{typ: arrow.PrimitiveTypes.Float64, json: `[1e15,1e14,0.0001,0.00001,-0.0,1e-320,0.1,1e300]`},
			[]string{"1e+15", "100000000000000", "0.0001", "1e-05", "-0", "1e-320", "0.1", "1e+300"}},
		{column{typ: arrow.PrimitiveTypes.Float32, json: `[1000000,100000,0.1]`}, []string{"1e+06", "100000", "0.1"}},
		{column{typ: &arrow.Decimal128Type{Precision: 10, Scale: 2}, json: `["0.05","-0.50","12345678.90","0"]`},
			[]string{"0.05", "-0.50", "12345678.90", "0.00"}},
		{column{typ: arrow.BinaryTypes.Binary, json: `["AP8="]`}, []string{`\x00ff`}},
		{column{typ: arrow.FixedWidthTypes.Date32, json: `[0,-719528,-2440588,2147483647,-2147483647,2932897]`},
			[]string{"1970-01-01", "0001-01-01 BC", "4714-11-24 BC", "infinity", "-infinity", "10000-01-01"}},
		{column{typ: arrow.FixedWidthTypes.Time64us, json: `[11045500000,86400000000]`},
			[]string{"03:04:05.5", "24:00:00"}},
		{column{typ: microseconds, json: `[0,-1,1767323045000100,9223372036854775807]`},
			[]string{"1970-01-01 00:00:00", "1969-12-31 23:59:59.999999", "2026-01-02 03:04:05.0001", "infinity"}},
		{column{typ: zoned, json: `[0]`}, []string{"1970-01-01 08:00:00+08"}},
		{column{typ: arrow.FixedWidthTypes.MonthDayNanoInterval, json: `[
			{"months":14,"days":3,"nanoseconds":14706500000000},{"months":0,"days":0,"nanoseconds":0},
			{"months":-1,"days":2,"nanoseconds":1000000},{"months":0,"days":-1,"nanoseconds":-3600000000000},
			{"months":12,"days":1,"nanoseconds":0}]`},
			[]string{"1 year 2 mons 3 days 04:05:06.5", "00:00:00", "-1 mons +2 days 00:00:00.001", "-1 days -01:00:00",
				"1 year 1 day"}},
		{column{typ: &arrow.FixedSizeBinaryType{ByteWidth: 16}, json: `["AAECAwQFBgcICQoLDA0ODw=="]`},
			[]string{"00010203-0405-0607-0809-0a0b0c0d0e0f"}},
		{column{typ: arrow.ListOf(arrow.BinaryTypes.String), json: `[["a","b c","","NULL","q\"\\",null,"{"],[]]`},
			[]string{`{a,"b c","","NULL","q\"\\",NULL,"{"}`, "{}"}},
		{column{typ: arrow.ListOf(arrow.PrimitiveTypes.Int16), oid: "22", json: `[[1,2],[]]`}, []string{"1 2", ""}},
		{column{typ: arrow.StructOf(arrow.Field{Name: "a", Type: arrow.PrimitiveTypes.Int32, Nullable: true},
			arrow.Field{Name: "b<", Type: arrow.ListOf(arrow.BinaryTypes.String), Nullable: true}),
			json: `[{"a":1,"b<":["x\"",null]},{"a":null,"b<":null}]`},
			[]string{`{"a":1,"b<":["x\"",null]}`, `{"a":null,"b<":null}`}},
	} {
		for i, row := range encode(t, batchOf(t, c.column)) {
			if got := string(row[0]); got != c.want[i] {
				t.Errorf("%s: got %q, want %q", c.typ, got, c.want[i])
			}
		}
	}
}

// everyType is a batch with a NULL and extremes in each type that pgtype knows.
func everyType(t testing.TB) arrow.RecordBatch {
	return batchOf(t,
		column{"b", arrow.FixedWidthTypes.Boolean, "", `[true,null,false]`},
		column{"i2", arrow.PrimitiveTypes.Int16, "", `[-32768,null,32767]`},
		column{"i4", arrow.PrimitiveTypes.Int32, "", `[-2147483648,null,2147483647]`},
		column{"i8", arrow.PrimitiveTypes.Int64, "", `[-9223372036854775808,null,1]`},
		column{"u2", arrow.PrimitiveTypes.Uint16, "", `[0,null,65535]`},
		column{"u8", arrow.PrimitiveTypes.Uint64, "", `[0,null,18446744073709551615]`},
		column{"oid", arrow.PrimitiveTypes.Uint32, "26", `[1,null,4294967295]`},
		column{"f4", arrow.PrimitiveTypes.Float32, "", `[1.5,null,-3.4e38]`},
		column{"f8", arrow.PrimitiveTypes.Float64, "", `[0.1,null,-1e-300]`},
		column{"n", &arrow.Decimal128Type{Precision: 38, Scale: 9}, "",
			`["-12345678901234567890123456789.123456789",null,"0.000000001"]`},
		column{"t", arrow.BinaryTypes.String, "", `["六",null,""]`},
		column{"name", arrow.BinaryTypes.String, "19", `["pg_class",null,"x"]`},
		column{"by", arrow.BinaryTypes.Binary, "", `["AP8=",null,""]`},
		column{"d", arrow.FixedWidthTypes.Date32, "", `[0,null,2147483647]`},
		column{"ti", arrow.FixedWidthTypes.Time64us, "", `[1,null,86399999999]`},
		column{"ts", microseconds, "", `[-1,null,253402300800000000]`},
		column{"tz", zoned, "", `[1767323045000100,null,0]`},
		column{"iv", arrow.FixedWidthTypes.MonthDayNanoInterval, "",
			`[{"months":14,"days":-3,"nanoseconds":14706500000000},null,{"months":-1,"days":2,"nanoseconds":-1000}]`},
		column{"u", arrow.BinaryTypes.String, "2950",
			`["00010203-0405-0607-0809-0a0b0c0d0e0f",null,"ffffffff-ffff-ffff-ffff-ffffffffffff"]`},
		column{"a", arrow.ListOf(arrow.BinaryTypes.String), "", `[["a","b c",null,""],null,[]]`},
		column{"ai", arrow.ListOf(arrow.PrimitiveTypes.Int32), "", `[[1,null,-3],null,[]]`},
		column{"an", arrow.ListOf(&arrow.Decimal128Type{Precision: 10, Scale: 2}), "",
			`[["1.00","10000.00"],null,["0.10"]]`},
		column{"ad", arrow.ListOf(arrow.FixedWidthTypes.Date32), "", `[[0,1],null,[]]`},
	)
}

// TestFormatsAgree decodes both formats by pgtype, which has to see the same values, of every type.
func TestFormatsAgree(t *testing.T) {
	batch := everyType(t)
	columns, err := Columns(batch.Schema())
	if err != nil {
		t.Fatal(err)
	}
	text, bin := encode(t, batch), encode(t, batch, Binary)
	types := pgtype.NewMap()
	for r := range text {
		for i, c := range columns {
			typ, ok := types.TypeForOID(c.OID)
			if !ok {
				t.Fatalf("%s: pgtype has no type %d", c.Name, c.OID)
			}
			a, err1 := typ.Codec.DecodeValue(types, c.OID, pgtype.TextFormatCode, text[r][i])
			b, err2 := typ.Codec.DecodeValue(types, c.OID, pgtype.BinaryFormatCode, bin[r][i])
			if err1 != nil || err2 != nil || !same(a, b) {
				t.Errorf("%s row %d: text %q gives %v (%v), binary %x gives %v (%v)", c.Name, r, text[r][i], a, err1,
					bin[r][i], b, err2)
			}
			if (text[r][i] == nil) != batch.Column(i).IsNull(r) {
				t.Errorf("%s row %d: NULL is %v", c.Name, r, text[r][i] == nil)
			}
		}
	}
}

func same(a, b any) bool {
	if x, ok := a.(time.Time); ok {
		y, ok := b.(time.Time)
		return ok && x.Equal(y)
	}
	if x, ok := a.(pgtype.Numeric); ok {
		y, ok := b.(pgtype.Numeric)
		return ok && value(x).Cmp(value(y)) == 0
	}
	if x, ok := a.([]any); ok {
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !same(x[i], y[i]) {
				return false
			}
		}
		return true
	}
	return reflect.DeepEqual(a, b)
}

func value(n pgtype.Numeric) *big.Rat {
	r := new(big.Rat).SetInt(n.Int)
	ten := new(big.Rat).SetInt64(10)
	for e := n.Exp; e != 0; {
		if e > 0 {
			r.Mul(r, ten)
			e--
		} else {
			r.Quo(r, ten)
			e++
		}
	}
	return r
}

// TestNumericAgree writes random numbers of every scale in both formats.
func TestNumericAgree(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	types := pgtype.NewMap()
	for scale := int32(0); scale <= 38; scale++ {
		b := array.NewDecimal128Builder(memory.DefaultAllocator, &arrow.Decimal128Type{Precision: 38, Scale: scale})
		for range 50 {
			v := randomInt(random, random.IntN(39))
			if random.IntN(2) == 0 {
				v.Neg(v)
			}
			b.Append(decimal128.FromBigInt(v))
		}
		arr := b.NewArray()
		batch := array.NewRecordBatch(arrow.NewSchema([]arrow.Field{{Name: "n", Type: arr.DataType()}}, nil),
			[]arrow.Array{arr}, int64(arr.Len()))
		text, bin := encode(t, batch), encode(t, batch, Binary)
		for i := range text {
			var n pgtype.Numeric
			if err := types.Scan(oidNumeric, pgtype.BinaryFormatCode, bin[i][0], &n); err != nil {
				t.Fatal(err)
			}
			want, _ := new(big.Rat).SetString(string(text[i][0]))
			if value(n).Cmp(want) != 0 {
				t.Errorf("%s: binary %x", text[i][0], bin[i][0])
			}
			if _, fraction, _ := strings.Cut(string(text[i][0]), "."); len(fraction) != int(scale) {
				t.Errorf("%s: not %d digits behind the point", text[i][0], scale)
			}
		}
	}
}

// randomInt returns a number of so many digits.
func randomInt(r *rand.Rand, digits int) *big.Int {
	v, ten := new(big.Int), big.NewInt(10)
	for range digits {
		v.Add(v.Mul(v, ten), big.NewInt(int64(r.IntN(10)*r.IntN(2))))
	}
	return v
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		column
		kind yumen.ErrorKind
		bin  bool
	}{
		{"before 4714 BC", column{typ: arrow.FixedWidthTypes.Date32, json: `[-2440589]`}, yumen.KindFailed, false},
		{"behind 5874897", column{typ: arrow.FixedWidthTypes.Date32, json: `[2147483646]`}, yumen.KindFailed, true},
		{"seconds that overflow", column{typ: &arrow.TimestampType{Unit: arrow.Second}, json: `[9223372036854775806]`},
			yumen.KindFailed, false},
		{"a name in binary", column{typ: arrow.BinaryTypes.String, oid: "24", json: `["int4recv"]`}, yumen.KindFailed,
			true},
	} {
		batch := batchOf(t, c.column)
		format := Text
		if c.bin {
			format = Binary
		}
		e, err := NewEncoder(batch.Schema(), []int16{format}, nil)
		if err == nil {
			_, err = e.Append(nil, batch, 0, 1)
		}
		if yumen.KindOf(err) != c.kind {
			t.Errorf("%s: got %v", c.name, err)
		}
	}
	two := everyType(t).Schema()
	for _, formats := range [][]int16{{0, 1}, {2}} {
		if _, err := NewEncoder(two, formats, nil); yumen.KindOf(err) != yumen.KindInvalid {
			t.Errorf("formats %v: got %v", formats, err)
		}
	}
}

func TestColumns(t *testing.T) {
	batch := batchOf(t, column{"n", &arrow.Decimal128Type{Precision: 10, Scale: 2}, "", `[]`},
		column{"s", &arrow.Decimal128Type{Precision: 38}, "", `[]`},
		column{"o", arrow.PrimitiveTypes.Uint32, "26", `[]`})
	got, err := Columns(batch.Schema())
	want := []Column{{"n", 1700, -1, 655366, 0}, {"s", 1700, -1, -1, 0}, {"o", 26, 4, -1, 0}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

// TestFloatsRead reads shortest texts back.
func TestFloatsRead(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 20000 {
		v := math.Float64frombits(random.Uint64())
		if math.IsNaN(v) {
			continue
		}
		got, err := strconv.ParseFloat(strings.Replace(string(appendFloat(nil, v, 64)), "Infinity", "Inf", 1), 64)
		if err != nil || math.Float64bits(got) != math.Float64bits(v) {
			t.Fatalf("%x gives %s", math.Float64bits(v), appendFloat(nil, v, 64))
		}
	}
	for v, want := range map[float64]string{math.Inf(1): "Infinity", math.Inf(-1): "-Infinity", math.NaN(): "NaN"} {
		if got := string(appendFloat(nil, v, 64)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestVectorBinary(t *testing.T) {
	got := encode(t, batchOf(t, column{typ: arrow.ListOf(arrow.PrimitiveTypes.Int16), oid: "22", json: `[[1,2]]`}),
		Binary)
	want := "00000001" + "00000000" + "00000015" + "00000002" + "00000000" + "000000020001" + "000000020002"
	if hex.EncodeToString(got[0][0]) != want {
		t.Errorf("got %x, want %s", got[0][0], want)
	}
}
