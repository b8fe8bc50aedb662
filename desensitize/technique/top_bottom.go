package technique

import (
	"math"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// TopBottom replaces numbers above or below a threshold by the threshold.
type TopBottom struct {
	Top     *float64 `yaml:"top" en:"the upper threshold" zh:"上阈值"`
	Bottom  *float64 `yaml:"bottom" en:"the lower threshold" zh:"下阈值"`
	Percent float64  `yaml:"percent" en:"or the share in percent coded at each end, up to 49; thresholds are then taken from the table (whole columns)" zh:"或两端各编码的百分比，至多 49；阈值取自全表（须持有整列）"`
}

func (*TopBottom) about() About {
	return About{
		Title: yumen.Text{EN: "top and bottom coding", ZH: "顶层与底层编码"},
		Term:  yumen.Text{EN: "generalization: top and bottom coding", ZH: "泛化技术：顶层与底层编码"},
		Types: "integer, double, decimal", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "all values between the thresholds, ranks", ZH: "阈值之间的值与名次"},
		Leaks: yumen.Text{EN: "that a value lies beyond; a threshold taken by percent is a value of the table",
			ZH: "该值超出阈值；按百分比取的阈值本身是表中的值"},
	}
}

func (p *TopBottom) bind(b *Binding) (Stage, error) {
	fixed := p.Top != nil || p.Bottom != nil
	if fixed == (p.Percent != 0) || p.Percent < 0 || p.Percent > 49 || p.Top != nil && p.Bottom != nil &&
		*p.Top < *p.Bottom {
		return nil, yumen.Errorf(yumen.KindInvalid, "give top, bottom or both in order, or percent from 0 to 49",
			"请给出 top、bottom（次序正确），或 0 到 49 的 percent")
	}
	if !fixed {
		return newNumberStage(b, p.byPercent)
	}
	low, high := math.Inf(-1), math.Inf(1)
	if p.Bottom != nil {
		low = *p.Bottom
	}
	if p.Top != nil {
		high = *p.Top
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		if !b.kind(i).Numeric() {
			return nil, nil, wrongType(b.kind(i))
		}
		// Thresholds that the type cannot hold move inwards.
		unit := 1.0
		if _, scale, _ := b.kind(i).Decimal(); scale > 0 {
			unit = math.Pow10(scale)
		}
		low, high := low, high
		if b.kind(i) != yumen.TypeDouble {
			low, high = math.Ceil(low*unit)/unit, math.Floor(high*unit)/unit
		}
		return eachNumber(func(_ int, v float64) float64 { return clamp(v, low, high) }), b.Schema.Field(i).Type, nil
	})
}

// clamp brings v between low and high; NaN stays.
func clamp(v, low, high float64) float64 {
	switch {
	case v < low:
		return low
	case v > high:
		return high
	}
	return v
}

// byPercent takes the nearest-rank percentiles of each column for thresholds.
func (p *TopBottom) byPercent(cols [][]float64) ([][]float64, error) {
	for _, col := range cols {
		sorted := slices.DeleteFunc(slices.Clone(col), math.IsNaN)
		if len(sorted) == 0 {
			continue
		}
		slices.Sort(sorted)
		rank := int(math.Ceil(p.Percent / 100 * float64(len(sorted))))
		low, high := sorted[min(rank, len(sorted)-1)], sorted[max(len(sorted)-1-rank, 0)]
		for row, v := range col {
			col[row] = clamp(v, low, high)
		}
	}
	return cols, nil
}
