package desensitize

import (
	"reflect"
	"strings"

	"github.com/yumen-data/yumen"
)

// Step is one step of a profile: columns, and exactly one technique with its parameters. With detectors, the technique is
// applied inside the texts of the columns, to what the detectors find there, and not to whole cells.
type Step struct {
	Columns   []string `yaml:"columns"`
	Detectors []string `yaml:"detectors"`
	Unfit     string   `yaml:"unfit"` // what becomes of a value that does not have the form the technique needs: suppress (the default) or refuse

	SuppressAttribute *SuppressAttribute `yaml:"suppress_attribute"`
	SuppressRecord    *SuppressRecord    `yaml:"suppress_record"`
	SuppressCell      *SuppressCell      `yaml:"suppress_cell"`
	Mask              *Mask              `yaml:"mask"`
	Replace           *Replace           `yaml:"replace"`
	Truncate          *Truncate          `yaml:"truncate"`
	Round             *Round             `yaml:"round"`
	Interval          *Interval          `yaml:"interval"`
	Generalize        *Generalize        `yaml:"generalize"`
	DateShift         *DateShift         `yaml:"date_shift"`
	TopBottom         *TopBottom         `yaml:"top_bottom"`
	Microaggregate    *Microaggregate    `yaml:"microaggregate"`
	Noise             *Noise             `yaml:"noise"`
	Permute           *Permute           `yaml:"permute"`
	RankSwap          *RankSwap          `yaml:"rank_swap"`
	PRAM              *PRAM              `yaml:"pram"`
	RoundTable        *RoundTable        `yaml:"round_table"`
	Hash              *Hash              `yaml:"hash"`
	Tokenize          *Tokenize          `yaml:"tokenize"`
	Encrypt           *Encrypt           `yaml:"encrypt"`
	FPE               *FPE               `yaml:"fpe"`
	Surrogate         *Surrogate         `yaml:"surrogate"`
	Redact            *Redact            `yaml:"redact"`
	Geo               *Geo               `yaml:"geo"`
	Sample            *Sample            `yaml:"sample"`
	Anatomize         *Anatomize         `yaml:"anatomize"`
	Watermark         *Watermark         `yaml:"watermark"`
}

// use returns the technique of the step, or nil if it has none or several.
func (s *Step) use() (name string, t technique) {
	v := reflect.ValueOf(s).Elem()
	found := 0
	for i := range v.NumField() {
		if f := v.Field(i); f.Kind() == reflect.Pointer && !f.IsNil() {
			name, t = v.Type().Field(i).Tag.Get("yaml"), f.Interface().(technique)
			found++
		}
	}
	if found != 1 {
		return "", nil
	}
	return name, t
}

// Techniques describes every technique, in the order of Step.
func Techniques() []About {
	var out []About
	t := reflect.TypeFor[Step]()
	for i := range t.NumField() {
		f := t.Field(i)
		if f.Type.Kind() != reflect.Pointer {
			continue
		}
		about := reflect.New(f.Type.Elem()).Interface().(technique).about()
		about.Name = f.Tag.Get("yaml")
		about.Params = paramsOf(f.Type.Elem())
		out = append(out, about)
	}
	return out
}

// paramsOf reads the parameters of a technique off its fields: yaml names them, en and zh say what they mean.
func paramsOf(t reflect.Type) []Param {
	var out []Param
	for i := range t.NumField() {
		tag := t.Field(i).Tag
		out = append(out, Param{tag.Get("yaml"), yumen.Text{EN: tag.Get("en"), ZH: tag.Get("zh")}})
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
