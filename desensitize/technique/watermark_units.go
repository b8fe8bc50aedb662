package technique

import (
	"math"
	"math/big"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/arrowio"
)

// units counts the numbers of a column in units of the resolution.
type units interface {
	// parity returns the parity of the number; false where there is none to speak of.
	parity(in arrow.Array, row int) (int64, bool)
	// append appends the number moved up or down by one unit, or the other way where that does not fit.
	append(b array.Builder, in arrow.Array, row int, up bool)
}

func unitsOf(dt arrow.DataType, resolution *big.Rat) (units, error) {
	t, _ := arrowio.TypeOf(dt)
	if t == yumen.TypeDouble {
		f, _ := resolution.Float64()
		return doubleUnits(f), nil
	}
	precision, scale, decimal := t.Decimal()
	unscaled := new(big.Rat).Mul(resolution, new(big.Rat).SetInt(pow10(scale)))
	switch {
	case t != yumen.TypeInteger && t != yumen.TypeDate && !decimal:
		return nil, wrongType(t)
	case !unscaled.IsInt() || !unscaled.Num().IsInt64() || unscaled.Num().Int64() > math.MaxInt32 && !decimal:
		return nil, yumen.Errorf(yumen.KindInvalid, "the resolution does not fit the column's type %s",
			"分辨单位与列类型 %s 不符", t)
	case decimal && new(big.Int).Lsh(unscaled.Num(), 2).Cmp(pow10(precision)) >= 0:
		return nil, yumen.Errorf(yumen.KindInvalid, "the resolution is too coarse for the column's type %s",
			"分辨单位对列类型 %s 过粗", t)
	case decimal:
		return &decimalUnits{unscaled.Num()}, nil
	}
	return integerUnits(unscaled.Num().Int64()), nil
}

// integerUnits are for integers and dates.
type integerUnits int64

func (u integerUnits) value(in arrow.Array, row int) int64 {
	if d, ok := in.(*array.Date32); ok {
		return int64(d.Value(row))
	}
	return in.(*array.Int64).Value(row)
}

func (u integerUnits) parity(in arrow.Array, row int) (int64, bool) {
	q, _ := floorDiv(u.value(in, row), int64(u))
	return q & 1, true
}

func (u integerUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := u.value(in, row)
	date, isDate := b.(*array.Date32Builder)
	low, high := int64(math.MinInt64), int64(math.MaxInt64)
	if isDate {
		low, high = firstDay, lastDay
	} else if v >= 0 {
		low = 0 // counts stay counts
	}
	step := int64(u)
	if up && v > high-step || !up && v >= low+step {
		step = -step
	}
	if isDate {
		date.Append(arrow.Date32(v + step))
		return
	}
	b.(*array.Int64Builder).Append(v + step)
}

type doubleUnits float64

func (u doubleUnits) parity(in arrow.Array, row int) (int64, bool) {
	q := math.Floor(in.(*array.Float64).Value(row)/float64(u) + 0.5)
	if !(math.Abs(q) < 1<<52) {
		return 0, false
	}
	return int64(q) & 1, true
}

func (u doubleUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := in.(*array.Float64).Value(row)
	step := float64(u)
	if !up && !(v >= 0 && v < step) {
		step = -step
	}
	b.(*array.Float64Builder).Append(v + step)
}

type decimalUnits struct{ base *big.Int }

func (u *decimalUnits) parity(in arrow.Array, row int) (int64, bool) {
	q := new(big.Int).Div(in.(*array.Decimal128).Value(row).BigInt(), u.base)
	return int64(q.Bit(0)), true
}

func (u *decimalUnits) append(b array.Builder, in arrow.Array, row int, up bool) {
	v := in.(*array.Decimal128).Value(row).BigInt()
	limit := pow10(int(in.DataType().(*arrow.Decimal128Type).Precision))
	moved := new(big.Int).Add(v, u.base)
	if down := new(big.Int).Sub(v, u.base); moved.Cmp(limit) >= 0 || !up &&
		(down.Sign() >= 0 || v.Sign() < 0 && down.CmpAbs(limit) < 0) {
		moved = down
	}
	b.(*array.Decimal128Builder).Append(decimal128.FromBigInt(moved))
}
