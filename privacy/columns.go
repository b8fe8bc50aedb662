package privacy

import (
	"strconv"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
)

// decimalScale is the most digits after the point that a sum of decimals keeps; with more of them it is a double.
const decimalScale = 18

// Columns are those of a question's noisy table: k1 … (the keys, in their own types), v1 … (the measures) and e1 …
// (half the width of the 95 % interval of each that noise alone causes, of a quantile as a part of all ranks). A count
// is an integer and may be negative; a sum is an integer, held to 64 bits, for integers and booleans, decimal(38,s) for
// decimals of scale s ≤ 18; everything else is a double. No measure is ever NULL.
func Columns(q *task.Question) []yumen.OutputColumn {
	var cols []yumen.OutputColumn
	for i, k := range q.Keys {
		cols = append(cols, yumen.OutputColumn{Name: "k" + strconv.Itoa(i+1), Type: k.Type})
	}
	for i, m := range q.Measures {
		cols = append(cols, yumen.OutputColumn{Name: "v" + strconv.Itoa(i+1), Type: measureType(q, m)})
	}
	for i := range q.Measures {
		cols = append(cols, yumen.OutputColumn{Name: "e" + strconv.Itoa(i+1), Type: yumen.TypeDouble})
	}
	return cols
}

func measureType(q *task.Question, m task.Measure) yumen.Type {
	switch m.Fn {
	case task.MeasureCount, task.MeasureUnits, task.MeasureDistinct:
		return yumen.TypeInteger
	case task.MeasureSum:
		return sumType(q.Inputs[m.Input-1].Type)
	}
	return yumen.TypeDouble
}

func sumType(in yumen.Type) yumen.Type {
	if in == yumen.TypeInteger || in == yumen.TypeBoolean {
		return yumen.TypeInteger
	}
	if _, scale, ok := in.Decimal(); ok && scale <= decimalScale {
		return yumen.Type("decimal(38," + strconv.Itoa(scale) + ")")
	}
	return yumen.TypeDouble
}

// Groups returns how many groups are answered where every key is public.
func Groups(q *task.Question) (n int, public bool) {
	if !Public(q) {
		return 0, false
	}
	n = 1
	for _, k := range q.Keys {
		size := len(k.Domain)
		if k.Null {
			size++
		}
		if n *= size; n > maxDraws {
			return maxDraws + 1, true
		}
	}
	return n, true
}
