package anonymity

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"github.com/yumen-data/yumen"
)

// Model is an anonymity model: a condition that every equivalence class (the rows equal on all quasi-identifiers) has
// to meet. The models are KAnonymity, DistinctLDiversity, EntropyLDiversity, RecursiveLDiversity, TCloseness and
// DeltaPresence.
type Model interface {
	// String names the model and its parameters, such as 5-anonymity.
	String() string
	attribute() string // the sensitive attribute, or ""
	bind(v *tuples, place int) (*test, error)
}

// test is a model bound to a table.
type test struct {
	place    int                  // of the sensitive attribute in tuples.sensitive, or −1
	measure  func(*class) float64 // of a class
	holds    func(float64) bool
	monotone bool // merging a class that holds with one that does not never makes fewer rows hold
	empty    bool // applies to classes of the population that have no released row
}

// class is one equivalence class. Counts are of released rows; codes and counts list the values of one sensitive
// attribute that occur.
type class struct {
	size, whole int64
	codes       []uint32
	counts      []int64
}

// slack absorbs the rounding of logarithms and divisions where a measure stands exactly at its limit.
const slack = 1e-12

// KAnonymity asks for at least K rows in every class (Samarati 2001; Sweeney 2002).
type KAnonymity struct{ K int }

func (m KAnonymity) String() string    { return strconv.Itoa(m.K) + "-anonymity" }
func (m KAnonymity) attribute() string { return "" }

func (m KAnonymity) bind(*tuples, int) (*test, error) {
	if m.K < 1 {
		return nil, badModel(m, "k must be at least 1", "k 至少为 1")
	}
	return &test{place: -1, monotone: true,
		measure: func(c *class) float64 { return float64(c.size) },
		holds:   func(x float64) bool { return x >= float64(m.K) }}, nil
}

// check refuses a k that the whole table cannot reach.
func (m KAnonymity) check(rows int64) error {
	if int64(m.K) <= rows {
		return nil
	}
	return yumen.Errorf(yumen.KindInvalid, "%s cannot be reached: the table has %d rows", "无法达到 %s：表只有 %d 行", m, rows).
		ToFix("choose a smaller k, or add rows", "请减小 k 或增加行数")
}

// DistinctLDiversity asks for at least L different values of a sensitive attribute in every class (Machanavajjhala et
// al. 2007; named so by Li et al. 2007).
type DistinctLDiversity struct {
	Attribute string
	L         int
}

func (m DistinctLDiversity) String() string {
	return fmt.Sprintf("distinct %d-diversity of %s", m.L, m.Attribute)
}
func (m DistinctLDiversity) attribute() string { return m.Attribute }

func (m DistinctLDiversity) bind(_ *tuples, place int) (*test, error) {
	if m.L < 1 {
		return nil, badModel(m, "l must be at least 1", "l 至少为 1")
	}
	return &test{place: place, monotone: true,
		measure: func(c *class) float64 { return float64(len(c.codes)) },
		holds:   func(x float64) bool { return x >= float64(m.L) }}, nil
}

// EntropyLDiversity asks that the entropy of a sensitive attribute in every class is at least log L (Machanavajjhala et
// al. 2007, definition 4.1). Its measure is the exponential of the entropy: the number of equally frequent values that
// would have it.
type EntropyLDiversity struct {
	Attribute string
	L         float64
}

func (m EntropyLDiversity) String() string {
	return fmt.Sprintf("entropy %g-diversity of %s", m.L, m.Attribute)
}
func (m EntropyLDiversity) attribute() string { return m.Attribute }

func (m EntropyLDiversity) bind(_ *tuples, place int) (*test, error) {
	if !(m.L >= 1) || math.IsInf(m.L, 0) {
		return nil, badModel(m, "l must be a number of at least 1", "l 必须是不小于 1 的数")
	}
	return &test{place: place, measure: effectiveValues, holds: atLeast(m.L)}, nil
}

// effectiveValues is exp(−Σ p·ln p).
func effectiveValues(c *class) float64 {
	sum := 0.0
	for _, n := range c.counts {
		sum += float64(n) * math.Log(float64(n))
	}
	n := float64(c.size)
	return math.Exp(math.Log(n) - sum/n)
}

// RecursiveLDiversity asks that in every class the most frequent value of a sensitive attribute is less than C times as
// frequent as the L-th most frequent and all rarer ones together: r₁ < C·(r_L + … + r_m) (Machanavajjhala et al. 2007,
// definition 4.2). Its measure is r₁ ÷ (r_L + … + r_m), the least C a class would not meet.
type RecursiveLDiversity struct {
	Attribute string
	C         float64
	L         int
}

