package technique

import (
	"math"
	"slices"
)

// standardized returns the records as points one after another, with mean 0 and standard deviation 1 in each column.
func standardized(cols [][]float64, rows []int) []float64 {
	points := make([]float64, len(rows)*len(cols))
	for c, col := range cols {
		mean, m2 := 0.0, 0.0
		for i, r := range rows {
			d := col[r] - mean
			mean += d / float64(i+1)
			m2 += d * (col[r] - mean)
		}
		sd := math.Sqrt(m2 / float64(len(rows)))
		for i, r := range rows {
			if sd > 0 {
				points[i*len(cols)+c] = (col[r] - mean) / sd
			}
		}
	}
	return points
}

// mdav groups points.
type mdav struct {
	points []float64
	dims   int
	k      int
	rest   []int // not yet in a group
	sum    []float64
	near   []near // scratch, the k nearest by falling distance
}

type near struct {
	distance float64
	at       int // in rest
}

func (m *mdav) point(i int) []float64 { return m.points[i*m.dims : (i+1)*m.dims] }

func (m *mdav) groups() [][]int {
	m.rest, m.sum = allRows(len(m.points)/m.dims), make([]float64, m.dims)
	for _, i := range m.rest {
		m.addTo(1, i)
	}
	var groups [][]int
	for len(m.rest) >= 3*m.k {
		far := m.farthest(m.centroid())
		groups = append(groups, m.take(m.point(far)))
		groups = append(groups, m.take(m.point(m.farthest(m.point(far)))))
	}
	if len(m.rest) >= 2*m.k {
		groups = append(groups, m.take(m.point(m.farthest(m.centroid()))))
	}
	return append(groups, m.rest)
}

func (m *mdav) addTo(sign float64, i int) {
	for c, v := range m.point(i) {
		m.sum[c] += sign * v
	}
}

func (m *mdav) centroid() []float64 {
	mean := make([]float64, m.dims)
	for c := range mean {
		mean[c] = m.sum[c] / float64(len(m.rest))
	}
	return mean
}

func (m *mdav) farthest(from []float64) int {
	best, at := -1.0, 0
	for _, i := range m.rest {
		if d := distance(m.point(i), from); d > best {
			best, at = d, i
		}
	}
	return at
}

// take makes a group of the k points nearest to one, and takes them out of the rest.
func (m *mdav) take(to []float64) []int {
	m.near = m.near[:0]
	for at, i := range m.rest {
		d := distance(m.point(i), to)
		switch {
		case len(m.near) < m.k:
			m.near = append(m.near, near{d, at})
		case d < m.near[0].distance:
			m.near = append(m.near[1:], near{d, at})
		default:
			continue
		}
		for j := len(m.near) - 1; j > 0 && m.near[j].distance > m.near[j-1].distance; j-- {
			m.near[j], m.near[j-1] = m.near[j-1], m.near[j]
		}
	}
	// From the back of rest to its front, so that each place still holds what it held.
	slices.SortFunc(m.near, func(a, b near) int { return b.at - a.at })
	group := make([]int, 0, m.k)
	for _, n := range m.near {
		i := m.rest[n.at]
		group = append(group, i)
		m.addTo(-1, i)
		m.rest[n.at] = m.rest[len(m.rest)-1]
		m.rest = m.rest[:len(m.rest)-1]
	}
	return group
}

func distance(a, b []float64) float64 {
	d := 0.0
	for i := range a {
		d += (a[i] - b[i]) * (a[i] - b[i])
	}
	return d
}
