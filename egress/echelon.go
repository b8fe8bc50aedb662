package egress

import (
	"slices"

	"github.com/yumen-data/yumen/internal/linear"
)

// echelon is a basis, in echelon form, of sparse vectors, by the first place that is not 0, where each has a 1. It is
// computed modulo a prime, as linear.Span is: the determinants of matrices that say which cells of a table stand in
// which lines are 0, 1 and −1 for two keys, and for more far below it.
type echelon map[int]vector

// vector is a sparse vector: the places of entries that are not 0, in order.
type vector []entry

type entry struct {
	at    int
	value int64
}

// ones is the vector with a 1 at each of some places in order.
func ones(at []int) (v vector) {
	for _, i := range at {
		v = append(v, entry{i, 1})
	}
	return v
}

// add puts a vector in.
func (e echelon) add(v vector) {
	if v = e.reduce(v); len(v) == 0 {
		return
	}
	inverse := linear.Invert(v[0].value)
	for i := range v {
		v[i].value = v[i].value * inverse % linear.Prime
	}
	e[v[0].at] = v
}

// reduce is what remains of a vector less a linear combination of those that are there: nothing if it is one.
func (e echelon) reduce(v vector) vector {
	v = slices.Clone(v)
	for len(v) > 0 {
		b, ok := e[v[0].at]
		if !ok {
			return v
		}
		v = v.less(v[0].value, b)
	}
	return nil
}

// less is v − factor·b.
func (v vector) less(factor int64, b vector) (out vector) {
	for len(v) > 0 || len(b) > 0 {
		switch {
		case len(b) == 0 || len(v) > 0 && v[0].at < b[0].at:
			out, v = append(out, v[0]), v[1:]
		case len(v) == 0 || b[0].at < v[0].at:
			out, b = append(out, entry{b[0].at, (linear.Prime - factor) * b[0].value % linear.Prime}), b[1:]
		default:
			if n := (v[0].value + (linear.Prime-factor)*b[0].value) % linear.Prime; n != 0 {
				out = append(out, entry{v[0].at, n})
			}
			v, b = v[1:], b[1:]
		}
	}
	return out
}