func (m RecursiveLDiversity) String() string {
	return fmt.Sprintf("recursive (%g,%d)-diversity of %s", m.C, m.L, m.Attribute)
}
func (m RecursiveLDiversity) attribute() string { return m.Attribute }

func (m RecursiveLDiversity) bind(_ *tuples, place int) (*test, error) {
	if m.L < 1 || !(m.C > 0) || math.IsInf(m.C, 0) {
		return nil, badModel(m, "l must be at least 1 and c greater than 0", "l 至少为 1，c 必须大于 0")
	}
	return &test{place: place,
		measure: func(c *class) float64 { return headToTail(c.counts, m.L) },
		holds:   func(x float64) bool { return x < m.C }}, nil
}

// headToTail is r₁ ÷ (r_l + … + r_m) of the frequencies in descending order, +Inf where there are fewer than l.
func headToTail(counts []int64, l int) float64 {
	if len(counts) < l {
		return math.Inf(1)
	}
	sorted := slices.Clone(counts)
	slices.Sort(sorted)
	tail := int64(0)
	for _, n := range sorted[:len(sorted)-l+1] {
		tail += n
	}
	return float64(sorted[len(sorted)-1]) / float64(tail)
}

// TCloseness asks that the distribution of a sensitive attribute in every class is no further than T from that in the
// whole table, by the Earth Mover's Distance in [0,1] (Li et al. 2007). The ground distance is equal
// (1 between any two values) unless Ordered is set; then it is the difference of ranks ÷ (number of values − 1), the
// values ranked as Order lists them, or as numbers where Order is nil.
type TCloseness struct {
	Attribute string
	T         float64
	Ordered   bool
	Order     []string
}

func (m TCloseness) String() string {
	distance := "equal"
	if m.Ordered {
		distance = "ordered"
	}
	return fmt.Sprintf("%g-closeness of %s (%s distance)", m.T, m.Attribute, distance)
}
func (m TCloseness) attribute() string { return m.Attribute }

func (m TCloseness) bind(v *tuples, place int) (*test, error) {
	if !(m.T >= 0 && m.T <= 1) {
		return nil, badModel(m, "t must lie in [0,1]", "t 必须在 [0,1] 内")
	}
	whole := v.distribution(place)
	measure := equalDistance(whole)
	if m.Ordered {
		rank, err := ranks(&v.table.cols[v.sensitive[place]], m.Order)
		if err != nil {
			return nil, err
		}
		measure = orderedDistance(whole, rank)
	}
	return &test{place: place, measure: measure, holds: atMost(m.T)}, nil
}

// DeltaPresence asks that for every class of a population the share of its rows that are in the release lies in
// [Min, Max] (Nergiz, Atzori, Clifton 2007). It needs the population with the released rows marked. A
// class without any released row has presence 0, which counts against a Min above 0.
type DeltaPresence struct{ Min, Max float64 }

func (m DeltaPresence) String() string    { return fmt.Sprintf("(%g,%g)-presence", m.Min, m.Max) }
func (m DeltaPresence) attribute() string { return "" }

func (m DeltaPresence) bind(v *tuples, _ int) (*test, error) {
	if !(0 <= m.Min && m.Min <= m.Max && m.Max <= 1) {
		return nil, badModel(m, "the bounds must satisfy 0 ≤ min ≤ max ≤ 1", "界限须满足 0 ≤ min ≤ max ≤ 1")
	}
	if len(v.whole) > 0 && &v.whole[0] == &v.count[0] {
		return nil, badModel(m, "it needs a population with the released rows marked", "需要给出总体并标记其中发布的行")
	}
	least, most := atLeast(m.Min), atMost(m.Max)
	return &test{place: -1, empty: true,
		measure: func(c *class) float64 { return float64(c.size) / float64(c.whole) },
		holds:   func(x float64) bool { return least(x) && most(x) }}, nil
}

func atLeast(limit float64) func(float64) bool {
	return func(x float64) bool { return x >= limit*(1-slack) }
}

func atMost(limit float64) func(float64) bool {
	return func(x float64) bool { return x <= limit+slack }
}

func badModel(m Model, en, zh string) error {
	return yumen.Errorf(yumen.KindInvalid, "%s: %s", "%s：%s", m.String(), yumen.Say(en, zh))
}
