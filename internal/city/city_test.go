package city

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// memory keeps tables as bytes.
type memory map[string]*bytes.Buffer

type closer struct{ io.Writer }

func (closer) Close() error { return nil }

func (m memory) create(table string) (io.WriteCloser, error) {
	m[table] = &bytes.Buffer{}
	return closer{m[table]}, nil
}

// city is generated once for all tests.
var city = func() memory {
	m := memory{}
	if err := Generate(1, Default, m.create); err != nil {
		panic(err)
	}
	return m
}()

// rows returns the cells of the named columns.
func rows(t *testing.T, table string, columns ...string) [][]string {
	t.Helper()
	all, err := csv.NewReader(bytes.NewReader(city[table].Bytes())).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var at []int
	for _, c := range columns {
		i := slices.Index(all[0], c)
		if i < 0 {
			t.Fatalf("%s has no column %s", table, c)
		}
		at = append(at, i)
	}
	out := make([][]string, 0, len(all)-1)
	for _, row := range all[1:] {
		var cells []string
		for _, i := range at {
			cells = append(cells, row[i])
		}
		out = append(out, cells)
	}
	return out
}

func number(t *testing.T, s string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(s, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestSameSeedSameCity(t *testing.T) {
	again, other := memory{}, memory{}
	if err := errors.Join(Generate(1, Default, again.create), Generate(2, Default, other.create)); err != nil {
		t.Fatal(err)
	}
	for table := range city {
		if !bytes.Equal(city[table].Bytes(), again[table].Bytes()) {
			t.Errorf("%s differs from one run to the next", table)
		}
		if table != Districts && bytes.Equal(city[table].Bytes(), other[table].Bytes()) {
			t.Errorf("%s is the same for another seed", table)
		}
	}
}

func TestIdentifiersAreValidAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range rows(t, Residents, "resident_id", "birth_date", "sex", "mobile") {
		id, born, sex, mobile := row[0], row[1], row[2], row[3]
		day, err := time.Parse(time.DateOnly, born)
		if err != nil || !chinaid.ResidentID(id) || seen[id] || id[6:14] != day.Format("20060102") ||
			(sex == "男") != (id[16]%2 == 1) {
			t.Fatalf("row of %s, born %s", sex, born)
		}
		if mobile != "" && (!chinaid.Mobile(mobile) || seen[mobile]) {
			t.Fatal("a mobile number is invalid or there twice")
		}
		seen[id], seen[mobile] = true, true
	}
	firms := map[string]bool{}
	for _, row := range rows(t, Enterprises, "credit_code") {
		if !chinaid.CreditCode(row[0]) || firms[row[0]] {
			t.Fatal("a credit code is invalid or there twice")
		}
		firms[row[0]] = true
	}
	for _, row := range rows(t, SocialInsurance, "resident_id", "credit_code") {
		if !seen[row[0]] || !firms[row[1]] {
			t.Fatal("an insurance without its person or its employer")
		}
	}
	for _, row := range rows(t, HospitalVisits, "resident_id") {
		if !seen[row[0]] {
			t.Fatal("a visit of nobody")
		}
	}
}

func TestCounts(t *testing.T) {
	for table, span := range map[string][2]int{
		Residents: {50_000, 50_000}, Enterprises: {3_000, 3_000}, SocialInsurance: {20_000, 35_000},
		HospitalVisits: {300_000, 400_000},
	} {
		if n := len(rows(t, table)); n < span[0] || n > span[1] {
			t.Errorf("%s has %d rows, want %v", table, n, span)
		}
	}
}

// The largest district has many times the people of the smallest, and visits crowd on few people.
func TestSkew(t *testing.T) {
	people := tally(t, Residents, "district")
	if big, small := people[districts[0].name], people[districts[len(districts)-1].name]; big < 8*small || small < 100 {
		t.Errorf("districts have from %d to %d people", small, big)
	}
	var visits []int
	total := 0
	for _, n := range tally(t, HospitalVisits, "resident_id") {
		visits = append(visits, n)
		total += n
	}
	slices.Sort(visits)
	top := 0
	for _, n := range visits[len(visits)*9/10:] {
		top += n
	}
	if share := float64(top) / float64(total); share < 0.3 || share > 0.6 {
		t.Errorf("the tenth of the patients with the most visits has %.2f of them", share)
	}
	if most := visits[len(visits)-1]; most < 60 {
		t.Errorf("nobody has more than %d visits", most)
	}
	if none := 1 - float64(len(visits))/float64(Default.Residents); none < 0.02 || none > 0.3 {
		t.Errorf("%.2f of the people have no visit", none)
	}
}

func tally(t *testing.T, table, column string) map[string]int {
	t.Helper()
	out := map[string]int{}
	for _, row := range rows(t, table, column) {
		out[row[0]]++
	}
	return out
}

func TestWagesHaveAHeavyTail(t *testing.T) {
	var wages []float64
	for _, row := range rows(t, SocialInsurance, "monthly_wage") {
		wages = append(wages, number(t, row[0]))
	}
	slices.Sort(wages)
	median, high := wages[len(wages)/2], wages[len(wages)*999/1000]
	if median < 4_000 || median > 12_000 || high < 5*median || wages[0] < minWage || wages[len(wages)-1] > maxWage {
		t.Errorf("wages: least %v, median %v, one in a thousand %v, most %v", wages[0], median, high,
			wages[len(wages)-1])
	}
}

// Some diseases are so rare in a district that their patients could be told apart.
func TestSmallCells(t *testing.T) {
	home := map[string]string{}
	for _, row := range rows(t, Residents, "resident_id", "district") {
		home[row[0]] = row[1]
	}
	patients := map[string]map[string]bool{}
	for _, row := range rows(t, HospitalVisits, "resident_id", "diagnosis_code") {
		if row[1] == "G40.9" {
			d := home[row[0]]
			if patients[d] == nil {
				patients[d] = map[string]bool{}
			}
			patients[d][row[0]] = true
		}
	}
	small, large := 0, 0
	for _, p := range patients {
		if len(p) < 10 {
			small++
		} else {
			large++
		}
	}
	if small < 1 || large < 5 {
		t.Errorf("%d districts have fewer than ten patients, %d have more", small, large)
	}
	if n := tally(t, HospitalVisits, "diagnosis_code")["E75.2"]; n < 1 {
		t.Error("nobody has the rarest disease")
	}
}

func TestGiantsDominate(t *testing.T) {
	total, most := map[[2]string]float64{}, map[[2]string]float64{}
	for _, row := range rows(t, Enterprises, "industry", "district", "revenue") {
		cell, revenue := [2]string{row[0], row[1]}, number(t, row[2])
		total[cell] += revenue
		most[cell] = max(most[cell], revenue)
		if revenue > maxRevenue {
			t.Errorf("revenue over its bound")
		}
	}
	for _, g := range giants {
		cell := [2]string{g.industry, g.district}
		if share := most[cell] / total[cell]; share < 0.9 {
			t.Errorf("the largest of %v makes up %.2f", cell, share)
		}
	}
}

func TestVisits(t *testing.T) {
	last, stays, returns := "", 0, 0
	left := map[string]string{} // who last left a ward, and when
	for _, row := range rows(t, HospitalVisits, "visit_date", "visit_type", "days", "fee_total", "insurance_paid",
		"resident_id") {
		day, days, fee, paid := row[0], number(t, row[2]), number(t, row[3]), number(t, row[4])
		if day < last || day[:4] != strconv.Itoa(Year) || (row[1] == "住院") != (days > 0) || days > maxStay ||
			fee <= 0 || fee > maxFee || paid < 0 || paid > fee {
			t.Fatalf("a visit on %s with %v days", day, days)
		}
		last = day
		if row[1] != "住院" {
			continue
		}
		stays++
		if before, ok := left[row[5]]; ok && between(t, before, day) <= 30 {
			returns++
		}
		left[row[5]] = day
	}
	if share := float64(returns) / float64(stays); stays < 5_000 || share < 0.05 || share > 0.35 {
		t.Errorf("%d stays, %.2f of them within 30 days of another", stays, share)
	}
}

func between(t *testing.T, a, b string) float64 {
	t.Helper()
	from, err1 := time.Parse(time.DateOnly, a)
	to, err2 := time.Parse(time.DateOnly, b)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return to.Sub(from).Hours() / 24
}

func TestGenerateFails(t *testing.T) {
	full := errors.New("disk full")
	if err := Generate(1, Size{Residents: 10, Enterprises: 1},
		func(string) (io.WriteCloser, error) { return nil, full }); !errors.Is(err, full) {
		t.Errorf("create: %v", err)
	}
	if err := Generate(1, Size{Residents: 10, Enterprises: 1},
		func(string) (io.WriteCloser, error) { return broken{full}, nil }); !errors.Is(err, full) {
		t.Errorf("write: %v", err)
	}
	if err := Generate(1, Size{}, memory{}.create); err == nil {
		t.Error("an empty city")
	}
}

type broken struct{ err error }

func (b broken) Write([]byte) (int, error) { return 0, b.err }
func (b broken) Close() error              { return nil }

func BenchmarkGenerate(b *testing.B) {
	for b.Loop() {
		if err := Generate(1, Default,
			func(string) (io.WriteCloser, error) { return closer{io.Discard}, nil }); err != nil {
			b.Fatal(err)
		}
	}
}
