// Package segregation computes how differently women and men are spread over occupations, for each level of education:
// the
// index of dissimilarity D = ½ Σ |mᵢ/M − fᵢ/F| over occupations i (Duncan and Duncan, American Sociological Review 20,
// 1955), the share of either sex that would have to change occupation to be spread like the other. It needs two sums
// over the same rows inside an absolute value, which the SQL of a contract does not offer.
//
// It is the computing half of the example module and knows neither files nor Wasm.
package segregation

import (
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
	"strconv"
)

// Options bound what the table tells of few people.
type Options struct {
	Least int // people of each sex that a level of education needs to be in the table
	Round int // base that counts are rounded to
}

// level counts people of one level of education by occupation.
type level struct{ women, men map[string]int }

// Run reads people (education, sex, occupation, with a header line) and writes one row for each level of education that
// has enough of them, in the order of their names.
func Run(people io.Reader, table io.Writer, o Options) error {
	if o.Least < 1 || o.Round < 1 {
		return fmt.Errorf("least and round are at least 1")
	}
	levels, err := read(people)
	if err != nil {
		return err
	}
	w := csv.NewWriter(table)
	w.Write([]string{"education", "people", "women", "dissimilarity"}) // Flush tells of errors
	for _, name := range slices.Sorted(maps.Keys(levels)) {
		l := levels[name]
		women, men := sum(l.women), sum(l.men)
		if min(women, men) < o.Least {
			continue
		}
		w.Write([]string{name, round(women+men, o.Round), round(women, o.Round),
			strconv.FormatFloat(l.dissimilarity(), 'f', 3, 64)})
	}
	w.Flush()
	return w.Error()
}

func read(people io.Reader) (map[string]level, error) {
	r := csv.NewReader(people)
	r.FieldsPerRecord, r.ReuseRecord = 3, true
	if _, err := r.Read(); err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	levels := map[string]level{}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return levels, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read people: %w", err)
		}
		l, ok := levels[row[0]]
		if !ok {
			l = level{map[string]int{}, map[string]int{}}
			levels[row[0]] = l
		}
		switch row[1] {
		case "Female":
			l.women[row[2]]++
		case "Male":
			l.men[row[2]]++
		}
	}
}

func (l level) dissimilarity() float64 {
	women, men, d := float64(sum(l.women)), float64(sum(l.men)), 0.0
	occupations := maps.Clone(l.men)
	maps.Copy(occupations, l.women)
	for _, o := range slices.Sorted(maps.Keys(occupations)) { // sorted, so that the last bit does not change from run to run
		d += math.Abs(float64(l.men[o])/men - float64(l.women[o])/women)
	}
	return d / 2
}

func sum(counts map[string]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

func round(n, base int) string { return strconv.Itoa((n + base/2) / base * base) }
