package anonymity

import (
	"math"

	"github.com/yumen-data/yumen"
)

// Metric is what a generalization costs; a search minimizes it.
type Metric string

// The metrics. n is the number of rows; a suppressed row is one whose quasi-identifiers all become Suppressed. All of
// them grow from a generalization to a coarser one as long as suppressed rows are left out of the score; with
// suppressed rows counted, they need not.
const (
	// NonUniformEntropy is the sum over all cells of −log₂(count of the original value ÷ count of the value it is
	// generalized to), counts over the whole table, in bits (Gionis and Tassa 2009; ARX). Suppressed rows count
	// further: for each column, the sum over their cells of −log₂(count of the generalized value among the suppressed
	// rows ÷ number of suppressed rows), which is the loss of generalizing them on to one value.
	NonUniformEntropy Metric = "entropy"
	// Loss is the mean over all cells of (values below the generalized value − 1) ÷ (all values of the hierarchy − 1),
	// in [0,1] (Iyengar 2002). A suppressed cell counts 1.
	Loss Metric = "loss"
	// Discernibility is the sum over the classes of the square of their size; a suppressed row counts n (Bayardo and
	// Agrawal 2005).
	Discernibility Metric = "discernibility"
	// AverageClassSize is n ÷ the number of classes, the suppressed rows taken as one class (LeFevre et al. 2006, there
	// divided by k).
	AverageClassSize Metric = "class-size"
)

// scorer computes one metric for generalizations of one table.
type scorer struct {
	metric  Metric
	exclude bool        // leave suppressed rows out
	cost    [][]float64 // column → level → cost of that level alone; nil for metrics of the classes
	weights []float64   // of the columns
	loss    []float64   // column → cost of one suppressed cell, for Loss
	rows    float64
}

func newScorer(v *tuples, ladders []*ladder, metric Metric, weights []float64, exclude bool) (*scorer, error) {
	s := &scorer{metric: metric, exclude: exclude, weights: weights, rows: float64(v.rows)}
	switch metric {
	case NonUniformEntropy:
		for c, l := range ladders {
			s.cost = append(s.cost, scaled(entropyCosts(v, c, l), weights[c]))
		}
	case Loss:
		total := 0.0
		for _, w := range weights {
			total += w
		}
		for c, l := range ladders {
			unit := weights[c] / (total * s.rows)
			s.cost = append(s.cost, scaled(lossCosts(v, c, l), unit))
			s.loss = append(s.loss, unit)
		}
	case Discernibility, AverageClassSize:
	default:
		return nil, yumen.Errorf(yumen.KindInvalid, "there is no metric %s", "没有度量 %s", metric).
			ToFix("use entropy, loss, discernibility or class-size", "请使用 entropy、loss、discernibility 或 class-size")
	}
	return s, nil
}

func scaled(x []float64, by float64) []float64 {
	for i := range x {
		x[i] *= by
	}
	return x
}

// entropyCosts returns the non-uniform entropy of one column at each level.
func entropyCosts(v *tuples, c int, l *ladder) []float64 {
	counts := v.valueCounts(c)
	costs := make([]float64, l.levels())
	for level := range costs {
		sums := make([]float64, l.card[level])
		for code, n := range counts {
			sums[l.to[level][code]] += n
		}
		for code, n := range counts {
			if n > 0 {
				costs[level] -= n * math.Log2(n/sums[l.to[level][code]])
			}
		}
	}
	return costs
}

// lossCosts returns the sum of Iyengar's loss over the cells of one column at each level.
func lossCosts(v *tuples, c int, l *ladder) []float64 {
	counts := v.valueCounts(c)
	costs := make([]float64, l.levels())
	for level := range costs {
		for code, n := range counts {
			costs[level] += n * l.share[level][l.to[level][code]]
		}
	}
	return costs
}

// valueCounts returns how many released rows have each value of a column.
func (v *tuples) valueCounts(c int) []float64 {
	counts := make([]float64, len(v.table.cols[v.place(c)].values))
	for i, code := range v.code[c] {
		counts[code] += float64(v.count[i])
	}
	return counts
}

func (v *tuples) place(c int) int {
	if c < len(v.quasi) {
		return v.quasi[c]
	}
	return v.sensitive[c-len(v.quasi)]
}

// bound returns a lower bound of the score of a generalization and of all coarser ones that needs no look at the data:
// the score without suppressed rows. It is 0 for metrics of the classes.
func (s *scorer) bound(levels []uint8) float64 {
	sum := 0.0
	for c := range s.cost {
		sum += s.cost[c][levels[c]]
	}
	return sum
}

// score returns the score of a generalization, and a lower bound of it and of all coarser ones.
func (s *scorer) score(p *partition) (score, bound float64) {
	switch s.metric {
	case NonUniformEntropy:
		bound = s.bound(p.levels)
		return bound + s.when(p.suppressed > 0, func() float64 { return s.suppressedEntropy(p) }), bound
	case Loss:
		bound = s.bound(p.levels)
		return bound + s.when(p.suppressed > 0, func() float64 { return s.suppressedLoss(p) }), bound
	case Discernibility:
		return s.discernibility(p)
	default:
		return s.averageClassSize(p)
	}
}

func (s *scorer) when(suppressed bool, extra func() float64) float64 {
	if !suppressed || s.exclude {
		return 0
	}
	return extra()
}

// suppressedEntropy is what generalizing the suppressed rows on to one value adds.
func (s *scorer) suppressedEntropy(p *partition) float64 {
	sum := 0.0
	for c, l := range p.ladders {
		counts := make([]float64, l.card[p.levels[c]])
		p.eachSuppressed(func(i int) {
			counts[l.to[p.levels[c]][p.v.code[c][i]]] += float64(p.v.count[i])
		})
		for _, n := range counts {
			if n > 0 {
				sum -= s.weights[c] * n * math.Log2(n/float64(p.suppressed))
			}
		}
	}
	return sum
}

// suppressedLoss is what raising the cells of the suppressed rows from their share to 1 adds.
func (s *scorer) suppressedLoss(p *partition) float64 {
	sum := 0.0
	for c, l := range p.ladders {
		level := p.levels[c]
		p.eachSuppressed(func(i int) {
			sum += s.loss[c] * float64(p.v.count[i]) * (1 - l.share[level][l.to[level][p.v.code[c][i]]])
		})
	}
	return sum
}

func (s *scorer) discernibility(p *partition) (score, bound float64) {
	for id, n := range p.size {
		square := float64(n) * float64(n)
		bound += square
		if p.bad[id] && !s.exclude {
			square = float64(n) * s.rows
		}
		score += square
	}
	return score, bound
}

func (s *scorer) averageClassSize(p *partition) (score, bound float64) {
	kept, all := 0.0, 0.0
	for id, n := range p.size {
		if n == 0 {
			continue
		}
		all++
		if !p.bad[id] {
			kept++
		}
	}
	bound = s.rows / all
	if s.exclude {
		return bound, bound
	}
	if p.suppressed > 0 {
		kept++
	}
	return s.rows / kept, bound
}
