package desensitize

import (
	"reflect"
	"slices"

	"github.com/yumen-data/yumen/desensitize/technique"
)

// KeyUse is a key that a profile needs. Turning values back takes the versions they were made with; all else takes the
// current one.
type KeyUse struct {
	ID    string
	Older bool // earlier versions too
}

// Keys returns the keys that the profile's steps name, each once, in the order of the steps.
func (p *Profile) Keys() []KeyUse {
	var out []KeyUse
	for i := range p.Steps {
		_, t := p.Steps[i].use()
		id, reverse := keyOf(t)
		if id == "" {
			continue
		}
		at := slices.IndexFunc(out, func(k KeyUse) bool { return k.ID == id })
		if at < 0 {
			at, out = len(out), append(out, KeyUse{ID: id})
		}
		out[at].Older = out[at].Older || reverse
	}
	return out
}

// Reverses reports whether a step turns pseudonyms back into values.
func (p *Profile) Reverses() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		_, t := s.use()
		_, reverse := keyOf(t)
		return reverse
	})
}

// Tokenizes reports whether a step needs the token vault.
func (p *Profile) Tokenizes() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Tokenize != nil })
}

// Splits reports whether a step writes a second table.
func (p *Profile) Splits() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Anatomize != nil })
}

// Marks returns the steps that mark a copy for a recipient.
func (p *Profile) Marks() []*Step {
	var out []*Step
	for i := range p.Steps {
		if p.Steps[i].Watermark != nil {
			out = append(out, &p.Steps[i])
		}
	}
	return out
}

// keyOf reads the parameters key and reverse, which techniques that have them call so.
func keyOf(t technique.Technique) (id string, reverse bool) {
	if t == nil {
		return "", false
	}
	v := reflect.ValueOf(t).Elem()
	if f := v.FieldByName("Key"); f.IsValid() {
		id = f.String()
	}
	if f := v.FieldByName("Reverse"); f.IsValid() {
		reverse = f.Bool()
	}
	return id, reverse
}

// TextColumns returns the columns whose first step works on their text. Where a file leaves the type open, they are
// best read as text: a mobile number is no number to compute with.
func (p *Profile) TextColumns() []string {
	var out, seen []string
	for _, s := range p.Steps {
		text := s.Mask != nil && s.Mask.Preset != "date_month" || s.FPE != nil || s.Redact != nil ||
			s.Surrogate != nil || s.Truncate != nil ||
			s.Hash != nil || s.Tokenize != nil || s.Encrypt != nil || len(s.Detectors) > 0
		for _, c := range s.Columns {
			if text && !slices.Contains(seen, c) {
				out = append(out, c)
			}
			seen = append(seen, c)
		}
	}
	return out
}
