package desensitize

import (
	"math"
	"math/big"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// Relative names the parameter of a round fix whose base is a share of each cell: params relative=units, base=5.
const Relative = "relative"

// RoundRelative rounds an aggregate v over n units so that it tells no more than a count rounded to base does: to a
// multiple of the smallest 1 or 5 times a power of ten that is at least |v|·base/m, the part of the aggregate that base
// average units make up. Here m is n rounded to base, so that the width of the rounding tells no more of n either.
// Without it an exact mean beside a rounded count gives the exact count back: for whole numbers, mean times count is
// whole, which few counts near the rounded one fulfil; and a sum over ones is a count. Rounding again changes nothing.
func RoundRelative(v float64, n int64, base int) float64 {
	for range 4 { // a value that is rounded up over a power of ten may need the next unit
		next := roundOnce(v, n, base)
		if next == v {
			break
		}
		v = next
	}
	return v
}

func roundOnce(v float64, n int64, base int) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) || n < 1 || base <= 1 {
		return v
	}
	if math.Abs(v) < 1e-290 {
		return 0 // its unit would be below what a double can hold
	}
	five, exp := relativeUnit(math.Abs(v), n, base)
	unit := math.Pow10(exp)
	if five {
		unit *= 5
	}
	r := math.Round(v/unit) * unit
	// Through decimal text, so that equal multiples are equal bits.
	out, err := strconv.ParseFloat(strconv.FormatFloat(r, 'f', max(0, -exp), 64), 64)
	if err != nil || math.IsInf(out, 0) {
		return v
	}
	return out
}

// relativeUnit returns the smallest of 10^exp and 5·10^exp that is at least v·base/m.
func relativeUnit(v float64, n int64, base int) (five bool, exp int) {
	b := int64(base)
	least := v * float64(b) / float64(max(b, (n+b/2)/b*b))
	exp = int(math.Ceil(math.Log10(least) - 1e-12))
	if half := 5 * math.Pow10(exp-1); half >= least*(1-1e-12) {
		return true, exp - 1
	}
	return false, exp
}

// ApplyRelative applies a relative round fix to a whole result, whose row i rests on units[i] privacy units. It returns
// a new batch and the number of cells changed.
func ApplyRelative(rec arrow.RecordBatch, cols []yumen.ArtifactColumn, fix yumen.Fix, units []int64) (arrow.RecordBatch, int, error) {
	base, err := strconv.Atoi(fix.Params["base"])
	if err != nil || base < 1 || int64(len(units)) != rec.NumRows() {
		return nil, 0, yumen.Errorf(yumen.KindInvalid, "relative rounding needs a whole base and the units behind every row",
			"相对取整需要整数基数以及每行的主体数")
	}
	changed := 0
	arrs := slices.Clone(rec.Columns())
	for i, c := range cols {
		if !slices.Contains(fix.Columns, c.Name) {
			continue
		}
		out, n, err := roundColumn(rec.Column(i), units, base)
		if err != nil {
			return nil, 0, yumen.AsError(err).At(c.Name)
		}
		defer out.Release()
		arrs[i], changed = out, changed+n
	}
	return array.NewRecordBatch(rec.Schema(), arrs, rec.NumRows()), changed, nil
}

func roundColumn(a arrow.Array, units []int64, base int) (arrow.Array, int, error) {
	b := array.NewBuilder(memory.DefaultAllocator, a.DataType())
	defer b.Release()
	changed := 0
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		differs, err := appendRounded(b, a, i, units[i], base)
		if err != nil {
			return nil, 0, err
		}
		if differs {
			changed++
		}
	}
	return b.NewArray(), changed, nil
}

func appendRounded(b array.Builder, a arrow.Array, i int, n int64, base int) (bool, error) {
	switch a := a.(type) {
	case *array.Float64:
		v := RoundRelative(a.Value(i), n, base)
		b.(*array.Float64Builder).Append(v)
		return v != a.Value(i), nil
	case *array.Int64:
		v := roundScaled(big.NewInt(a.Value(i)), n, base)
		if !v.IsInt64() {
			v = big.NewInt(a.Value(i))
		}
		b.(*array.Int64Builder).Append(v.Int64())
		return v.Int64() != a.Value(i), nil
	case *array.Decimal128:
		t := a.DataType().(*arrow.Decimal128Type)
		v := decimal128.FromBigInt(roundScaled(a.Value(i).BigInt(), n, base))
		if !v.FitsInPrecision(t.Precision) {
			v = a.Value(i)
		}
		b.(*array.Decimal128Builder).Append(v)
		return v != a.Value(i), nil
	}
	return false, yumen.Errorf(yumen.KindInvalid, "only numbers can be rounded", "只有数值可以取整")
}

// roundScaled is RoundRelative in whole numbers, for integers and for the digits of decimals: the unit is relative to
// v, so the scale takes no part.
func roundScaled(v *big.Int, n int64, base int) *big.Int {
	for range 4 {
		next := roundScaledOnce(v, n, base)
		if next.Cmp(v) == 0 {
			break
		}
		v = next
	}
	return v
}

func roundScaledOnce(v *big.Int, n int64, base int) *big.Int {
	f, _ := new(big.Float).SetInt(v).Float64()
	if v.Sign() == 0 || n < 1 || base <= 1 {
		return v
	}
	five, exp := relativeUnit(math.Abs(f), n, base)
	if exp < 0 {
		return v // finer than the last digit
	}
	unit := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)
	if five {
		unit.Mul(unit, big.NewInt(5))
	}
	// Nearest, ties away from zero: (|v| + unit/2) / unit · unit with the sign of v.
	abs := new(big.Int).Abs(v)
	abs.Add(abs, new(big.Int).Rsh(unit, 1)).Quo(abs, unit).Mul(abs, unit)
	if v.Sign() < 0 {
		abs.Neg(abs)
	}
	return abs
}

// Rounded reports whether row i of a column, an aggregate over n units, is as RoundRelative leaves it. What is no
// number is.
func Rounded(a arrow.Array, i int, n int64, base int) bool {
	switch a := a.(type) {
	case *array.Float64:
		return RoundRelative(a.Value(i), n, base) == a.Value(i) || math.IsNaN(a.Value(i))
	case *array.Int64:
		return roundScaled(big.NewInt(a.Value(i)), n, base).Cmp(big.NewInt(a.Value(i))) == 0
	case *array.Decimal128:
		return roundScaled(a.Value(i).BigInt(), n, base).Cmp(a.Value(i).BigInt()) == 0
	}
	return true
}
