// Package city generates the registers of a small city that does not exist: residents, social insurance, hospital
// visits and enterprises, and the list of its districts, with the catalog entries, a contract and jobs that go with
// them. `yumen demo` tells its story on it.
//
// Its figures are plausible, not estimates of anything: skewed as such registers are, with heavy tails, small cells, a
// few giants that dominate their industry and diseases that few have. Identifiers pass their checks, but region codes
// and number segments are taken from those never given out, so that none is anybody's. It is not for drawing
// conclusions from.
package city

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
)

// The tables, in the order in which Generate writes them.
const (
	Districts       = "districts"
	Residents       = "residents"
	Enterprises     = "enterprises"
	SocialInsurance = "social_insurance"
	HospitalVisits  = "hospital_visits"
)

// Size says how large a city to make.
type Size struct {
	Residents   int // hospital visits come to about 6.5 for each
	Enterprises int
}

// Default is the size of the city of the demo.
var Default = Size{Residents: 50_000, Enterprises: 3_000}

// Year is the year that visits and insurance are about.
const Year = 2025

// Generate writes the five tables of the city as CSV with a header line, UTF-8, each to the writer that create returns
// for its name. The same seed and size give the same bytes. It closes every writer it was given and stops at the first
// error.
func Generate(seed uint64, size Size, create func(table string) (io.WriteCloser, error)) error {
	if size.Residents < 1 || size.Enterprises < 1 {
		return fmt.Errorf("generate city: want at least one resident and one enterprise, not %d and %d", size.Residents,
			size.Enterprises)
	}
	people := makePeople(stream(seed, 1), size.Residents)
	firms := makeFirms(stream(seed, 2), size.Enterprises)
	for _, t := range []struct {
		name  string
		write func(*table)
	}{
		{Districts, writeDistricts},
		{Residents, func(t *table) { writePeople(t, people) }},
		{Enterprises, func(t *table) { writeFirms(t, firms) }},
		{SocialInsurance, func(t *table) { writeInsurance(t, stream(seed, 3), people, firms) }},
		{HospitalVisits, func(t *table) { writeVisits(t, stream(seed, 4), people) }},
	} {
		if err := writeTable(t.name, t.write, create); err != nil {
			return fmt.Errorf("generate %s: %w", t.name, err)
		}
	}
	return nil
}

// writeDistricts writes a list that is the same for every city.
func writeDistricts(t *table) {
	t.header("district,region_code,area")
	for _, d := range districts {
		t.text(d.name)
		t.text(d.code)
		t.text(d.area)
		t.end()
	}
}

// stream gives each table randomness of its own, so that a change to one leaves the others as they are.
func stream(seed, table uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, table)) }

func writeTable(name string, write func(*table), create func(string) (io.WriteCloser, error)) error {
	w, err := create(name)
	if err != nil {
		return err
	}
	t := &table{out: bufio.NewWriterSize(w, 1<<18)}
	write(t)
	return errors.Join(t.out.Flush(), w.Close())
}

// table writes rows of cells that never need quoting. Errors stay in the buffered writer until it is flushed.
type table struct {
	out *bufio.Writer
	row []byte
}

func (t *table) header(names string) { t.out.WriteString(names + "\n") }

func (t *table) text(s string)  { t.row = append(append(t.row, s...), ',') }
func (t *table) bytes(b []byte) { t.row = append(append(t.row, b...), ',') }
func (t *table) int(n int)      { t.row = append(strconv.AppendInt(t.row, int64(n), 10), ',') }

// cents writes an amount with two decimals.
func (t *table) cents(n int) {
	t.row = strconv.AppendInt(t.row, int64(n/100), 10)
	t.row = append(t.row, '.', byte('0'+n/10%10), byte('0'+n%10), ',')
}

// day writes a date.
func (t *table) day(d date) { t.row = append(d.append(t.row, "-"), ',') }

func (t *table) end() {
	t.row[len(t.row)-1] = '\n'
	t.out.Write(t.row)
	t.row = t.row[:0]
}
