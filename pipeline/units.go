package pipeline

import (
	"crypto/rand"
	"fmt"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/store"
)

// planUnits plans a module that is run over privacy units: its tables come with the unit in front, sorted by it as they are
// stored.
func (s *Service) planUnits(t *traveller, datasets map[string]yumen.Dataset) error {
	spec := &t.V.Spec
	for i, in := range spec.Inputs {
		d := datasets[in.Dataset]
		view := task.View{Name: fmt.Sprintf("table%d", i+1), Input: in.Dataset,
			Columns: []task.ViewColumn{{Name: yumen.UnitColumn, From: yumen.UnitColumn, Type: yumen.Integer}}}
		for _, name := range in.Columns {
			view.Columns = append(view.Columns, s.moduleColumn(t, &d, name))
		}
		t.plan.Views = append(t.plan.Views, view)
		t.plan.Files = append(t.plan.Files, task.WasmFile{Name: view.Name + ".arrow", View: view.Name, Format: yumen.Arrow})
	}
	u := &task.UnitsSpec{Mode: spec.Mode, Coordinates: spec.Coordinates, Groups: max(spec.Groups, 1), Blocks: spec.Blocks, Steps: spec.Steps}
	if u.Steps == 0 {
		u.Steps = yumen.DefaultSteps
	}
	t.plan.Units = u
	for _, c := range u.Columns() {
		t.plan.Columns = append(t.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type, Kind: yumen.OpaqueColumn})
	}
	if u.Mode == yumen.ModeMap {
		return nil
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	obj, err := s.stageBytes(store.Keys, key)
	t.plan.Key = &obj
	return err
}
