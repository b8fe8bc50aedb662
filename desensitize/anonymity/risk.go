package anonymity

import (
	"cmp"
	"math"

	"github.com/yumen-data/yumen"
)

// Risk is how likely rows are to be re-identified by somebody who knows the quasi-identifiers, under the three attacks
// of El Emam (Guide to the De-Identification of Personal Health Information, 2013; Dankar and El Emam 2010). f is the
// size of a class in the release, F the size of the same class in the population.
type Risk struct {
	Rows         int64   `json:"rows"`
	Classes      int64   `json:"classes"`
	Smallest     int64   `json:"smallest"`      // class
	Largest      int64   `json:"largest"`       // class
	AverageClass float64 `json:"average_class"` // rows ÷ classes
	// SampleUniques is the number of rows alone in their class, Uniqueness their share of the rows.
	SampleUniques int64   `json:"sample_uniques"`
	Uniqueness    float64 `json:"uniqueness"`
	// Prosecutor risk is that of a target known to be in the release: 1/f for each row.
	Prosecutor Attack `json:"prosecutor"`
	// Journalist risk is that of a target known only to be in the population: 1/F for each row. Without a population
	// the release is taken to be one, and it equals the prosecutor risk, which it never exceeds.
	Journalist Attack `json:"journalist"`
	// Marketer risk is the share of rows that matching the whole release with the population is expected to get right:
	// the mean over the rows of 1/F.
	Marketer float64 `json:"marketer"`
}

// Attack sums up the risk of the rows under one attack.
type Attack struct {
	Highest float64 `json:"highest"` // of any row
	Average float64 `json:"average"` // over the rows
	AtRisk  float64 `json:"at_risk"` // share of rows whose risk exceeds the threshold
}

// MeasureRisk computes the risk of a table on its quasi-identifiers. Threshold is the risk above which a row counts as
// at risk, in (0,1]; 0 takes 0.2, the risk in a class of five. Where released is not nil, the table is the population
// and released marks the rows of the release. A release without rows has no risk.
func MeasureRisk(t *Table, quasi []string, threshold float64, released []bool) (*Risk, error) {
	threshold = cmp.Or(threshold, 0.2)
	if !(threshold > 0 && threshold <= 1) {
		return nil, yumen.Errorf(yumen.KindInvalid, "the risk threshold must lie in (0,1]", "风险阈值必须在 (0,1] 内")
	}
	p, err := classify(t, quasi, nil, released)
	if err != nil {
		return nil, err
	}
	return p.risk(threshold), nil
}

func (p *partition) risk(threshold float64) *Risk {
	r := &Risk{Smallest: math.MaxInt64}
	for id, n := range p.size {
		if n == 0 {
			continue
		}
		r.Rows += n
		r.Classes++
		r.Smallest, r.Largest = min(r.Smallest, n), max(r.Largest, n)
		if n == 1 {
			r.SampleUniques++
		}
		r.Prosecutor.add(n, n, threshold)
		r.Journalist.add(n, p.whole[id], threshold)
	}
	if r.Rows == 0 {
		return &Risk{}
	}
	rows := float64(r.Rows)
	r.Prosecutor.divide(rows)
	r.Journalist.divide(rows)
	r.AverageClass, r.Uniqueness = rows/float64(r.Classes), float64(r.SampleUniques)/rows
	r.Marketer = r.Journalist.Average
	return r
}

// add counts n rows of one class, each with risk 1/size.
func (a *Attack) add(n, size int64, threshold float64) {
	risk := 1 / float64(size)
	a.Highest = max(a.Highest, risk)
	a.Average += float64(n) * risk
	if risk > threshold {
		a.AtRisk += float64(n)
	}
}

func (a *Attack) divide(rows float64) {
	a.Average /= rows
	a.AtRisk /= rows
}
