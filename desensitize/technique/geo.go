package technique

import (
	"math"
	randv2 "math/rand/v2"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/yumen-data/yumen"
)

// Geo coarsens coordinates: the step's columns are latitude and longitude in degrees, in this order.
type Geo struct {
	Grid float64 `yaml:"grid" en:"metres; each point moves to the middle of its cell of about this size, 10 to 1000000" zh:"米；各点移至约此边长网格的中心，10 到 1000000"`
	Blur float64 `yaml:"blur" en:"metres; before that, each point moves by a random distance of twice this on average (planar Laplace)" zh:"米；先随机移动，平均距离为其两倍（平面拉普拉斯）"`
}

func (*Geo) about() About {
	return About{
		Title: yumen.Text{EN: "geographic generalization", ZH: "地理位置泛化"},
		Term: yumen.Text{EN: "generalization: rounding of coordinates; with blur, noise addition",
			ZH: "泛化技术：坐标取整；blur 为噪声添加"},
		Types: "double", Scope: RecordScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "position within a cell's size", ZH: "网格尺度内的位置"},
		Leaks:     yumen.Text{EN: "the cell; in empty country a cell is one household, and a track of cells is as telling as points", ZH: "所在网格；人口稀少处一格可能只有一户，连续网格与轨迹同样敏感"},
	}
}

const metresPerDegree = 111_320 // of latitude, and of longitude at the equator

func (p *Geo) bind(b *Binding) (Stage, error) {
	if len(b.Columns) != 2 || !(p.Grid >= 10 && p.Grid <= 1e6) || p.Blur < 0 || p.Blur > 1e6 {
		return nil, yumen.Errorf(yumen.KindInvalid,
			"name the columns of latitude and longitude, and a grid from 10 to 1000000 metres",
			"请依次列出纬度列与经度列，grid 为 10 到 1000000 米")
	}
	if err := b.takes(func(t yumen.Type) bool { return t == yumen.TypeDouble }); err != nil {
		return nil, err
	}
	random, err := b.random()
	return &geoStage{p: p, output: output{to: b.nullable()}, columns: b.Columns, random: random}, err
}

type geoStage struct {
	output
	p       *Geo
	columns []int
	random  *randv2.Rand
}

func (s *geoStage) Apply(mem memory.Allocator, rec arrow.RecordBatch) (arrow.RecordBatch, error) {
	lat, lon := rec.Column(s.columns[0]).(*array.Float64), rec.Column(s.columns[1]).(*array.Float64)
	var out [2]*array.Float64Builder
	for c := range out {
		out[c] = array.NewFloat64Builder(mem)
		defer out[c].Release()
	}
	for row := range lat.Len() {
		if lat.IsNull(row) || lon.IsNull(row) || !(math.Abs(lat.Value(row)) <= 90 && math.Abs(lon.Value(row)) <= 180) {
			s.suppress(lat, lon, row, out)
			continue
		}
		y, x := s.coarse(lat.Value(row), lon.Value(row))
		out[0].Append(y)
		out[1].Append(x)
		if y != lat.Value(row) {
			s.count.Cells++
		}
		if x != lon.Value(row) {
			s.count.Cells++
		}
	}
	return replaceNamed(rec, s.to, s.columns, func(c int, _ arrow.Array) (arrow.Array, error) {
		return out[c].NewArray(), nil
	})
}

// suppress makes both coordinates null: half of a point is as wrong as one off the globe.
func (s *geoStage) suppress(lat, lon *array.Float64, row int, out [2]*array.Float64Builder) {
	for c, a := range []*array.Float64{lat, lon} {
		out[c].AppendNull()
		if a.IsValid(row) {
			s.count.Cells++
			s.count.Unfit++
		}
	}
}

// coarse moves a point to the middle of its cell. Rows of cells are equally high; each has cells as wide as its
// middle's parallel allows.
func (s *geoStage) coarse(lat, lon float64) (float64, float64) {
	if s.p.Blur > 0 {
		lat, lon = s.blur(lat, lon)
	}
	height := s.p.Grid / metresPerDegree
	lat = clamp((math.Floor(lat/height)+0.5)*height, -90, 90)
	width := min(360, height/max(math.Cos(lat*math.Pi/180), 1e-6))
	lon = clamp((math.Floor(lon/width)+0.5)*width, -180, 180)
	return round7(lat), round7(lon)
}

// blur draws from the planar Laplace distribution (Andrés et al. 2013): a direction at random, and a distance that is
// the sum of two exponential ones.
func (s *geoStage) blur(lat, lon float64) (float64, float64) {
	angle := s.random.Float64() * 2 * math.Pi
	distance := s.p.Blur * (s.random.ExpFloat64() + s.random.ExpFloat64()) / metresPerDegree
	y := clamp(lat+distance*math.Sin(angle), -90, 90)
	x := lon + distance*math.Cos(angle)/max(math.Cos(lat*math.Pi/180), 1e-6)
	return y, math.Mod(math.Mod(x+180, 360)+360, 360) - 180
}

// round7 rounds to 10^-7 degrees, about a centimetre, so that equal cells are written alike.
func round7(v float64) float64 { return math.Round(v*1e7) / 1e7 }
