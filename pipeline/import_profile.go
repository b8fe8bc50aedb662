package pipeline

import (
	"context"
	"os"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/desensitize"
	"github.com/yumen-data/yumen/internal/task"
)

// importThroughProfile applies a profile to the files of an import, which become one scratch file that is imported in
// their place. The version remembers the record; its source stays the digest of what the provider brought.
func (s *Service) importThroughProfile(ctx context.Context, in *inputs, by yumen.Actor, f *api.ImportFiles, d yumen.Dataset,
	v *yumen.Version) error {
	p, err := desensitize.ReadProfile(f.Profile.Name, f.Profile.Text)
	if err != nil {
		return err
	}
	out, err := newScratch(s.cfg.Scratch)
	if err != nil {
		return err
	}
	table := api.TableFiles{Paths: f.Paths, Format: f.Format, CSV: f.CSV}
	done, err := s.desensitize(ctx, by, tableProfile{api.DesensitizeFile{Table: table, Profile: f.Profile, Hierarchies: f.Hierarchies,
		Format: yumen.FormatParquet, Out: out, Progress: f.Progress}, untouched(p, d)})
	if err != nil {
		return err
	}
	in.releases = append(in.releases, func() { _ = os.Remove(out.Name()) }) // swept at the next start at the latest
	f.Paths, f.Format, f.CSV = []string{out.Name()}, yumen.FormatParquet, yumen.CSVOptions{}
	v.Desensitization = done.ID
	_, err = in.open(task.InSource, out.Name())
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

// scratch is a api.NewFile that lives as long as a step.
type scratch struct{ *os.File }

func newScratch(dir string) (scratch, error) {
	f, err := os.CreateTemp(dir, "table-*.parquet") // mode 0600
	if err != nil {
		return scratch{}, yumen.Errorf(yumen.KindUnavailable, "the work folder cannot be written to",
			"工作目录无法写入").Because(err)
	}
	return scratch{f}, nil
}

// Commit ends the file.
func (s scratch) Commit() error { return s.Close() }

// Abort removes it.
func (s scratch) Abort() error {
	_ = s.Close() // it goes anyway
	return os.Remove(s.Name())
}
