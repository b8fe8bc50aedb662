package detect

import (
	"cmp"
	"slices"
	"strings"

	"github.com/yumen-data/yumen/internal/chinaid"
)

// Detector finds identifiers. It keeps scratch memory and serves one goroutine at a time.
type Detector struct {
	hint  Hint
	cell  folded
	form  Form
	found []Finding
	nest  *Detector // for what is decoded
}

// New returns a Detector.
func New() *Detector { return &Detector{} }

// Find returns the identifiers in a cell, in order and without overlap; where two overlap, the more certain one stands.
// The hint is what the name of the cell's column says, 0 for nothing. The result is valid until the next call. A cell
// of any length is read once; bytes that are not UTF-8 are passed over.
func (d *Detector) Find(s string, column Hint) []Finding {
	d.found, d.hint, d.form = d.found[:0], column, Plain
	f := measure(s)
	if !f.worthReading() {
		return nil
	}
	d.cell = folded{text: s}
	if f.folds() {
		d.cell = fold(s, false)
	}
	d.search(f)
	if f.numerals >= 7 {
		d.numerals(s)
	}
	if f.letters+f.digits+f.marks >= leastEncoded && len(d.found) == 0 {
		d.encoded()
	}
	return d.settle()
}

// search runs the searches that a cell is worth.
func (d *Detector) search(f features) {
	if f.digits >= 7 {
		d.checked()
	}
	if f.digits >= 1 && f.digits+f.letters >= 6 {
		d.tokens()
	}
	if f.at > 0 {
		d.emails()
	}
	if f.points >= 3 && f.digits >= 4 {
		d.ip4()
	}
	if f.points >= 2 && f.digits >= 10 || f.digits >= 6 && d.hint.has(gps) {
		d.coordinates()
	}
	if f.degrees >= 2 {
		d.sexagesimal()
	}
	if f.colons >= 2 {
		d.ip6()
	}
	if f.digits+f.letters >= 12 {
		d.macs(f)
	}
	if f.letters >= 2 {
		d.secrets(f)
	}
	if f.han > 0 {
		d.plates()
	}
	if f.han >= 2 {
		d.names(f)
		d.addresses(f)
	}
}

// checked takes over what internal/chinaid finds.
func (d *Detector) checked() {
	for _, h := range chinaid.Find(d.cell.text) {
		t := residentID
		switch h.Type {
		case chinaid.TypeCreditCode:
			t = creditCode
		case chinaid.TypeBankCard:
			t = bankCard
		case chinaid.TypeMobile:
			t = mobile
		}
		if d.insideWord(h.Start, h.End) {
			continue
		}
		if s := d.cell.text[h.Start:h.End]; t != residentID && looksResident(s) {
			d.addDoubted(t, h.Start, h.End)
		} else {
			d.add(t, h.Start, h.End)
		}
	}
}

// longWord is a length that no identifier has with letters beside it.
const longWord = 20

// insideWord reports whether what was found is a part of a longer code: a letter stands right beside it, and it has
// gaps itself or the code is long, as digests and random identifiers are.
func (d *Detector) insideWord(start, end int) bool {
	text := d.cell.text
	from, to := start, end
	for from > 0 && start-from < longWord && alnum(text[from-1]) {
		from--
	}
	for to < len(text) && to-end < longWord && alnum(text[to]) {
		to++
	}
	return to-from > end-start && (to-from >= longWord || strings.ContainsAny(text[start:end], " -"))
}

// looksResident reports whether a number has a date where a resident id has one, so that it is more likely a mistaken
// resident id than, by chance, a card or a code.
func looksResident(s string) bool {
	switch {
	case leadingDigits(s) != len(s):
		return false
	case len(s) == 18:
		return pastDay(number(s[6:10]), number(s[10:12]), number(s[12:14]))
	}
	return len(s) == 15 && oldResidentID(s)
}

// add notes a find at text[start:end] of the folded text, scored by its form and what announces it.
func (d *Detector) add(t place, start, end int) { d.addAs(t, start, end, Types[t].Alone) }

// addAs is add for a find that is worth another score where nothing announces it.
func (d *Detector) addAs(t place, start, end int, alone float64) {
	d.addScored(t, start, end, d.scoreAs(t, start, end, alone))
}

// addDoubted is add for a find that is one only where it is announced.
func (d *Detector) addDoubted(t place, start, end int) {
	if d.announced(t, start, end) {
		d.add(t, start, end)
	}
}

func (d *Detector) addScored(t place, start, end int, score float64) {
	if score >= Threshold {
		d.found = append(d.found, Finding{Types[t].Type, d.cell.place(start), d.cell.place(end), score, d.form})
	}
}

// scoreAs scores a find: by what announces it, else by its form alone, which is worth half beside a word that makes it
// the number of something else.
func (d *Detector) scoreAs(t place, start, end int, alone float64) float64 {
	if alone >= 0.9 {
		return max(alone, Types[t].Alone)
	}
	near := ""
	if start > 0 || end < len(d.cell.text) {
		near = around(d.cell.text, start, end)
	}
	switch {
	case d.hint.has(t), near != "" && mentionsAny(near, Types[t].Words):
		return Types[t].Known
	case near != "" && mentionsAny(near, doubts):
		return alone / 2
	}
	return alone
}

// announced reports whether the column or a word nearby calls a place of the text a type.
func (d *Detector) announced(t place, start, end int) bool {
	return d.hint.has(t) || (start > 0 || end < len(d.cell.text)) &&
		mentionsAny(around(d.cell.text, start, end), Types[t].Words)
}

// settle drops, of finds that overlap, the less certain, the shorter of equally certain ones.
func (d *Detector) settle() []Finding {
	if len(d.found) < 2 {
		return d.found
	}
	slices.SortStableFunc(d.found, func(a, b Finding) int { return cmp.Compare(a.Start, b.Start) })
	kept := d.found[:0]
	for _, f := range d.found {
		for len(kept) > 0 && kept[len(kept)-1].End > f.Start && outdoes(f, kept[len(kept)-1]) {
			kept = kept[:len(kept)-1]
		}
		if len(kept) == 0 || kept[len(kept)-1].End <= f.Start {
			kept = append(kept, f)
		}
	}
	d.found = kept
	return kept
}

func outdoes(f, g Finding) bool {
	return f.Score > g.Score || f.Score == g.Score && f.End-f.Start > g.End-g.Start
}
