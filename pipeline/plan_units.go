package pipeline

import (
	"crypto/rand"
	"fmt"
	"slices"
	"strings"

	"github.com/yumen-data/yumen"
	"github.com/yumen-data/yumen/internal/task"
	"github.com/yumen-data/yumen/privacy"
	"github.com/yumen-data/yumen/store"
)

// planUnits plans a module that is run over privacy units: its tables come with the unit in front, sorted by it as
// they are stored.
func (s *Service) planUnits(j *jobRun, datasets map[string]yumen.Dataset) error {
	spec := &j.V.Spec
	for i, in := range spec.Inputs {
		d := datasets[in.Dataset]
		view := task.View{Name: fmt.Sprintf("table%d", i+1), Input: in.Dataset,
			Columns: []task.ViewColumn{{Name: yumen.UnitColumn, From: yumen.UnitColumn, Type: yumen.TypeInteger}}}
		for _, name := range in.Columns {
			view.Columns = append(view.Columns, s.moduleColumn(j, &d, name))
		}
		j.plan.Views = append(j.plan.Views, view)
		j.plan.Files = append(j.plan.Files, task.WasmFile{Name: view.Name + ".arrow", View: view.Name,
			Format: yumen.FormatArrow})
	}
	u := task.UnitsSpec{Mode: spec.Mode, Coordinates: spec.Coordinates, Groups: max(spec.Groups, 1),
		Blocks: spec.Blocks, Steps: spec.Steps}
	if u.Steps == 0 {
		u.Steps = defaultSteps(spec)
	}
	if spec.Class == yumen.ClassDP {
		first := datasets[spec.Inputs[0].Dataset]
		if err := j.planPrivateUnits(first.UnitName(), u); err != nil {
			return err
		}
	} else {
		j.plan.Units = &u
		for _, c := range u.Columns() {
			j.plan.Columns = append(j.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Type: c.Type,
				Kind: yumen.ColumnOpaque})
		}
	}
	return nil
}

// defaultSteps are what a job may use for one unit or block that does not say.
func defaultSteps(spec *yumen.JobSpec) int64 {
	switch {
	case spec.Class != yumen.ClassDP:
		return yumen.DefaultSteps
	case spec.Mode == yumen.ModeBlock:
		return yumen.DefaultSteps / 10
	}
	return yumen.DefaultSteps / 100
}

// drawBlockKey draws the secret that assigns units to blocks.
func (s *Service) drawBlockKey(j *jobRun) error {
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	obj, err := s.journal.StageBytes(store.Keys, key)
	j.plan.Key = &obj
	return err
}

// planPrivateUnits plans a module of class dp: the question that its declaration asks about a kind of privacy unit,
// and the statement that gives the columns of the answer their names.
func (j *jobRun) planPrivateUnits(unit string, u task.UnitsSpec) error {
	q := privacy.OverUnits(unit, j.plan.Views, task.Module{Program: j.V.Program, Files: j.plan.Files, Units: u})
	var reasons []yumen.Reason
	for i, in := range q.Inputs {
		if in.Lo == in.Hi {
			reasons = append(reasons, yumen.Reason{Rule: "coordinate.bounds",
				Place: fmt.Sprintf("coordinates[%d].min", i),
				Msg: yumen.Say("min and max are the same in the twelve digits that are counted",
					"在所计的十二位有效数字内，min 与 max 相同"), Fix: yumen.Say("scale what the module returns", "请缩放模块的返回值")})
		}
	}
	if err := yumen.Refuse(yumen.KindInvalid, yumen.Say("the coordinates cannot be counted", "分量无法计数"),
		reasons); err != nil {
		return err
	}
	var names []string
	if len(q.Keys) > 0 {
		names = append(names, "group")
		j.plan.Columns = append(j.plan.Columns, yumen.ArtifactColumn{Name: "group", Kind: yumen.ColumnKey})
	}
	if q.Form == task.Mapped {
		names = append(names, "units")
		j.plan.Columns = append(j.plan.Columns, yumen.ArtifactColumn{Name: "units", Kind: yumen.ColumnAggregate,
			Function: "count_units"})
	}
	for _, c := range u.Coordinates {
		names = append(names, c.Name)
		j.plan.Columns = append(j.plan.Columns, yumen.ArtifactColumn{Name: c.Name, Kind: yumen.ColumnAggregate,
			Function: coordinateFunction(q.Form, c)})
	}
	columns := privacy.Columns(&q)
	names = j.errorNames(&q, names)
	columns = columns[:len(names)]
	for i := range j.plan.Columns {
		j.plan.Columns[i].Type = columns[i].Type
	}
	j.V.Class = yumen.ClassDP
	j.plan.Private = &privatePlan{Question: q, Post: selectNamed(columns, names)}
	return nil
}

// errorNames adds a column for the error of each measure, unless the job wants none.
func (j *jobRun) errorNames(q *task.Question, names []string) []string {
	if j.V.Spec.Privacy.NoErrors {
		return names
	}
	for i, m := range q.Measures {
		of, suffix := names[len(q.Keys)+i], "_error"
		if m.Fn == task.MeasureQuantile {
			suffix = "_rank_error"
		}
		name := of + suffix
		for slices.Contains(names, name) {
			name += "_2"
		}
		names = append(names, name)
		j.plan.Columns = append(j.plan.Columns,
			yumen.ArtifactColumn{Name: name, Kind: yumen.ColumnAggregate, Function: "error", Of: of})
	}
	return names
}

// coordinateFunction is the function of a coordinate that the answer shows.
func coordinateFunction(form task.Form, c yumen.Coordinate) string {
	switch {
	case form == task.Mapped:
		return "sum"
	case c.Take == yumen.CentralMedian:
		return "median"
	}
	return "avg"
}

// selectNamed is the statement that shows the noisy table under names, group after group.
func selectNamed(columns []yumen.OutputColumn, names []string) string {
	var list []string
	for i, c := range columns {
		list = append(list, c.Name+` AS "`+strings.ReplaceAll(names[i], `"`, `""`)+`"`)
	}
	return "SELECT " + strings.Join(list, ", ") + " FROM " + task.CellsTable + " ORDER BY 1"
}
