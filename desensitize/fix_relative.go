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

// Relative names the parameter of a round fix whose base is a share of each cell: params relative=units, base=5, p=0.1.
const Relative = "relative"

// Spread is what lies behind a cell, as the evidence says it.
type Spread struct {
	Units  int64   // privacy units of the group
	Values int64   // values that the measure takes in
	Total  float64 // sum over the units of the distance from 0 of what each adds to the measure
	// Of the lower part of a ratio.
	OverValues int64
	OverTotal  float64
}

// Grid says how coarse sums, means and other magnitudes are given, so that they tell no more than a count rounded to
// Base does. A Base of 1 asks for nothing.
//
//   - A sum is a multiple of the smallest 1, 2 or 5 times a power of ten that is at least the part of Spread.Total that
//     Base average units make up. It follows what units add, not the sum: that may vanish where values have both signs.
//     So is a count of rows that are not the data's alone (ArtifactColumn.Repeats), which is a sum of ones.
//   - A mean over n values is a multiple of the smallest such step that is at least max(u, P·B)/n. Here u is the step of the
//     values (ArtifactColumn.Step): then every count of the rounding interval stays possible, however many means are
//     shown; for mean times count is whole, which few counts near the rounded one would fulfil. B is the most that one
//     unit may add (ArtifactColumn.Bound; else ten times the mean): then one unit stays as vague as the p-percent rule
//     asks (SDC handbook, table 4.2). For n stands the least count that is rounded to Base as n is.
//   - A ratio likewise, with what its lower part adds up for n; see ratio.
//   - Correlations, skewness and kurtosis have two digits.
//   - Quantiles are computed from counts that are rounded to Base, and stay as they are.
//   - Anything else, such as a deviation, is a multiple of the part of itself that Base average units make up.
//
// Where the units are counted, they are rounded to Base, so that the step tells no more of them either.
type Grid struct {
	Base int
	P    float64
}

// Round rounds an aggregate v. Rounding again changes nothing.
func (g Grid) Round(c yumen.ArtifactColumn, s Spread, v float64) float64 {
	for range 4 { // a value that is rounded up over a power of ten may need the next step
		next := g.once(c, s, v)
		if next == v {
			break
		}
		v = next
	}
	return v
}

func (g Grid) once(c yumen.ArtifactColumn, s Spread, v float64) float64 {
	if v == 0 || math.IsNaN(v) || math.IsInf(v, 0) || g.Base <= 1 || s.Units < 1 {
		return v
	}
	if math.Abs(v) < 1e-290 {
		return 0 // its step would be below what a double can hold
	}
	least := g.least(c, s, v)
	if least <= 0 {
		return v
	}
	digit, exp := stepOf(least)
	// Through decimal text, so that equal multiples are equal bits.
	r := math.Round(v/(float64(digit)*math.Pow10(exp))) * float64(digit)
	out, err := strconv.ParseFloat(strconv.FormatFloat(r, 'f', 0, 64)+"e"+strconv.Itoa(exp), 64)
	if err != nil || math.IsInf(out, 0) {
		return v
	}
	return out + 0 // −0 is 0
}

// least is the least step that a cell may have; 0 asks for nothing.
func (g Grid) least(c yumen.ArtifactColumn, s Spread, v float64) float64 {
	if s.Units < 1 || g.Base <= 1 {
		return 0
	}
	b := int64(g.Base)
	units := float64(max(b, (s.Units+b/2)/b*b))
	switch c.Function {
	case "sum", "count": // of rows in whose number the statement has a hand
		return s.Total * float64(b) / units
	case "avg":
		return max(c.Step, g.P*most(c.Bound, v)) / g.fewest(s.Values)
	case "ratio":
		return g.ratio(c, s, units, v)
	case "corr", "skewness", "kurtosis":
		return 0.01
	case "quantile": // read from rounded counts
		return 0
	}
	return math.Abs(v) * float64(b) / units
}

// ratio is the least step of a ratio v. Where its lower part counts, it is a mean over what is counted: a mean of ones
// for a share. Where it adds values up, neither the upper part may follow more exactly from the lower one than the rule
// for a mean allows, nor the lower part from the upper one.
func (g Grid) ratio(c yumen.ArtifactColumn, s Spread, units, v float64) float64 {
	if c.Over == nil {
		return math.Abs(v)
	}
	if c.Over.Counts {
		return max(c.Step, g.P*most(c.Bound, v)) / g.fewest(int64(s.OverTotal))
	}
	step := s.OverTotal * float64(g.Base) / units
	if step <= 0 {
		return math.Abs(v)
	}
	digit, exp := stepOf(step)
	step = float64(digit) * math.Pow10(exp)
	over := max(0.4*step, math.Round(s.OverTotal/step)*step-step/2)
	upper, lower := g.P*c.Bound/over, math.Abs(v)*g.P*c.Over.Bound/over
	if c.Bound <= 0 {
		upper = g.P * most(0, v) / g.fewest(s.Values)
	}
	if c.Over.Bound <= 0 {
		lower = g.P * most(0, v) / g.fewest(s.OverValues)
	}
	return max(upper, lower, c.Step/over, math.Abs(v)*c.Over.Step/over)
}

// most is what one unit may add to a mean v: the bound where there is one.
func most(bound, v float64) float64 {
	if bound > 0 {
		return bound
	}
	return 10 * math.Abs(v)
}

