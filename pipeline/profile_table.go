package pipeline

import (
	"context"
	"encoding/json"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/api"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// ProfileTable has the columns of a file, or of the newest version of a dataset, described inside an enclave. No
// value is in the answer.
func (s *Service) ProfileTable(ctx context.Context, by yumen.Actor, f api.TableFiles,
	progress api.Progress) ([]api.ColumnProposal, error) {
	var spec task.DescribeSpec
	var in inputs
	defer in.release()
	var input yumen.Digest
	var err error
	subject := "file"
	if f.Dataset != "" && len(f.Paths) == 0 {
		subject = f.Dataset
		spec.Table, input, err = s.newestVersion(ctx, &in, by, f.Dataset)
	} else {
		spec.Table, input, err = s.table(ctx, &in, by, f, nil)
	}
	if err != nil {
		return nil, err
	}
	e := s.entry(by, yumen.ActionCatalogProfile, subject)
	e.Digests = map[string]yumen.Digest{"input": input}
	if err := s.record(ctx, e); err != nil {
		return nil, err
	}
	out, err := runInto[task.DescribeAnswer](ctx, s,
		task.Task{Role: task.Describe, Spec: spec, Inputs: in.all, Tenant: task.Tenant{Organisation: by.Org},
			Limits: s.tableLimits(), Progress: progress}, nil)
	if err != nil {
		return nil, err
	}
	return proposals(out.answer)
}

func proposals(a task.DescribeAnswer) ([]api.ColumnProposal, error) {
	var ps []api.ColumnProposal
	if err := json.Unmarshal(a.Proposals, &ps); err != nil {
		return nil, err
	}
	if len(ps) != len(a.Types) {
		return nil, yumen.Errorf(yumen.KindCorrupt, "the answer does not fit the table", "答复与表不符")
	}
	var out []api.ColumnProposal
	for i, p := range ps {
		if p.Column != yumen.UnitColumn {
			p.Stored = a.Types[i]
			out = append(out, p)
		}
	}
	return out, nil
}

// newestVersion adds the newest version of a dataset.
func (s *Service) newestVersion(ctx context.Context, in *inputs, by yumen.Actor,
	dataset string) (task.Table, yumen.Digest, error) {
	t := task.Table{Files: 1, Format: yumen.FormatParquet}
	d, err := s.Dataset(ctx, dataset)
	if err != nil {
		return t, "", err
	}
	if err := checkProvider(by, d.Dataset); err != nil {
		return t, "", err
	}
	if len(d.Versions) == 0 {
		return t, "", yumen.Errorf(yumen.KindConflict, "dataset %s has no version", "数据集 %s 尚无版本", dataset)
	}
	v := d.Versions[len(d.Versions)-1]
	return t, v.Digest, in.fetch(ctx, s.cfg.Objects, task.InSource, store.Versions, v.Object())
}
