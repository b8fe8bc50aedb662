package linear

import (
	"math"
	"slices"
)

// Near is a number, and how far it may be off.
type Near struct{ Value, Off float64 }

// Single is half the distance of numbers of single precision: what is nearer than that is taken for equal.
const Single = 1.0 / (1 << 24)

// nearSpan is a basis as Span is, of vectors that are not known exactly. How far entries may be off is carried along
// (Higham, Accuracy and Stability of Numerical Algorithms, 2nd ed., section 2.2 and chapter 9).
type nearSpan []nearVector

type nearVector struct {
	lead int // the entry is 1
	of   []Near
}

// Add puts a vector in, and reports whether it was certainly no linear combination of those that are there.
func (s *nearSpan) Add(v []Near) bool {
	v = s.Reduced(v)
	lead := -1
	for i, x := range v {
		if math.Abs(x.Value) > 2*x.Off && (lead < 0 || math.Abs(x.Value) > math.Abs(v[lead].Value)) {
			lead = i
		}
	}
	if lead < 0 {
		return false
	}
	by, least := v[lead], math.Abs(v[lead].Value)-v[lead].Off
	for i, x := range v {
		q := x.Value / by.Value
		v[i] = Near{q, (x.Off + math.Abs(q)*by.Off) / least}
	}
	v[lead] = Near{Value: 1}
	*s = append(*s, nearVector{lead, v})
	return true
}

// Reduced is what remains of a vector less a linear combination of those that are there.
func (s nearSpan) Reduced(v []Near) []Near {
	v = slices.Clone(v)
	for _, b := range s {
		f := v[b.lead]
		for i, x := range b.of {
			v[i].Value -= f.Value * x.Value
			v[i].Off += math.Abs(f.Value)*x.Off + f.Off*(math.Abs(x.Value)+x.Off)
		}
		v[b.lead] = Near{}
	}
	return v
}

// Scale brings the values of each figure to 1 at most, and says how far they may be off: as numbers of single precision
// are, and what adding up rows of both signs may lose.
func Scale(rows []NearRow) {
	var most []float64
	for _, r := range rows {
		most = append(most, make([]float64, max(0, len(r.Adds)-len(most)))...)
		for i, x := range r.Adds {
			most[i] = max(most[i], math.Abs(x.Value))
		}
	}
	for _, r := range rows {
		for i, x := range r.Adds {
			if most[i] > 0 {
				v := x.Value / most[i]
				r.Adds[i] = Near{v, math.Abs(v)*Single + lost}
			}
		}
	}
}

// lost is what sums may be off by, beside the largest: thousands of rows of a unit at the precision of doubles.
const lost = 1e-12
