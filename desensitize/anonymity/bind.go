package anonymity

import (
	"slices"

	"github.com/yumen-data/yumen"
)

// sensitiveNames returns the sensitive attributes that models name, each once, in order. None of them may be a
// quasi-identifier.
func sensitiveNames(quasi []string, models []Model) ([]string, error) {
	var names []string
	var reasons []yumen.Reason
	for _, m := range models {
		name := m.attribute()
		switch {
		case name == "" || slices.Contains(names, name):
			continue
		case slices.Contains(quasi, name):
			reasons = append(reasons, yumen.Reason{Rule: "column.both", Place: name,
				Msg: yumen.Say("the column is a quasi-identifier and a sensitive attribute", "该列既是准标识符又是敏感属性")})
		}
		names = append(names, name)
	}
	return names, yumen.Refuse(yumen.KindInvalid, yumen.Say("the models do not fit the table", "模型与表不匹配"), reasons)
}

// sensitivePlaces returns the places of the sensitive attributes that models name.
func sensitivePlaces(t *Table, quasi []string, models []Model) ([]int, error) {
	names, err := sensitiveNames(quasi, models)
	if err != nil || len(names) == 0 {
		return nil, err
	}
	return t.pick(names, sensitiveText)
}

// bindAll binds the models, all reasons against them collected.
func bindAll(models []Model, v *tuples) ([]*test, error) {
	var reasons []yumen.Reason
	tests := make([]*test, len(models))
	for i, m := range models {
		place := slices.IndexFunc(v.sensitive, func(s int) bool { return v.table.cols[s].name == m.attribute() })
		t, err := m.bind(v, place)
		if err != nil {
			e := yumen.AsError(err)
			reasons = append(reasons, yumen.Reason{Rule: "model.parameters", Place: e.Place, Msg: e.Msg, Fix: e.Fix})
		}
		tests[i] = t
	}
	return tests, yumen.Refuse(yumen.KindInvalid, yumen.Say("a model cannot be applied", "模型无法应用"), reasons)
}
