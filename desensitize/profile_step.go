package desensitize

import (
	"reflect"
	"strings"

	"github.com/yumen-data/yumen/desensitize/technique"
)

// Step is one step of a profile: columns, and exactly one technique with its parameters. With detectors, the technique
// is applied inside the texts of the columns, to what the detectors find there, and not to whole cells.
type Step struct {
	Columns   []string `yaml:"columns"`
	Detectors []string `yaml:"detectors"`
	Unfit     string   `yaml:"unfit"` // what becomes of a value that does not have the form the technique needs: suppress (the default) or refuse

	SuppressAttribute *technique.SuppressAttribute `yaml:"suppress_attribute"`
	SuppressRecord    *technique.SuppressRecord    `yaml:"suppress_record"`
	SuppressCell      *technique.SuppressCell      `yaml:"suppress_cell"`
	Mask              *technique.Mask              `yaml:"mask"`
	Replace           *technique.Replace           `yaml:"replace"`
	Truncate          *technique.Truncate          `yaml:"truncate"`
	Round             *technique.Round             `yaml:"round"`
	Interval          *technique.Interval          `yaml:"interval"`
	Generalize        *technique.Generalize        `yaml:"generalize"`
	DateShift         *technique.DateShift         `yaml:"date_shift"`
	TopBottom         *technique.TopBottom         `yaml:"top_bottom"`
	Microaggregate    *technique.Microaggregate    `yaml:"microaggregate"`
	Noise             *technique.Noise             `yaml:"noise"`
	Permute           *technique.Permute           `yaml:"permute"`
	RankSwap          *technique.RankSwap          `yaml:"rank_swap"`
	PRAM              *technique.PRAM              `yaml:"pram"`
	RoundTable        *technique.RoundTable        `yaml:"round_table"`
	Hash              *technique.Hash              `yaml:"hash"`
	Tokenize          *technique.Tokenize          `yaml:"tokenize"`
	Encrypt           *technique.Encrypt           `yaml:"encrypt"`
	FPE               *technique.FPE               `yaml:"fpe"`
	Surrogate         *technique.Surrogate         `yaml:"surrogate"`
	Redact            *technique.Redact            `yaml:"redact"`
	Geo               *technique.Geo               `yaml:"geo"`
	Sample            *technique.Sample            `yaml:"sample"`
	Anatomize         *technique.Anatomize         `yaml:"anatomize"`
	Watermark         *technique.Watermark         `yaml:"watermark"`
}

// use returns the technique of the step, or nil if it has none or several.
func (s *Step) use() (name string, t technique.Technique) {
	v := reflect.ValueOf(s).Elem()
	found := 0
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			name, t = v.Type().Field(i).Tag.Get("yaml"), f.Interface().(technique.Technique)
			found++
		}
	}
	if found != 1 {
		return "", nil
	}
	return name, t
}

// Techniques describes every technique, in the order of Step.
func Techniques() []technique.About {
	var out []technique.About
	t := reflect.TypeFor[Step]()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() != reflect.Pointer {
			continue
		}
		t := reflect.New(f.Type.Elem()).Interface().(technique.Technique)
		out = append(out, technique.Describe(f.Tag.Get("yaml"), t))
	}
	return out
}

// techniqueNames lists the keys a step can have, for messages.
func techniqueNames() string {
	var names []string
	for _, a := range Techniques() {
		names = append(names, a.Name)
	}
	return strings.Join(names, ", ")
}
