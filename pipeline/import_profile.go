package pipeline

import (
	"context"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
)

// importThroughProfile applies a profile to the files of an import, which become one scratch file that is imported in
// their place. The version remembers the record; its source stays the digest of what the provider brought.
func (s *Service) importThroughProfile(ctx context.Context, in *inputs, by yumen.Actor, f *api.ImportFiles,
	d yumen.Dataset,
	v *yumen.Version) error {
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return err
	}
	out, err := s.cfg.Scratch()
	if err != nil {
		return err
	}
	in.releases = append(in.releases, func() { _ = out.Close() })
	table := api.TableFiles{Paths: f.Paths, Format: f.Format, CSV: f.CSV}
	done, err := s.desensitize(ctx, by,
		tableProfile{api.DesensitizeFile{Table: table, Profile: f.Profile, Hierarchies: f.Hierarchies,
			Format: yumen.FormatParquet, Out: scratchFile{out}, Progress: f.Progress}, untouched(p, d)})
	if err != nil {
		return err
	}
	f.Paths, f.Format, f.CSV = []string{"the desensitized table"}, yumen.FormatParquet, yumen.CSVOptions{}
	v.Desensitization = done.ID
	made, err := out.Open(f.Paths[0])
	if err != nil {
		return err
	}
	_, err = in.opened(task.InSource, made)
	return err
}

// untouched are the types of the columns that the profile leaves as they are: those of the catalog entry.
func untouched(p *desensitize.Profile, d yumen.Dataset) map[string]yumen.Type {
	out := map[string]yumen.Type{}
	for _, c := range d.Columns {
		out[c.InFiles()] = c.Type
	}
	for _, s := range p.Steps {
		for _, c := range s.Columns {
			delete(out, c)
		}
	}
	if p.Model != nil {
		for _, g := range p.Model.Generalize {
			delete(out, g.Column)
		}
	}
	return out
}

// scratchFile is an api.NewFile that lives as long as a step.
type scratchFile struct{ Scratch }

// Commit leaves the file to be read.
func (scratchFile) Commit() error { return nil }

// Abort forgets it.
func (s scratchFile) Abort() error { return s.Close() }
