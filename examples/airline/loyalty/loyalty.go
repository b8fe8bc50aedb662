// Package loyalty computes how flights are spread over the members of a loyalty programme, by card and by years since
// enrolment: their mean, the share of members without a flight, and the Gini coefficient
//
//	G = 2 Σ i·xᵢ / (n Σ xᵢ) − (n+1)/n,  x sorted, i from 1
//
// (C. Gini 1912, in the form of A. Sen, On Economic Inequality, 1973). It needs each member's flights of a year before
// it can look at the distribution over members, and ranks them, which the SQL of a contract does not offer.
//
// It is the computing half of the example module and knows neither files nor Wasm.
package loyalty

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// Options bound what the table tells of few members.
type Options struct {
	Least int // members that a line of the table needs
	Round int // base that counts are rounded to
}

// member is what members.csv says of one.
type member struct {
	card     string
	enrolled int
}

// memberYear is one year of one member.
type memberYear struct {
	number string
	year   int
}

// cell is a line of the table.
type cell struct {
	card   string
	tenure int
}

// Run reads members (number, card, year of enrolment) and flights (number, year, flights of a month), both with a
// header line, and writes one row for each card and number of full calendar years since enrolment that has enough
// members. Flights of people who are no members, and of years before they were, are left out.
func Run(members, flights io.Reader, table io.Writer, o Options) error {
	if o.Least < 1 || o.Round < 1 {
		return fmt.Errorf("least and round are at least 1")
	}
	people, err := readMembers(members)
	if err != nil {
		return err
	}
	years, err := readFlights(flights)
	if err != nil {
		return err
	}
	return write(table, spread(people, years), o)
}

func readMembers(in io.Reader) (map[string]member, error) {
	people := map[string]member{}
	err := rows(in, func(row []string) error {
		year, err := strconv.Atoi(row[2])
		people[row[0]] = member{row[1], year}
		return err
	})
	return people, err
}

// readFlights sums the months of each year.
func readFlights(in io.Reader) (map[memberYear]int, error) {
	years := map[memberYear]int{}
	err := rows(in, func(row []string) error {
		year, err := strconv.Atoi(row[1])
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(row[2])
		years[memberYear{row[0], year}] += n
		return err
	})
	return years, err
}

func rows(in io.Reader, each func(row []string) error) error {
	r := csv.NewReader(in)
	r.FieldsPerRecord = 3
	if _, err := r.Read(); err != nil {
		return fmt.Errorf("read header: %w", err)
	}
	for {
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = each(row)
		}
		if err != nil {
			return fmt.Errorf("read row: %w", err)
		}
	}
}

// spread lists the yearly flights of the members of each cell.
func spread(people map[string]member, years map[memberYear]int) map[cell][]int {
	cells := map[cell][]int{}
	for y, n := range years {
		m, ok := people[y.number]
		if tenure := y.year - m.enrolled; ok && tenure >= 0 {
			c := cell{m.card, tenure}
			cells[c] = append(cells[c], n)
		}
	}
	return cells
}

func write(table io.Writer, cells map[cell][]int, o Options) error {
	w := csv.NewWriter(table)
	w.Write([]string{"card", "tenure_years", "member_count", "mean_flights", "gini", "share_without_flight"}) // Flush tells of errors
	order := slices.SortedFunc(maps.Keys(cells), func(a, b cell) int {
		return cmp.Or(cmp.Compare(a.card, b.card), cmp.Compare(a.tenure, b.tenure))
	})
	for _, c := range order {
		x := cells[c]
		if len(x) < o.Least {
			continue
		}
		slices.Sort(x)
		idle, _ := slices.BinarySearch(x, 1)
		w.Write([]string{c.card, strconv.Itoa(c.tenure), strconv.Itoa((len(x) + o.Round/2) / o.Round * o.Round),
			decimal(float64(sum(x))/float64(len(x)), 1), decimal(gini(x), 2),
			decimal(float64(idle)/float64(len(x)), 2)})
	}
	w.Flush()
	return w.Error()
}

// gini returns the Gini coefficient of sorted, non-negative numbers; 0 where all are 0.
func gini(x []int) float64 {
	total, ranked := sum(x), 0
	if total == 0 {
		return 0
	}
	for i, v := range x {
		ranked += (i + 1) * v
	}
	n := float64(len(x))
	return 2*float64(ranked)/(n*float64(total)) - (n+1)/n
}

func sum(x []int) (total int) {
	for _, v := range x {
		total += v
	}
	return total
}

func decimal(f float64, digits int) string { return strconv.FormatFloat(f, 'f', digits, 64) }
