package city

import (
	"math/bits"
	"math/rand/v2"
	"time"
)

// visit is one contact with a hospital.
type visit struct {
	who        int32
	day        int16 // of the year, from 0
	disease    uint8 // position among acute, and after these lasting
	hospital   uint8
	way        uint8
	days       uint8
	fee, cover int32 // in cents
}

// The ways of coming to a hospital.
const (
	outpatient = iota
	emergency
	inpatient
)

var ways = []string{"门诊", "急诊", "住院"}

// maxFee is what the catalog entry declares as the upper bound, in yuan; maxStay likewise, in days.
const (
	maxFee  = 300_000
	maxStay = 120
)

const yearDays = 365

var newYear = dayOf(Year, time.January, 1)

// ward makes visits.
type ward struct {
	r      *rand.Rand
	acute  [3][2]picker // by generation and sex
	choice []picker     // of hospital, by district
	visits []visit
}

func writeVisits(t *table, r *rand.Rand, people []person) {
	w := newWard(r)
	w.visits = make([]visit, 0, 8*len(people))
	for i := range people {
		w.person(int32(i), &people[i])
	}
	t.header("resident_id,visit_date,hospital,department,diagnosis_code,diagnosis,visit_type,days,fee_total,insurance_paid")
	for _, i := range byDay(w.visits) {
		v := &w.visits[i]
		d := diseaseAt(v.disease)
		t.bytes(people[v.who].id[:])
		t.day(newYear + date(v.day))
		t.text(hospitals[v.hospital].name)
		t.text(d.department)
		t.text(d.code)
		t.text(d.name)
		t.text(ways[v.way])
		t.int(int(v.days))
		t.cents(int(v.fee))
		t.cents(int(v.cover))
		t.end()
	}
}

func newWard(r *rand.Rand) *ward {
	w := &ward{r: r}
	for g := range w.acute {
		for s, sex := range []byte{'m', 'f'} {
			w.acute[g][s] = newPicker(weightsOf(acute, func(d disease) float64 {
				if d.sex != 0 && d.sex != sex {
					return 0
				}
				return d.weight[g]
			})...)
		}
	}
	for _, d := range districts {
		w.choice = append(w.choice, newPicker(weightsOf(hospitals, func(h hospital) float64 {
			if h.near == d.name {
				return h.weight + 70
			}
			return h.weight
		})...))
	}
	return w
}

func diseaseAt(i uint8) *disease {
	if int(i) < len(acute) {
		return &acute[i]
	}
	return &lasting[int(i)-len(acute)]
}

// Visits in a year by generation, before lasting diseases and before people's own habits.
var frequency = [3]float64{5.6, 3.4, 6.6}

// person adds the visits of one person. How often people go differs far more than chance would have it: the mean is
// itself log-normal.
func (w *ward) person(who int32, p *person) {
	old := generation(p.age())
	mean := frequency[old] * (1 + 1.1*float64(bits.OnesCount32(p.diseases)))
	born := max(0, int(p.born-newYear))
	for range min(150, poisson(w.r, logNormal(w.r, 0.75*mean, 0.85))) {
		w.visit(who, p, w.pick(p, old), born)
	}
}

// pick draws what a visit is about: mostly a lasting disease for who has one.
func (w *ward) pick(p *person, old int) uint8 {
	if n := bits.OnesCount32(p.diseases); n > 0 && chance(w.r, 0.55) {
		set := p.diseases
		for range w.r.IntN(n) {
			set &= set - 1
		}
		return uint8(len(acute) + bits.TrailingZeros32(set))
	}
	sex := 0
	if p.woman {
		sex = 1
	}
	return uint8(w.acute[old][sex].draw(w.r))
}

// visit adds one visit on a day not before earliest and, after some stays, a return for the same within thirty days.
func (w *ward) visit(who int32, p *person, disease uint8, earliest int) {
	d := diseaseAt(disease)
	v := visit{who: who, disease: disease, day: int16(w.day(d.winter, earliest)),
		hospital: uint8(w.choice[p.district].draw(w.r))}
	switch {
	case chance(w.r, d.admitted):
		v.way = inpatient
	case d.department == "急诊科" || chance(w.r, 0.06):
		v.way = emergency
	}
	w.bill(&v, p)
	w.visits = append(w.visits, v)
	if back := int(v.day) + int(v.days) + 2 + w.r.IntN(26); v.way == inpatient && back < yearDays && chance(w.r, 0.16) {
		v.day = int16(back)
		w.bill(&v, p)
		w.visits = append(w.visits, v)
	}
}

// day draws a day of the year: fewer at weekends, and for diseases of the winter fewer in summer.
func (w *ward) day(winter bool, earliest int) int {
	for {
		d := earliest + w.r.IntN(yearDays-earliest)
		keep := 1.0
		if week := (d + int(newYear.time().Weekday())) % 7; week == 0 || week == 6 {
			keep = 0.55
		}
		if month := d / 30; winter && month > 3 && month < 10 {
			keep *= 0.5
		}
		if chance(w.r, keep) {
			return d
		}
	}
}

// bill sets the length of a stay and what it costs.
func (w *ward) bill(v *visit, p *person) {
	fee, covered := 0.0, 0.55
	switch v.way {
	case inpatient:
		v.days = uint8(min(maxStay, 1+int(logNormal(w.r, 5.5, 0.6))))
		fee, covered = logNormal(w.r, 1100*float64(v.days)+1500, 0.6), 0.72
	case emergency:
		fee = logNormal(w.r, 420, 0.8)
	default:
		fee = logNormal(w.r, 190, 0.85)
	}
	if hukous[p.hukou].value == "本地农村" {
		covered -= 0.12
	}
	v.fee = int32(100 * min(maxFee, max(1, fee)))
	v.cover = int32(float64(v.fee) * covered * (0.85 + 0.15*w.r.Float64()))
}

// byDay returns the positions of the visits in order of their days, as a register holds them.
func byDay(visits []visit) []int32 {
	var at [yearDays + 1]int32
	for i := range visits {
		at[visits[i].day+1]++
	}
	for d := range yearDays {
		at[d+1] += at[d]
	}
	out := make([]int32, len(visits))
	for i := range visits {
		d := visits[i].day
		out[at[d]] = int32(i)
		at[d]++
	}
	return out
}
