package attacks

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// person is one row of the attacked table, and one privacy unit.
type person struct {
	seat   int // 1 … n; the attacker knows whose it is
	area   string
	job    string // not from a public list; a few have a job of their own
	sector string
	income int
	secret bool
}

// Crowd is the attacked table. Everything but job, income and secret is known to the attacker.
type Crowd struct {
	people []person
	// rare lists the seats of people whose job nobody else, or only one other, has.
	rare []int
	// giants lists the seats of those whose income makes up nearly all of their sector's, one for each sector.
	giants []int
}

// Limits of the table, as its catalog entry states them.
const (
	maxIncome  = 1_000_000
	K          = 10 // threshold of both systems
	areas      = 4
	perSector  = 25 // people in a sector at least
	perRare    = 20 // one in so many people has a rare job
	commonJobs = 4
)

// NewCrowd makes n people. The same seed makes the same people.
func NewCrowd(n int, seed uint64) *Crowd {
	r := rand.New(rand.NewPCG(seed, 1))
	c := &Crowd{}
	sectors := max(1, n/perSector)
	for i := range n {
		p := person{seat: i + 1, area: fmt.Sprintf("a%d", i%areas), job: fmt.Sprintf("job%d", r.IntN(commonJobs)),
			sector: fmt.Sprintf("s%02d", i%sectors), income: 500 + r.IntN(1500), secret: r.IntN(2) == 1}
		if i < sectors {
			p.income = maxIncome*9/10 - r.IntN(maxIncome/2)
			c.giants = append(c.giants, p.seat)
		} else if i%perRare == perRare-1 {
			p.job = fmt.Sprintf("rare%03d", i)
			c.rare = append(c.rare, p.seat)
		}
		c.people = append(c.people, p)
	}
	return c
}

// giant returns the seat of a sector's giant; the first person where there is no such sector.
func (c *Crowd) giant(sector string) int {
	for _, seat := range c.giants {
		if c.people[seat-1].sector == sector {
			return seat
		}
	}
	return 1
}

// CSV writes the table. Without a seat, that person is left out: a neighbouring table. Seat 0 leaves out nobody.
func (c *Crowd) CSV(without int) []byte {
	b := []byte("person,seat,area,job,sector,income,secret\n")
	for _, p := range c.people {
		if p.seat != without {
			b = fmt.Appendf(b, "P%06d,%d,%s,%s,%s,%d,%d\n", p.seat, p.seat, p.area, p.job, p.sector, p.income,
				bit(p.secret))
		}
	}
	return b
}

func bit(b bool) int {
	if b {
		return 1
	}
	return 0
}

// Dataset is the catalog entry of the table. It grants what a careless provider might: filters on a column that tells
// people apart, a join on one that does not, filters on what is measured.
const Dataset = `dataset: crowd
title: Generated people
provider: attack-provider
source: {system: generated}
unit: {kind: person, column: person}
columns:
  - {name: person, title: Person, type: text, role: unit, grade: 3, constraints: [join, {aggregate: {functions: [count, count_distinct]}}]}
  - {name: seat, title: Seat, type: integer, role: quasi, grade: 2, bounds: {min: 1, max: 1000000}, constraints: [filter, join, {aggregate: {functions: [count, sum]}}]}
  - {name: area, title: Area, type: text, role: quasi, grade: 2, domain: [a0, a1, a2, a3], constraints: [filter, group, join]}
  - {name: job, title: Job, type: text, role: quasi, grade: 2, constraints: [filter, group]}
  - {name: sector, title: Sector, type: text, role: quasi, grade: 2, constraints: [filter, group]}
  - {name: income, title: Income, type: integer, role: measure, grade: 3, bounds: {min: 0, max: 1000000}, constraints: [filter, {aggregate: {functions: [count, sum, avg, var, stddev]}}]}
  - {name: secret, title: Secret, type: integer, role: sensitive, grade: 4, bounds: {min: 0, max: 1}, constraints: [filter, group, {aggregate: {functions: [count, sum, avg]}}]}
sharing: {attribute: conditional, conditions: under a contract}
opening: {attribute: never, conditions: about persons}
update: irregular
`

// Contract grants all of it under a name.
func Contract(name string, classes string, budget string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `contract: %s
title: To be attacked
purpose: to be attacked
parties: {providers: [attack-provider], operator: attack-lab, applicant: attack-lab}
datasets:
  - dataset: crowd
    columns:
      - {name: person, uses: [join, {aggregate: {functions: [count, count_distinct]}}]}
      - {name: seat, uses: [filter, join, {aggregate: {functions: [count, sum]}}]}
      - {name: area, uses: [filter, group, join]}
      - {name: job, uses: [filter, group]}
      - {name: sector, uses: [filter, group]}
      - {name: income, uses: [filter, {aggregate: {functions: [count, sum, avg, var, stddev]}}]}
      - {name: secret, uses: [filter, group, {aggregate: {functions: [count, sum, avg]}}]}
classes: [%s]
risk: {k: %d, rounding: 5}
valid: {from: 2020-01-01, until: 2099-12-31}
quotas: {jobs_per_day: 1000000}
`, name, classes, K)
	if budget != "" {
		fmt.Fprintf(&b, "budget: %s\n", budget)
	}
	return b.String()
}

// subset is a set of seats that has a short condition: what a linear congruence takes to the lower half.
type subset struct{ a, b, n int }

// prime is above every number of seats.
const prime = 1_000_003

func newSubset(r *rand.Rand, n int) subset { return subset{1 + r.IntN(prime-1), r.IntN(prime), n} }

func (s subset) has(seat int) bool { return (s.a*seat+s.b)%prime < prime/2 }

func (s subset) sql() string {
	return fmt.Sprintf("(%d * seat + %d) %% %d < %d", s.a, s.b, prime, prime/2)
}

func (s subset) row() []bool {
	row := make([]bool, s.n)
	for i := range row {
		row[i] = s.has(i + 1)
	}
	return row
}
