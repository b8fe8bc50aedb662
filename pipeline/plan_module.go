package pipeline

import (
	"context"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/contract"
	"github.com/yumen-data/yumen/internal/task"
)

// planWasm has the module looked at in an enclave without data and says which projections it will be given.
func (s *Service) planWasm(ctx context.Context, j *jobRun) ([]yumen.EnclaveReport, error) {
	report, err := s.inspectModule(ctx, j)
	if err != nil {
		return nil, err
	}
	if err := s.planModule(ctx, j); err != nil {
		return nil, err
	}
	if j.compiled != nil {
		j.plan.Compiled = &j.compiled.V
	}
	if j.V.Spec.Mode == yumen.ModeBlock {
		err = s.drawBlockKey(j)
	}
	return []yumen.EnclaveReport{report}, err
}

// planModule is what follows from the declaration of a module.
func (s *Service) planModule(ctx context.Context, j *jobRun) error {
	j.V.Class = yumen.ClassOpaque
	j.plan = planned{K: j.contract.Risk.K}
	datasets, err := s.published(ctx)
	if err != nil {
		return err
	}
	if m := j.V.Spec.Mode; m == yumen.ModeMap || m == yumen.ModeBlock {
		return s.planUnits(j, datasets)
	}
	for _, in := range j.V.Spec.Inputs {
		d := datasets[in.Dataset]
		view := task.View{Name: strings.ReplaceAll(in.Name, ".", "_"), Input: in.Dataset}
		for _, name := range in.Columns {
			view.Columns = append(view.Columns, s.moduleColumn(j, &d, name))
		}
		format := in.Format
		if format == "" {
			format, _ = yumen.FormatOf(in.Name)
		}
		j.plan.Views = append(j.plan.Views, view)
		j.plan.Files = append(j.plan.Files, task.WasmFile{Name: in.Name, View: view.Name, Format: format})
	}
	if out := &j.V.Spec.Output; out.Format == "" {
		out.Format, _ = yumen.FormatOf(out.Name)
	}
	for _, c := range j.V.Spec.Output.Columns {
		j.plan.Columns = append(j.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type,
			Kind: yumen.ColumnOpaque})
	}
	return nil
}

// viewColumn shows a column under its name, and the dense integer in place of the unit's key.
func viewColumn(d *yumen.Dataset, name string) task.ViewColumn {
	if name == d.Unit.Column {
		return task.ViewColumn{Name: name, From: yumen.UnitColumn, Type: yumen.TypeInteger}
	}
	c, ok := d.Column(name)
	if !ok {
		return task.ViewColumn{Name: name, From: name}
	}
	return task.ViewColumn{Name: name, From: name, Type: c.Type}
}

// moduleColumn is viewColumn for a module. What a module reads it can pass on in any form, so a column that the
// contract lets leave under a mask only is masked before the module sees it.
func (s *Service) moduleColumn(j *jobRun, d *yumen.Dataset, name string) task.ViewColumn {
	v := viewColumn(d, name)
	if v.From == yumen.UnitColumn {
		return v
	}
	uses := contract.Uses(&j.contract.Contract, d)[name]
	if !slices.ContainsFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UsePlain }) {
		if i := slices.IndexFunc(uses, func(u yumen.Constraint) bool { return u.Use == yumen.UseMask }); i >= 0 {
			v.Mask = uses[i].Technique
		}
	}
	return v
}
