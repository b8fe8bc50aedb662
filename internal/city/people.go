package city

import (
	"math"
	"math/rand/v2"
	"unicode/utf8"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// person is a resident, with what the other tables need to know.
type person struct {
	id        [18]byte
	name      string
	born      date
	household int
	woman     bool
	district  int
	hukou     int
	education int
	mobile    string // "" for small children
	diseases  uint32 // of lasting, by position
}

// age is that at the end of the year.
func (p *person) age() int { return Year - p.born.time().Year() }

// generation is 0 for children, 1 for adults, 2 for those over 64.
func generation(age int) int {
	switch {
	case age < 15:
		return 0
	case age < 65:
		return 1
	}
	return 2
}

// register makes people, household by household, and sees to it that no two share a number.
type register struct {
	r       *rand.Rand
	people  []person
	taken   map[string]bool // ids and mobile numbers
	where   picker
	hukou   picker
	from    picker
	surname picker
}

func makePeople(r *rand.Rand, n int) []person {
	weight := func(w weighted) float64 { return w.weight }
	g := &register{
		r: r, people: make([]person, 0, n+6), taken: make(map[string]bool, 2*n),
		where:   newPicker(weightsOf(districts, func(d district) float64 { return d.people })...),
		hukou:   newPicker(weightsOf(hukous, weight)...),
		from:    newPicker(weightsOf(elsewhere, weight)...),
		surname: newPicker(weightsOf(surnames, weight)...),
	}
	for household := 1; len(g.people) < n; household++ {
		g.household(household)
	}
	return g.people[:n]
}

// household sizes and how frequent they are.
var householdSizes = newPicker(22, 29, 24, 14, 7, 4)

// household adds one: a head, then a partner, children, and parents of one of the two.
func (g *register) household(number int) {
	where, hukou := g.where.draw(g.r), g.hukou.draw(g.r)
	head := 24 + int(64*math.Pow(g.r.Float64(), 1.4))
	size := householdSizes.draw(g.r) + 1
	family := g.surname.draw(g.r)
	for i := range size {
		p := person{household: number, district: where, hukou: hukou, woman: chance(g.r, 0.49)}
		age, surname := head, family
		switch {
		case i == 1:
			age, surname = max(20, head+g.r.IntN(9)-4), g.surname.draw(g.r)
			p.woman = !g.people[len(g.people)-1].woman
		case i == 2 || i == 3:
			age = max(0, head-22-g.r.IntN(14))
		case i > 3:
			age = min(98, head+22+g.r.IntN(12))
		}
		g.add(p, min(age, 101), surname)
	}
}

// add completes a person of the given age.
func (g *register) add(p person, age, surname int) {
	p.born = dayOf(Year-age, 1, 1) + date(g.r.IntN(365))
	p.name = g.name(surname, p.woman)
	p.education = g.education(age)
	region := districts[p.district].code
	if hukous[p.hukou].value == "外地" {
		region = elsewhere[g.from.draw(g.r)].value
	}
	p.id = g.residentID(region, p.born, p.woman)
	if age > 11 && !chance(g.r, 0.02) {
		p.mobile = g.mobile()
	}
	old := generation(age)
	for i, d := range lasting {
		if chance(g.r, d.weight[old]) && (d.sex == 0 || (d.sex == 'f') == p.woman) {
			p.diseases |= 1 << i
		}
	}
	g.people = append(g.people, p)
}

// residentID draws a sequence number, odd for men, until the whole is free.
func (g *register) residentID(region string, born date, woman bool) (id [18]byte) {
	for {
		b := append(id[:0], region...)
		b = born.append(b, "")
		serial := g.r.IntN(500) * 2
		if !woman {
			serial++
		}
		b = append(b, byte('0'+serial/100), byte('0'+serial/10%10), byte('0'+serial%10))
		b = append(b, chinaid.ResidentIDCheck(string(b)))
		if g.free(b) {
			return id
		}
	}
}

// segments are beginnings of mobile numbers that have been given to no operator.
var segments = []string{"160", "161", "163", "164"}

func (g *register) mobile() string {
	for {
		b := append(make([]byte, 0, 11), segments[g.r.IntN(len(segments))]...)
		for n := g.r.IntN(100_000_000); len(b) < 11; n /= 10 {
			b = append(b, byte('0'+n%10))
		}
		if g.free(b) {
			return string(b)
		}
	}
}

// free takes a number unless it is taken.
func (g *register) free(number []byte) bool {
	if g.taken[string(number)] {
		return false
	}
	g.taken[string(number)] = true
	return true
}

func (g *register) name(surname int, woman bool) string {
	given := givenMen
	if woman {
		given = givenWomen
	}
	b := append(make([]byte, 0, 12), surnames[surname].value...)
	for range 1 + min(1, g.r.IntN(5)) { // four in five have two characters
		b = utf8.AppendRune(b, given[int(g.r.Float64()*g.r.Float64()*float64(len(given)))])
	}
	return string(b)
}

// Levels of education by generation: the young are still at school, the old had fewer chances.
var schooling = [...]picker{newPicker(100), newPicker(4, 24, 24, 20, 24, 4), newPicker(42, 32, 15, 6, 4.5, 0.5)}

func (g *register) education(age int) int {
	switch {
	case age < 13:
		return 0
	case age < 16:
		return 1
	case age < 19:
		return 2
	}
	return schooling[generation(age)].draw(g.r)
}

func writePeople(t *table, people []person) {
	t.header("resident_id,name,sex,birth_date,district,hukou,education,mobile,household_id")
	for i := range people {
		p := &people[i]
		t.bytes(p.id[:])
		t.text(p.name)
		if p.woman {
			t.text("女")
		} else {
			t.text("男")
		}
		t.day(p.born)
		t.text(districts[p.district].name)
		t.text(hukous[p.hukou].value)
		t.text(educations[p.education])
		t.text(p.mobile)
		t.int(p.household)
		t.end()
	}
}
