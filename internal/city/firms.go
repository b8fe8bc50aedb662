package city

import (
	"math"
	"math/rand/v2"
	"unicode/utf8"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// firm is an enterprise.
type firm struct {
	code      string
	name      string
	industry  int
	district  int
	founded   int
	employees int
	revenue   int // of the year, in 10,000 yuan
	tax       int // likewise
}

// maxEmployees and maxRevenue are what the catalog entry declares as bounds.
const (
	maxEmployees = 20_000
	maxRevenue   = 10_000_000
)

func makeFirms(r *rand.Rand, n int) []firm {
	kind := newPicker(weightsOf(industries, func(i industry) float64 { return i.firms })...)
	where := newPicker(weightsOf(districts, func(d district) float64 { return d.firms })...)
	form := newPicker(weightsOf(firmForms, func(w weighted) float64 { return w.weight })...)
	firms, taken := make([]firm, n), make(map[string]bool, n)
	for i := range firms {
		f := &firms[i]
		f.industry, f.district = kind.draw(r), where.draw(r)
		f.code = creditCode(r, districts[f.district].code, taken)
		f.name = firmName(r, f.district, firmForms[form.draw(r)].value)
		f.founded = Year - int(30*r.Float64()*r.Float64())
		f.employees = min(maxEmployees/4, int(pareto(r, 2, 1.05)))
		f.revenue = revenue(r, f, 0.7)
		f.tax = int(float64(f.revenue) * (0.01 + 0.07*r.Float64()))
	}
	for _, g := range giants {
		makeGiant(firms, g.industry, g.district)
	}
	return firms
}

func revenue(r *rand.Rand, f *firm, spread float64) int {
	return min(maxRevenue/10, int(logNormal(r, float64(f.employees)*industries[f.industry].revenue, spread)))
}

// makeGiant lets the largest enterprise of a cell have 25 times the revenue of all others there.
func makeGiant(firms []firm, industry, district string) {
	var giant *firm
	others := 0
	for i := range firms {
		f := &firms[i]
		if industries[f.industry].name != industry || districts[f.district].name != district {
			continue
		}
		others += f.revenue
		if giant == nil || f.employees > giant.employees {
			giant = f
		}
	}
	if giant == nil {
		return
	}
	others -= giant.revenue
	giant.revenue = min(maxRevenue, max(giant.revenue, 25*others))
	giant.tax = giant.revenue / 20
	giant.employees = min(maxEmployees,
		max(giant.employees, int(float64(giant.revenue)/industries[giant.industry].revenue/3)))
}

// creditCode draws a unified social credit code of an enterprise (registered by market regulation, 91) with an
// organisation code of newer style (MA…, GB 11714).
func creditCode(r *rand.Rand, region string, taken map[string]bool) string {
	for {
		b := append(make([]byte, 0, 18), "91"+region+"MA"...)
		for range 6 {
			b = append(b, chinaid.CreditAlphabet[r.IntN(len(chinaid.CreditAlphabet))])
		}
		b = append(b, chinaid.OrganisationCheck(string(b[8:])))
		b = append(b, chinaid.CreditCodeCheck(string(b)))
		if code := string(b); !taken[code] {
			taken[code] = true
			return code
		}
	}
}

func firmName(r *rand.Rand, where int, form string) string {
	b := append(make([]byte, 0, 40), districts[where].name[:len("云津")]...)
	for range 2 {
		b = utf8.AppendRune(b, firmWords[r.IntN(len(firmWords))])
	}
	return string(append(b, form...))
}

func writeFirms(t *table, firms []firm) {
	t.header("credit_code,name,industry,district,founded,employees,revenue,tax_paid")
	for i := range firms {
		f := &firms[i]
		t.text(f.code)
		t.text(f.name)
		t.text(industries[f.industry].name)
		t.text(districts[f.district].name)
		t.int(f.founded)
		t.int(f.employees)
		t.int(f.revenue)
		t.int(f.tax)
		t.end()
	}
}

// Bounds of the wage, as the catalog entry declares them.
const (
	minWage = 2_200
	maxWage = 200_000
)

// writeInsurance writes one row for each spell of employment within the year.
func writeInsurance(t *table, r *rand.Rand, people []person, firms []firm) {
	employer := newPicker(weightsOf(firms, func(f firm) float64 { return float64(f.employees) })...)
	t.header("resident_id,credit_code,industry,start_month,months,monthly_wage")
	for i := range people {
		p := &people[i]
		age := p.age()
		if age < 20 || age > 60 || p.woman && age > 55 || !chance(r, 0.74) {
			continue
		}
		start, end := 1, 12
		if chance(r, 0.14) {
			start = 1 + r.IntN(12)
		}
		if chance(r, 0.12) { // changes employer
			middle := start + r.IntN(13-start)
			spell(t, r, p, &firms[employer.draw(r)], start, middle)
			start = middle + 1
		}
		if start <= end {
			spell(t, r, p, &firms[employer.draw(r)], start, end)
		}
	}
}

func spell(t *table, r *rand.Rand, p *person, f *firm, from, to int) {
	t.bytes(p.id[:])
	t.text(f.code)
	t.text(industries[f.industry].name)
	t.int(from)
	t.int(to - from + 1)
	t.int(wage(r, p, f))
	t.end()
}

// wage is log-normal around the median of the industry, more with education and with the size of the enterprise; one in
// two hundred comes from a power law, as the best paid do.
func wage(r *rand.Rand, p *person, f *firm) int {
	median := industries[f.industry].wage * (0.8 + 0.13*float64(p.education)) * (1 +
		0.05*math.Log10(float64(f.employees)))
	w := logNormal(r, median, 0.4)
	if chance(r, 0.005) {
		w = pareto(r, 3*median, 1.6)
	}
	return int(max(minWage, min(maxWage, w)))
}
