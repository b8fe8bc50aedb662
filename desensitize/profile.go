package desensitize

import (
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/strictyaml"
)

// Profile says what is done to a table: techniques by column or detector, in order. It is a YAML file with a name and a
// version; a version once used is not changed.
type Profile struct {
	Name    string     `yaml:"profile"`
	Version int        `yaml:"version"`
	Title   yumen.Text `yaml:"title"`
	Steps   []Step     `yaml:"steps"`
	Model   *Model     `yaml:"model"` // reached after the steps

	digest yumen.Digest
}

// ReadProfile reads a profile strictly. The error lists every reason with its place in the file. What depends on the
// table is checked by Run.
func ReadProfile(file string, b []byte) (*Profile, error) {
	p := &Profile{digest: yumen.DigestOf(b)}
	d := strictyaml.Parse(file, b, p)
	if p.Name == "" {
		d.Missing("profile")
	}
	if p.Version < 1 {
		d.Refuse("profile.version", yumen.Say("a version is a number from 1", "版本为从 1 开始的整数"), yumen.Text{}, "version")
	}
	if len(p.Steps) == 0 && p.Model == nil {
		d.Missing("steps")
	}
	if p.Model != nil {
		if _, err := p.Model.models(); err != nil {
			d.Refuse("model", yumen.AsError(err).Msg, yumen.Text{}, "model")
		}
	}
	for i := range p.Steps {
		p.Steps[i].check(d, i)
	}
	return p, d.Err()
}

func (s *Step) check(d *strictyaml.Doc, i int) {
	if _, t := s.use(); t == nil {
		d.Refuse("step.technique", yumen.Say("a step has exactly one technique", "每一步恰有一种技术"),
			yumen.Say("one of %s", "可用 %s", techniqueNames()), "steps", i)
	}
	if s.Unfit != "" && s.Unfit != "suppress" && s.Unfit != "refuse" {
		d.Refuse("step.unfit", yumen.Say("unfit is suppress or refuse", "unfit 为 suppress 或 refuse"), yumen.Text{},
			"steps", i, "unfit")
	}
}

// Digest returns the digest of the file the profile was read from.
func (p *Profile) Digest() yumen.Digest { return p.digest }

// stepPlace names a step in messages, counted from 1.
func stepPlace(i int) string { return fmt.Sprintf("step %d", i+1) }
