package technique

import (
	"math"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/differential-privacy/go/v3/noise"

	"github.com/yumen-data/yumen"
)

// Noise adds random numbers of mean 0. It draws them with Google's differential-privacy library, whose noise cannot be
// told from its lowest bits; that alone makes no release differentially private, which package privacy is for.
type Noise struct {
	Distribution string   `yaml:"distribution" en:"laplace, gaussian, or correlated (gaussian, with the correlations of the columns)" zh:"laplace、gaussian 或 correlated（按各列相关性的高斯噪声）"`
	Scale        float64  `yaml:"scale" en:"scale b of laplace, standard deviation of gaussian" zh:"laplace 的尺度 b、gaussian 的标准差"`
	Relative     float64  `yaml:"relative" en:"or the noise's standard deviation as a share of the column's (whole columns); mandatory for correlated" zh:"或噪声标准差占列标准差的比例（须持有整列）；correlated 必填"`
	Min          *float64 `yaml:"min" en:"results below this become this" zh:"结果低于此则取此值"`
	Max          *float64 `yaml:"max" en:"results above this become this" zh:"结果高于此则取此值"`
}

func (*Noise) about() About {
	return About{
		Title: yumen.Text{EN: "noise addition", ZH: "噪声添加"},
		Term:  yumen.Text{EN: "randomization: noise addition", ZH: "随机化技术：噪声添加"},
		Types: "integer, double, decimal", Scope: CellScope, Reversible: irreversible,
		Preserves: yumen.Text{EN: "means; with correlated, correlations and variances up to a known factor",
			ZH: "均值；correlated 还保持相关性，方差仅差已知倍数"},
		Leaks: yumen.Text{EN: "the value within a few scales; repeated releases average the noise out",
			ZH: "数个尺度内的真值；反复发布可平均掉噪声"},
	}
}

func (p *Noise) bind(b *Binding) (Stage, error) {
	known := p.Distribution == "laplace" || p.Distribution == "gaussian" || p.Distribution == "correlated"
	if !known || (p.Scale > 0) == (p.Relative > 0) || p.Distribution == "correlated" && p.Relative <= 0 ||
		p.Min != nil && p.Max != nil && *p.Min > *p.Max {
		return nil, yumen.Errorf(yumen.KindInvalid, "give a distribution and either scale or relative, above 0",
			"请给出 distribution，以及大于 0 的 scale 或 relative 之一")
	}
	if p.Relative > 0 {
		return newNumberStage(b, p.relative)
	}
	add := p.adder(p.Scale)
	return b.cells(func(i int) (Change, arrow.DataType, error) {
		if !b.kind(i).Numeric() {
			return nil, nil, wrongType(b.kind(i))
		}
		return eachNumber(func(_ int, v float64) float64 { return p.bounded(add(v)) }), b.Schema.Field(i).Type, nil
	})
}

func (p *Noise) bounded(v float64) float64 {
	low, high := math.Inf(-1), math.Inf(1)
	if p.Min != nil {
		low = *p.Min
	}
	if p.Max != nil {
		high = *p.Max
	}
	return clamp(v, low, high)
}

// adder returns what adds noise of a scale. NaN and infinities stay.
func (p *Noise) adder(scale float64) func(float64) float64 {
	// The library is asked for a guarantee, and its noise then scales with the sensitivity: ε = 1 gives Laplace of
	// scale 1.
	const epsilon, delta = 1, 1e-5
	add := func(v float64) (float64, error) { return noise.Laplace().AddNoiseFloat64(v, 1, scale, epsilon, 0) }
	if p.Distribution != "laplace" {
		sensitivity := scale / noise.SigmaForGaussian(1, 1, epsilon, delta)
		add = func(v float64) (float64, error) {
			return noise.Gaussian().AddNoiseFloat64(v, 1, sensitivity, epsilon, delta)
		}
	}
	return func(v float64) float64 {
		if !finite(v) {
			return v
		}
		out, err := add(v)
		if err != nil {
			return math.Inf(1) // a scale that the library cannot do: suppress
		}
		return out
	}
}

// relative adds noise in proportion to what the columns vary.
func (p *Noise) relative(cols [][]float64) ([][]float64, error) {
	if p.Distribution == "correlated" {
		return p.correlated(cols), nil
	}
	for _, col := range cols {
		scale := math.Sqrt(covariance(col, col)) * p.Relative
		if p.Distribution == "laplace" {
			scale /= math.Sqrt2 // the standard deviation of Laplace is √2 times its scale
		}
		if scale == 0 {
			continue
		}
		add := p.adder(scale)
		for row, v := range col {
			col[row] = p.bounded(add(v))
		}
	}
	return cols, nil
}

// correlated adds noise whose covariance is relative² times that of the columns (Kim 1986).
func (p *Noise) correlated(cols [][]float64) [][]float64 {
	lower := cholesky(cols)
	standard := p.adder(1)
	z := make([]float64, len(cols))
	for row := range cols[0] {
		for c := range z {
			z[c] = standard(0)
		}
		for c, col := range cols {
			sum := 0.0
			for j := range c + 1 {
				sum += lower[c][j] * z[j]
			}
			col[row] = p.bounded(col[row] + p.Relative*sum)
		}
	}
	return cols
}

// covariance is taken over the rows in which both columns have a number. It is computed in one pass (Welford 1962),
// which gives exactly 0 for a column that does not vary: the two passes of a library leave a rest, and the column would
// get noise.
func covariance(a, b []float64) float64 {
	meanA, meanB, c, n := 0.0, 0.0, 0.0, 0.0
	for i := range a {
		if !finite(a[i]) || !finite(b[i]) {
			continue
		}
		n++
		d := a[i] - meanA
		meanA += d / n
		meanB += (b[i] - meanB) / n
		c += d * (b[i] - meanB)
	}
	if n < 2 {
		return 0
	}
	return c / (n - 1)
}

// cholesky returns the lower triangle L with L·Lᵀ the covariance of the columns. A column that others determine adds
// nothing.
func cholesky(cols [][]float64) [][]float64 {
	lower := make([][]float64, len(cols))
	for i := range cols {
		lower[i] = make([]float64, len(cols))
		for j := range i + 1 {
			sum := covariance(cols[i], cols[j])
			for k := range j {
				sum -= lower[i][k] * lower[j][k]
			}
			switch {
			case i == j:
				lower[i][i] = math.Sqrt(max(0, sum))
			case lower[j][j] > 0:
				lower[i][j] = sum / lower[j][j]
			}
		}
	}
	return lower
}