// fewest is the least count that is rounded to the base as n is.
func (g Grid) fewest(n int64) float64 {
	b := int64(g.Base)
	return float64(max(1, (n+b/2)/b*b-b/2))
}

// stepOf returns the smallest of 10^exp, 2·10^exp and 5·10^exp that is at least least.
func stepOf(least float64) (digit int64, exp int) {
	exp = int(math.Floor(math.Log10(least) + 1e-12))
	for _, d := range []int64{1, 2, 5} {
		if float64(d)*math.Pow10(exp) >= least*(1-1e-12) {
			return d, exp
		}
	}
	return 1, exp + 1
}

// ApplyRelative applies a relative round fix to a whole result; spreads[i] gives, for row i, what lies behind the
// measure of a column. It returns a new batch and the number of cells changed.
func ApplyRelative(rec arrow.RecordBatch, cols []yumen.ArtifactColumn, fix yumen.Fix,
	spread func(row int, c yumen.ArtifactColumn) Spread) (arrow.RecordBatch, int, error) {
	base, err1 := strconv.Atoi(fix.Params["base"])
	p, err2 := strconv.ParseFloat(fix.Params["p"], 64)
	if err1 != nil || err2 != nil || base < 1 || !(p >= 0) {
		return nil, 0, yumen.Errorf(yumen.KindInvalid, "relative rounding needs a whole base and a ratio p",
			"相对取整需要整数基数与比例 p")
	}
	g, changed := Grid{base, p}, 0
	arrs := slices.Clone(rec.Columns())
	for i, c := range cols {
		if !slices.Contains(fix.Columns, c.Name) {
			continue
		}
		out, n, err := g.roundColumn(rec.Column(i), c, spread)
		if err != nil {
			return nil, 0, yumen.AsError(err).At(c.Name)
		}
		defer out.Release()
		arrs[i], changed = out, changed+n
	}
	return array.NewRecordBatch(rec.Schema(), arrs, rec.NumRows()), changed, nil
}

func (g Grid) roundColumn(a arrow.Array, c yumen.ArtifactColumn,
	spread func(int, yumen.ArtifactColumn) Spread) (arrow.Array, int, error) {
	b := array.NewBuilder(memory.DefaultAllocator, a.DataType())
	defer b.Release()
	changed := 0
	for i := range a.Len() {
		if a.IsNull(i) {
			b.AppendNull()
			continue
		}
		differs, err := g.appendRounded(b, a, i, c, spread(i, c))
		if err != nil {
			return nil, 0, err
		}
		if differs {
			changed++
		}
	}
	return b.NewArray(), changed, nil
}

func (g Grid) appendRounded(b array.Builder, a arrow.Array, i int, c yumen.ArtifactColumn, s Spread) (bool, error) {
	switch a := a.(type) {
	case *array.Float64:
		v := g.Round(c, s, a.Value(i))
		b.(*array.Float64Builder).Append(v)
		return v != a.Value(i), nil
	case *array.Int64:
		v := g.roundScaled(c, s, big.NewInt(a.Value(i)), 0)
		if !v.IsInt64() {
			v = big.NewInt(a.Value(i))
		}
		b.(*array.Int64Builder).Append(v.Int64())
		return v.Int64() != a.Value(i), nil
	case *array.Decimal128:
		t := a.DataType().(*arrow.Decimal128Type)
		v := decimal128.FromBigInt(g.roundScaled(c, s, a.Value(i).BigInt(), int(t.Scale)))
		if !v.FitsInPrecision(t.Precision) {
			v = a.Value(i)
		}
		b.(*array.Decimal128Builder).Append(v)
		return v != a.Value(i), nil
	}
	return false, yumen.Errorf(yumen.KindInvalid, "only numbers can be rounded", "只有数值可以取整")
}

// roundScaled is Round in whole numbers, for integers and for the digits of decimals.
func (g Grid) roundScaled(c yumen.ArtifactColumn, s Spread, v *big.Int, scale int) *big.Int {
	for range 4 {
		f, _ := new(big.Float).SetInt(v).Float64()
		least := g.least(c, s, f/math.Pow10(scale)) * math.Pow10(scale)
		if v.Sign() == 0 || least <= 0 {
			return v
		}
		digit, exp := stepOf(least)
		if exp < 0 {
			return v // finer than the last digit
		}
		step := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exp)), nil)
		step.Mul(step, big.NewInt(digit))
		// Nearest, ties away from zero: (|v| + step/2) / step · step with the sign of v.
		next := new(big.Int).Abs(v)
		next.Add(next, new(big.Int).Rsh(step, 1)).Quo(next, step).Mul(next, step)
		if v.Sign() < 0 {
			next.Neg(next)
		}
		if next.Cmp(v) == 0 {
			break
		}
		v = next
	}
	return v
}

// Rounded reports whether row i of a column is as Round leaves it. What is no number is.
func (g Grid) Rounded(a arrow.Array, i int, c yumen.ArtifactColumn, s Spread) bool {
	switch a := a.(type) {
	case *array.Float64:
		return g.Round(c, s, a.Value(i)) == a.Value(i) || math.IsNaN(a.Value(i))
	case *array.Int64:
		return g.roundScaled(c, s, big.NewInt(a.Value(i)), 0).Cmp(big.NewInt(a.Value(i))) == 0
	case *array.Decimal128:
		scale := int(a.DataType().(*arrow.Decimal128Type).Scale)
		return g.roundScaled(c, s, a.Value(i).BigInt(), scale).Cmp(a.Value(i).BigInt()) == 0
	}
	return true
}
