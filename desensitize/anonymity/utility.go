package anonymity

// Utility is what a generalization cost, by all metrics, suppressed rows counted as Metric says.
type Utility struct {
	Entropy           float64 `json:"entropy"`            // NonUniformEntropy, in bits
	NormalizedEntropy float64 `json:"normalized_entropy"` // Entropy ÷ that of generalizing every cell to one value, in [0,1]
	Loss              float64 `json:"loss"`               // Loss, in [0,1]
	Discernibility    float64 `json:"discernibility"`     // Discernibility
	AverageClassSize  float64 `json:"average_class_size"` // AverageClassSize
}

// Utility computes all metrics for the solution, with weights 1.
func (s *Solution) Utility() Utility {
	weights := make([]float64, len(s.Quasi))
	for i := range weights {
		weights[i] = 1
	}
	value := func(m Metric) float64 {
		// The metrics are the ones above, the only cause of an error.
		sc, _ := newScorer(s.part.v, s.part.ladders, m, weights, false)
		score, _ := sc.score(s.part)
		return score
	}
	u := Utility{Entropy: value(NonUniformEntropy), Loss: value(Loss), Discernibility: value(Discernibility),
		AverageClassSize: value(AverageClassSize)}
	total := 0.0
	for c, l := range s.part.ladders {
		costs := entropyCosts(s.part.v, c, l)
		total += costs[len(costs)-1]
	}
	if total > 0 {
		u.NormalizedEntropy = u.Entropy / total
	}
	return u
}

// SuppressedRows marks the rows of the table that the solution suppresses.
func (s *Solution) SuppressedRows() []bool {
	marks := make([]bool, len(s.part.v.of))
	for row, tuple := range s.part.v.of {
		marks[row] = s.part.bad[s.part.ids[tuple]] && (s.released == nil || s.released[row])
	}
	return marks
}

// Apply returns the table with its quasi-identifiers generalized. Suppressed rows are left out if drop is set;
// otherwise they stay with Suppressed in every quasi-identifier and their other cells unchanged, as ARX writes them,
// which leaves one class that need not meet the models. Rows of a population that are not released are left out.
func (s *Solution) Apply(drop bool) *Table {
	v := s.part.v
	var rows []int32
	for row, tuple := range v.of {
		if (s.released == nil || s.released[row]) && !(drop && s.part.bad[s.part.ids[tuple]]) {
			rows = append(rows, int32(row))
		}
	}
	out := &Table{rows: len(rows), cols: make([]column, len(v.table.cols)), at: v.table.at}
	for i := range out.cols {
		out.cols[i] = v.table.cols[i].keep(rows)
	}
	for c, place := range v.quasi {
		out.cols[place] = s.generalized(c, place, rows)
	}
	return out
}

// keep returns a column with the given rows only.
func (c *column) keep(rows []int32) column {
	out := column{name: c.name, values: c.values, null: c.null, codes: make([]uint32, len(rows))}
	for i, row := range rows {
		out.codes[i] = c.codes[row]
	}
	return out
}

func (s *Solution) generalized(c, place int, rows []int32) column {
	v, l, level := s.part.v, s.part.ladders[c], s.Levels[c]
	labels := l.labels[level]
	star := uint32(len(labels))
	for code, label := range labels {
		if label == Suppressed {
			star = uint32(code)
		}
	}
	if int(star) == len(labels) {
		labels = append(labels[:len(labels):len(labels)], Suppressed)
	}
	out := column{name: v.table.cols[place].name, values: labels, null: -1, codes: make([]uint32, len(rows))}
	for i, row := range rows {
		tuple := v.of[row]
		if out.codes[i] = l.to[level][v.code[c][tuple]]; s.part.bad[s.part.ids[tuple]] {
			out.codes[i] = star
		}
	}
	return out
}
