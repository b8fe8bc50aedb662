package technique

import (
	"math"
	"slices"
	"strconv"

	"github.com/apache/arrow-go/v18/arrow"

	"github.com/yumen-data/yumen"
)

// Interval replaces numbers by the interval they fall in, closed below and open above, written [20,30).
type Interval struct {
	Width  float64   `yaml:"width" en:"width of intervals of one size" zh:"等宽区间的宽度"`
	Origin float64   `yaml:"origin" en:"where one of them begins, 0 if absent" zh:"某一区间的起点，缺省为 0"`
	Cuts   []float64 `yaml:"cuts" en:"or the bounds between intervals, rising; the outer ones are open: <20, ≥65" zh:"或递增的分界点；两端开放：<20、≥65"`
}

func (*Interval) about() About {
	return About{
		Title: yumen.Text{EN: "intervals", ZH: "区间化"},
		Term:  yumen.Text{EN: "generalization into intervals", ZH: "泛化技术：区间泛化"},
		Types: "integer, double, decimal → text", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "order between intervals, truth of every statement", ZH: "区间之间的次序；所述内容仍为真"},
		Leaks:     yumen.Text{EN: "the interval; sparsely filled ones single out", ZH: "所属区间；稀疏区间仍可能识别个体"},
	}
}

func (p *Interval) bind(b *Binding) (Stage, error) {
	rising := slices.IsSorted(p.Cuts) && len(slices.Compact(slices.Clone(p.Cuts))) == len(p.Cuts)
	if (p.Width > 0) == (len(p.Cuts) > 0) || p.Width < 0 || !rising {
		return nil, yumen.Errorf(yumen.KindInvalid, "give a positive width, or rising cuts", "请给出正的 width，或递增的 cuts")
	}
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		if !b.kind(i).Numeric() {
			return nil, nil, yumen.Errorf(yumen.KindInvalid, "intervals are for numbers", "区间化用于数值")
		}
		return eachNumberText(p.write), arrow.BinaryTypes.String, nil
	})
}

func (p *Interval) write(dst []byte, v float64) ([]byte, bool) {
	if math.IsNaN(v) {
		return dst, false
	}
	if p.Width > 0 {
		low := math.Floor((v-p.Origin)/p.Width)*p.Width + p.Origin
		if math.IsInf(low, 0) || low+p.Width <= low {
			return dst, false
		}
		return appendInterval(dst, low, low+p.Width), true
	}
	i, found := slices.BinarySearch(p.Cuts, v)
	if found {
		i++
	}
	switch i {
	case 0:
		return appendFloat(append(dst, '<'), p.Cuts[0]), true
	case len(p.Cuts):
		return appendFloat(append(dst, "≥"...), p.Cuts[i-1]), true
	}
	return appendInterval(dst, p.Cuts[i-1], p.Cuts[i]), true
}

func appendInterval(dst []byte, low, high float64) []byte {
	dst = appendFloat(append(dst, '['), low)
	return append(appendFloat(append(dst, ','), high), ')')
}

func appendFloat(dst []byte, v float64) []byte { return strconv.AppendFloat(dst, v, 'f', -1, 64) }
