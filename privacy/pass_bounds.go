package privacy

import (
	"math/big"
	"math/bits"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// bounds are what one unit may add to each total of a question.
type bounds struct {
	groups     int
	rows       int64
	inputs     []bounded
	components []total
	more       bool // than sums of inputs is gathered
}

// bounded is an input with what is gathered of it for a unit.
type bounded struct {
	task.MeasuredInput
	centre        int64
	squares, tree bool
	distinct      bool
}

// more says that more than the sum is gathered.
func (in *bounded) more() bool { return in.squares || in.tree || in.distinct }

// total is a component with the bounds of one unit's share in one group.
type total struct {
	kind   task.ComponentKind
	input  int
	c      int64
	centre int64
	lo, hi Int128 // of a sum
}

func newBounds(q *task.Question) (bounds, error) {
	b := bounds{groups: q.GroupsPerUnit, rows: int64(q.RowsPerUnit)}
	if b.groups < 1 || b.rows < 1 {
		return b, yumen.Errorf(yumen.KindInternal, "a unit must be let count at least once", "每个主体至少应计一次")
	}
	for _, in := range q.Inputs {
		if in.Lo > in.Hi {
			return b, yumen.Errorf(yumen.KindInternal, "the interval of an input is empty", "输入的取值区间为空")
		}
		b.inputs = append(b.inputs, bounded{MeasuredInput: in, centre: in.Centre()})
	}
	for _, c := range Components(q) {
		t := total{kind: c.Kind, input: c.Input, c: b.rows}
		if c.Input > 0 {
			in := &b.inputs[c.Input-1]
			t.centre, t.lo, t.hi = in.centre, product(b.rows, min(in.Lo, 0)), product(b.rows, max(in.Hi, 0))
			in.squares = in.squares || c.Kind == task.TotalSquares
			in.tree = in.tree || c.Kind == task.TotalTree
			in.distinct = in.distinct || c.Kind == task.TotalDistinct
			if in.tree && in.distinct {
				return b, yumen.Errorf(yumen.KindInternal, "quantiles and distinct values need inputs of their own",
					"分位数与不同取值数须各用一个输入")
			}
			b.more = b.more || in.more()
			if in.squares && uint64(in.Hi)-uint64(in.Lo) >= 2*maxDistance {
				return b, yumen.Errorf(yumen.KindInvalid, "the interval of an input is too wide for a variance",
					"输入的取值区间过宽，无法求方差")
			}
		}
		b.components = append(b.components, t)
	}
	return b, nil
}

// rows returns the share of a unit with n rows.
func (t *total) rows(n int64) Int128 {
	if t.kind == task.TotalUnits {
		return Int(min(n, 1))
	}
	return Int(min(n, t.c))
}

// sum returns the share of a unit's sum. As few values as may count cannot leave the bounds.
func (t *total) sum(c *cell) Int128 {
	if c.n <= t.c {
		return c.sum
	}
	return c.sum.clamp(t.lo, t.hi)
}

// scaled returns s times min(1, c/n), rounded towards zero: it lies no farther from zero than c times the farthest
// value.
func scaled(s Int128, c, n int64) Int128 {
	if n <= c {
		return s
	}
	negative := s.Hi < 0
	if negative {
		s = s.Neg()
	}
	if s.Hi == 0 {
		if hi, lo := bits.Mul64(s.Lo, uint64(c)); hi < uint64(n) {
			q, _ := bits.Div64(hi, lo, uint64(n))
			s = Int128{0, q}
		} else {
			s = scaledSlowly(s, c, n)
		}
	} else {
		s = scaledSlowly(s, c, n)
	}
	if negative {
		return s.Neg()
	}
	return s
}

// scaledSlowly is scaled for s that is not negative, by arithmetic without bounds.
func scaledSlowly(s Int128, c, n int64) Int128 {
	x := new(big.Int).SetUint64(uint64(s.Hi))
	x.Lsh(x, 64).Or(x, new(big.Int).SetUint64(s.Lo))
	x.Mul(x, big.NewInt(c)).Quo(x, big.NewInt(n))
	low := new(big.Int).And(x, new(big.Int).SetUint64(1<<64-1))
	return Int128{int64(x.Rsh(x, 64).Uint64()), low.Uint64()}
}

// product returns a·b exactly.
func product(a, b int64) Int128 {
	hi, lo := bits.Mul64(uint64(a), uint64(b))
	h := int64(hi)
	if a < 0 {
		h -= b
	}
	if b < 0 {
		h -= a
	}
	return Int128{h, lo}
}

func square(x int64) Int128 { return product(x, x) }
