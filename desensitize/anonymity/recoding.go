package anonymity

// Recoding is a table cut into classes. Rows and quasi-identifiers count from 0, in the order they were given.
type Recoding struct {
	axes   []*axis
	of     []uint32    // row → class
	size   []uint32    // class → rows
	bounds [][2]uint32 // class · quasi-identifiers + quasi-identifier → least and greatest rank
}

// Rows returns the number of rows.
func (r *Recoding) Rows() int { return len(r.of) }

// Classes returns the number of classes cut. Classes whose labels are equal are one to whoever reads them, only larger.
func (r *Recoding) Classes() int { return len(r.size) }

// Class returns the class of a row.
func (r *Recoding) Class(row int) int { return int(r.of[row]) }

// Label returns what a quasi-identifier becomes in a class: one value, an interval [least,greatest] of the values that
// occur, or a label of its hierarchy.
func (r *Recoding) Label(class, quasi int) string {
	b := r.bounds[class*len(r.axes)+quasi]
	return r.axes[quasi].label(b[0], b[1])
}

// Utility is what the recoding cost: all of it but the entropies, which need one generalization for a whole column.
func (r *Recoding) Utility() Utility {
	u := Utility{AverageClassSize: float64(len(r.of)) / float64(len(r.size))}
	for class, n := range r.size {
		u.Discernibility += float64(n) * float64(n)
		for q, a := range r.axes {
			b := r.bounds[class*len(r.axes)+q]
			u.Loss += float64(n) * a.loss(b[0], b[1])
		}
	}
	u.Loss /= float64(len(r.of)) * float64(len(r.axes))
	return u
}
